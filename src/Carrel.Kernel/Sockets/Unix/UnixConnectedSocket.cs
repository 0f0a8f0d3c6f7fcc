using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>Listening, connecting and accepting: SOCK_STREAM and SOCK_SEQPACKET.</summary>
public abstract class UnixConnectedSocket : UnixSocket
{
    private readonly Queue<UnixConnectedSocket> _backlog = new();
    private int _backlogLimit;
    private bool _isListening;

    private protected UnixConnectedSocket(LinuxKernel kernel, Task task, int type, int protocol, OpenFlags flags)
        : base(kernel, task, type, protocol, flags)
    {
    }

    public override bool IsListening => _isListening;

    private protected override bool HasInput => _isListening ? _backlog.Count > 0 : base.HasInput;

    private protected override bool IsUnconnectedStream => Peer is null && !_isListening;

    private protected override bool IsSendable => !_isListening && base.IsSendable;

    public override SyscallResult Listen(Task task, int backlog)
    {
        if (!IsBound)
        {
            return Errno.EINVAL;
        }

        if (Peer is not null)
        {
            return Errno.EINVAL;
        }

        _isListening = true;
        _backlogLimit = backlog is < 0 or > 4096 ? 4096 : backlog;
        OwnIdentity = SocketPeer.Of(task);
        PeerIdentity = OwnIdentity;
        RoomQueue.WakeAll();
        return 0;
    }

    public override SyscallResult Connect(Task task, byte[] address)
    {
        if (address.Length >= 2 && System.BitConverter.ToUInt16(address) != Sock.AF_UNIX)
        {
            return Errno.EINVAL;
        }

        Result<UnixSocket> found = FindOther(task, address);
        if (found.Failed)
        {
            return found.Error;
        }

        var listener = (UnixConnectedSocket)found.Value;
        if (!listener._isListening || listener.IsReadShut)
        {
            return Errno.ECONNREFUSED;
        }

        // unix_recvq_full(): more than the backlog waits.
        if (listener._backlog.Count > listener._backlogLimit)
        {
            return WaitOn(task, listener.RoomQueue, 0, Options.SendTimeout);
        }

        if (_isListening)
        {
            return Errno.EINVAL;
        }

        if (Peer is not null)
        {
            return Errno.EISCONN;
        }

        // The peer shall be able to answer by name (unix_autobind()).
        if ((Options.IsPassCredentials || Options.IsPassPidfd) && !IsBound)
        {
            Errno error = BindAbstract(null);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        OwnIdentity = SocketPeer.Of(task);
        var server = (UnixConnectedSocket)Create(Kernel, task, SocketType, Protocol, 0);
        server.InheritName(listener);
        server.OwnIdentity = listener.OwnIdentity;
        server.Options.IsPassCredentials = listener.Options.IsPassCredentials;
        server.Options.IsPassPidfd = listener.Options.IsPassPidfd;
        ConnectPair(this, server);
        listener._backlog.Enqueue(server);
        listener.Queue.Wake(PollEvents.POLLIN | PollEvents.POLLRDNORM);
        return 0;
    }

    private byte[]? _inheritedName;

    private void InheritName(UnixConnectedSocket listener) => _inheritedName = listener.LocalAddress;

    public override byte[] LocalAddress => _inheritedName ?? base.LocalAddress;

    public override Errno TryAccept(Task task, OpenFlags flags, out Socket? accepted)
    {
        accepted = null;
        if (!_isListening)
        {
            return Errno.EINVAL;
        }

        if (!_backlog.TryDequeue(out UnixConnectedSocket? socket))
        {
            return IsReadShut ? Errno.EINVAL : Errno.EAGAIN;
        }

        RoomQueue.Wake(PollEvents.POLLOUT);
        socket.Flags |= flags & OpenFlags.O_NONBLOCK;
        accepted = socket;
        return Errno.OK;
    }

    private protected override void ReleaseConnection(bool hadUnreadData)
    {
        // Connections nobody accepted are reset.
        while (_backlog.TryDequeue(out UnixConnectedSocket? embryo))
        {
            embryo.Peer?.OnPeerClosed(isReset: true);
            embryo.Release();
        }

        if (Peer is { IsClosed: false } peer)
        {
            peer.OnPeerClosed(hadUnreadData);
        }
    }

    /// <summary>What waits in connections that nobody has accepted is reached through the listener only (unix_collect_queue()).</summary>
    internal override IEnumerable<UnixSocket> Carried()
    {
        foreach (UnixSocket socket in base.Carried())
        {
            yield return socket;
        }

        foreach (UnixConnectedSocket embryo in _backlog)
        {
            foreach (UnixSocket socket in embryo.Carried())
            {
                yield return socket;
            }
        }
    }

    internal override void TakeCarried(List<FileDescription> files)
    {
        base.TakeCarried(files);
        foreach (UnixConnectedSocket embryo in _backlog)
        {
            embryo.TakeCarried(files);
        }
    }

    /// <summary>The checks of a send that both kinds share; OK to go on.</summary>
    private protected Errno CheckSend(SocketMessage message)
    {
        if ((message.Flags & Sock.MSG_OOB) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        return Peer is null ? Errno.ENOTCONN : Errno.OK;
    }
}

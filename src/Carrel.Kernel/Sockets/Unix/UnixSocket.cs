using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>What the three kinds of AF_UNIX sockets share: names, the receive queue, shutdown. unix(7), net/unix/af_unix.c.</summary>
public abstract class UnixSocket : Socket
{
    private protected const int ShutRead = 1;
    private protected const int ShutWrite = 2;
    private readonly Queue<UnixPacket> _queue = new();
    private readonly UnixNamespace _names;
    private UnixAddress _name;
    private Inode? _boundInode;

    private protected UnixSocket(LinuxKernel kernel, Task task, int type, int protocol, OpenFlags flags)
        : base(kernel, task, Sock.AF_UNIX, type, protocol, flags)
    {
        _names = task.Namespaces.NetworkOf(task).UnixNames;
        OwnIdentity = SocketPeer.Of(task);
        _names.Note(this);
    }

    /// <summary>Who connected, listened or made the pair.</summary>
    internal SocketPeer OwnIdentity { get; set; }

    internal UnixSocket? Peer { get; set; }

    /// <summary>SHUT_RD is bit 0, SHUT_WR bit 1 (sk_shutdown).</summary>
    private protected int ShutdownMask { get; set; }

    internal bool IsClosed { get; private set; }

    /// <summary>Woken when a packet was taken: senders wait here.</summary>
    internal WaitQueue RoomQueue { get; } = new();

    /// <summary>Cost of what waits to be read.</summary>
    internal int QueuedCost { get; private set; }

    private protected Queue<UnixPacket> Packets => _queue;

    public override byte[] LocalAddress => _name.ToBytes();

    public override byte[]? PeerAddress => Peer?.LocalAddress;

    /// <summary>The name as /proc/net/unix shows it; null if there is none.</summary>
    internal string? ShownName
    {
        get
        {
            UnixAddress name = UnixAddress.Parse(LocalAddress).Value;
            return name.IsUnnamed ? null : name.Path ?? "@" + name.AbstractName!.Replace('\0', '@');
        }
    }

    internal bool IsBound => !_name.IsUnnamed;

    internal static UnixSocket Create(LinuxKernel kernel, Task task, int type, int protocol, OpenFlags flags) => type switch
    {
        Sock.SOCK_STREAM => new UnixStreamSocket(kernel, task, protocol, flags),
        Sock.SOCK_SEQPACKET => new UnixSequencedSocket(kernel, task, protocol, flags),
        _ => new UnixDatagramSocket(kernel, task, protocol, flags),
    };

    /// <summary>A connected pair, socketpair(2).</summary>
    internal static void ConnectPair(UnixSocket a, UnixSocket b)
    {
        a.Peer = b;
        b.Peer = a;
        a.PeerIdentity = b.OwnIdentity;
        b.PeerIdentity = a.OwnIdentity;
    }

    public override SyscallResult Bind(Task task, byte[] address)
    {
        Result<UnixAddress> parsed = UnixAddress.Parse(address);
        if (parsed.Failed)
        {
            return parsed.Error;
        }

        UnixAddress name = parsed.Value;
        if (name.Path is not null)
        {
            return BindPath(task, name);
        }

        if (IsBound)
        {
            return name.IsUnnamed ? 0 : Errno.EINVAL;
        }

        return BindAbstract(name.AbstractName);
    }

    private SyscallResult BindPath(Task task, UnixAddress name)
    {
        if (IsBound)
        {
            return Errno.EINVAL;
        }

        Result<Inode> node = UnixPaths.CreateNode(task, name.Path!);
        if (node.Failed)
        {
            return node.Error == Errno.EEXIST ? Errno.EADDRINUSE : node.Error;
        }

        _boundInode = node.Value;
        _boundInode.Attached = this;
        _name = name;
        return 0;
    }

    /// <summary>Binds an abstract name, or a free one (autobind).</summary>
    private protected Errno BindAbstract(string? name)
    {
        string? chosen = name ?? _names.NextFree();
        if (chosen is null)
        {
            return Errno.ENOSPC;
        }

        if (!_names.TryAdd(chosen, this))
        {
            return Errno.EADDRINUSE;
        }

        _name = new UnixAddress(null, chosen);
        return Errno.OK;
    }

    /// <summary>The socket behind an address (unix_find_other()): ECONNREFUSED, EPROTOTYPE, EACCES, ENOENT.</summary>
    private protected Result<UnixSocket> FindOther(Task task, byte[] address)
    {
        Result<UnixAddress> parsed = UnixAddress.Parse(address);
        if (parsed.Failed)
        {
            return parsed.Error;
        }

        UnixSocket? other;
        if (parsed.Value.Path is { } path)
        {
            Result<Inode> inode = UnixPaths.Find(task, path);
            if (inode.Failed)
            {
                return inode.Error;
            }

            other = inode.Value.Attached as UnixSocket;
        }
        else
        {
            other = parsed.Value.AbstractName is { } name ? _names.Find(name) : null;
        }

        if (other is null || other.IsClosed)
        {
            return Errno.ECONNREFUSED;
        }

        return other.SocketType == SocketType ? Result<UnixSocket>.Of(other) : Errno.EPROTOTYPE;
    }

    /// <summary>unix_shutdown(): never ENOTCONN.</summary>
    public override SyscallResult Shutdown(Task task, int how)
    {
        if (how is < Sock.SHUT_RD or > Sock.SHUT_RDWR)
        {
            return Errno.EINVAL;
        }

        int mask = how + 1;
        ShutdownMask |= mask;
        if (Peer is { } peer && SocketType != Sock.SOCK_DGRAM)
        {
            int mirrored = ((mask & ShutRead) != 0 ? ShutWrite : 0) | ((mask & ShutWrite) != 0 ? ShutRead : 0);
            peer.ShutdownMask |= mirrored;
            peer.Announce();
        }

        Announce();
        return 0;
    }

    /// <summary>Everything may have changed.</summary>
    internal void Announce()
    {
        Queue.WakeAll();
        RoomQueue.WakeAll();
    }

    internal bool IsReadShut => (ShutdownMask & ShutRead) != 0;

    internal bool IsWriteShut => (ShutdownMask & ShutWrite) != 0;

    internal void Enqueue(UnixPacket packet)
    {
        _queue.Enqueue(packet);
        QueuedCost += packet.Cost;
        Queue.Wake(PollEvents.POLLIN | PollEvents.POLLRDNORM | (HasUrgentData ? PollEvents.POLLPRI : 0));
    }

    private protected void Dequeue()
    {
        QueuedCost -= _queue.Dequeue().Cost;
        RoomQueue.Wake(PollEvents.POLLOUT | PollEvents.POLLWRNORM);
    }

    /// <summary>Takes a packet out of the middle.</summary>
    private protected void Remove(UnixPacket packet)
    {
        for (int i = _queue.Count; i > 0; i--)
        {
            UnixPacket head = _queue.Dequeue();
            if (head == packet)
            {
                QueuedCost -= packet.Cost;
                packet.ReleaseFiles();
            }
            else
            {
                _queue.Enqueue(head);
            }
        }
    }

    /// <summary>Makes the packet of a send: copies the data in. EFAULT.</summary>
    private protected Result<UnixPacket> MakePacket(Task task, SocketMessage message, int length)
    {
        var data = length == 0 ? [] : GC.AllocateUninitializedArray<byte>(length);
        if (message.Data.CopyIn(data) < length)
        {
            return Errno.EFAULT;
        }

        var packet = new UnixPacket
        {
            Data = data,
            Files = message.Files.Count > 0 ? [.. message.Files] : null,
            Credentials = message.Credentials ?? CredentialsOfSender(task),
            Process = message.Process ?? task.Group,
            Source = IsBound ? LocalAddress : [],
        };
        message.Files.Clear();
        return packet;
    }

    /// <summary>Sends the whole message as one packet.</summary>
    private protected SyscallResult SendPacket(Task task, SocketMessage message, UnixSocket target)
    {
        int length = (int)message.Data.Remaining;
        Result<UnixPacket> packet = MakePacket(task, message, length);
        if (packet.Failed)
        {
            return packet.Error;
        }

        target.Enqueue(packet.Value);
        return length;
    }

    /// <summary>Receives one packet; the rest of a longer one is lost (MSG_TRUNC). Waits if there is none, unless none will come any more.</summary>
    private protected SyscallResult ReceivePacket(Task task, SocketMessage message, bool isAtEnd)
    {
        if (!Packets.TryPeek(out UnixPacket? packet))
        {
            if (PendingError != Errno.OK)
            {
                return TakeError();
            }

            return isAtEnd ? 0 : WaitOn(task, Queue, message.Flags, Options.ReceiveTimeout);
        }

        int length = packet.Data.Length;
        int n = message.Data.CopyOut(packet.Data);
        if (message.Data.Faulted)
        {
            return Errno.EFAULT;
        }

        if (n < length)
        {
            message.ResultFlags |= Sock.MSG_TRUNC;
        }

        message.Address = packet.Source;
        bool isPeek = (message.Flags & Sock.MSG_PEEK) != 0;
        Deliver(packet, message, isPeek);
        if (!isPeek)
        {
            Dequeue();
        }

        return (message.Flags & Sock.MSG_TRUNC) != 0 ? length : n;
    }

    private static Ucred CredentialsOfSender(Task task) => new() { Pid = task.Pid, Uid = task.Credentials.Uid, Gid = task.Credentials.Gid };

    /// <summary>Gives a packet's ancillary data to the receiver: taken, or copied for MSG_PEEK.</summary>
    private protected void Deliver(UnixPacket packet, SocketMessage message, bool isPeek)
    {
        if (Options.IsPassCredentials)
        {
            message.Credentials = packet.Credentials;
        }

        if (Options.IsPassPidfd)
        {
            message.Process = packet.Process;
        }

        if (packet.Files is not { } files)
        {
            return;
        }

        foreach (FileDescription file in files)
        {
            if (isPeek)
            {
                file.AddReference();
            }

            message.Files.Add(file);
        }

        if (!isPeek)
        {
            packet.Files = null;
        }
    }

    /// <summary>EPIPE with its signal.</summary>
    private protected static SyscallResult BrokenPipe(Task task, SocketMessage message)
    {
        if (task.Restart.Progress > 0)
        {
            return task.Restart.Progress;
        }

        if ((message.Flags & Sock.MSG_NOSIGNAL) == 0)
        {
            task.Signals.SendSigpipe();
        }

        return Errno.EPIPE;
    }

    public override PollEvents Poll(PollTable? table)
    {
        table?.Add(Queue);
        PollEvents events = 0;
        if (PendingError != Errno.OK)
        {
            events |= PollEvents.POLLERR;
        }

        if (ShutdownMask == (ShutRead | ShutWrite))
        {
            events |= PollEvents.POLLHUP;
        }

        if (IsReadShut)
        {
            events |= PollEvents.POLLRDHUP | PollEvents.POLLIN | PollEvents.POLLRDNORM;
        }

        if (HasInput)
        {
            events |= PollEvents.POLLIN | PollEvents.POLLRDNORM;
        }

        if (HasUrgentData)
        {
            events |= PollEvents.POLLPRI;
        }

        if (IsUnconnectedStream)
        {
            events |= PollEvents.POLLHUP;
        }

        if (Peer is { } peer)
        {
            table?.Add(peer.RoomQueue);
        }

        if (IsSendable)
        {
            events |= PollEvents.POLLOUT | PollEvents.POLLWRNORM | PollEvents.POLLWRBAND;
        }

        return events;
    }

    private protected virtual bool HasInput => _queue.Count > 0;

    private protected virtual bool HasUrgentData => false;

    private protected virtual bool HasUnreadData => _queue.Count > 0;

    private protected virtual bool IsUnconnectedStream => false;

    /// <summary>unix_writable(): a quarter of the send buffer is free.</summary>
    private protected virtual bool IsSendable => Peer is not { } peer || (long)peer.QueuedCost * 4 <= Options.SendBuffer;

    public override SyscallResult Ioctl(Task task, uint command, ulong argument)
    {
        switch (command)
        {
            case Abi.Ioctl.FIONREAD when IsListening:
                return Errno.EINVAL;
            case Sock.SIOCATMARK:
                return Errno.EOPNOTSUPP;
            case Abi.Ioctl.FIONREAD:
                return new UserPtr<int>(argument).TryWrite(task, ReadableBytes) ? 0 : Errno.EFAULT;
            case Abi.Ioctl.TIOCOUTQ:
                return new UserPtr<int>(argument).TryWrite(task, Peer?.QueuedCost ?? 0) ? 0 : Errno.EFAULT;
            default:
                return base.Ioctl(task, command, argument);
        }
    }

    /// <summary>FIONREAD: the first datagram's size, or all of a stream.</summary>
    private protected virtual int ReadableBytes => _queue.TryPeek(out UnixPacket? packet) ? packet.Left : 0;

    protected override void ReleaseCore()
    {
        IsClosed = true;
        if (_name.AbstractName is { } name)
        {
            _names.Remove(name);
        }

        if (_boundInode is { } inode && inode.Attached == this)
        {
            inode.Attached = null;
        }

        _names.Forget(this);
        ReleaseConnection(HasUnreadData);
        while (_queue.TryDequeue(out UnixPacket? packet))
        {
            packet.ReleaseFiles();
        }

        Announce();
        Kernel.SocketsInFlight.OnClosed();
    }

    /// <summary>Sockets in the messages that wait here.</summary>
    internal virtual IEnumerable<UnixSocket> Carried()
    {
        foreach (UnixPacket packet in _queue)
        {
            foreach (FileDescription file in packet.Files ?? [])
            {
                if (file is UnixSocket socket)
                {
                    yield return socket;
                }
            }
        }
    }

    /// <summary>Takes all descriptions out of the messages that wait here.</summary>
    internal virtual void TakeCarried(List<FileDescription> files)
    {
        foreach (UnixPacket packet in _queue)
        {
            files.AddRange(packet.Files ?? []);
            packet.Files = null;
        }
    }

    /// <summary>Tells the peer that this end is gone.</summary>
    private protected virtual void ReleaseConnection(bool hadUnreadData)
    {
    }

    /// <summary>As if the other end had been closed.</summary>
    internal void OnPeerClosed(bool isReset)
    {
        ShutdownMask = ShutRead | ShutWrite;
        if (isReset)
        {
            PendingError = Errno.ECONNRESET;
        }

        Announce();
    }
}

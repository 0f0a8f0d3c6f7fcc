using System;
using Carrel.Abi;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>SOCK_DGRAM of AF_UNIX: reliable, ordered, optionally connected.</summary>
public sealed class UnixDatagramSocket : UnixSocket
{
    // sysctl net.unix.max_dgram_qlen
    private const int MaxQueueLength = 10;

    internal UnixDatagramSocket(LinuxKernel kernel, Task task, int protocol, OpenFlags flags)
        : base(kernel, task, Sock.SOCK_DGRAM, protocol, flags)
    {
    }

    private bool IsFullFor(UnixSocket sender) => Packets.Count > MaxQueueLength && Peer != sender;

    private protected override bool IsSendable => base.IsSendable && (Peer is not UnixDatagramSocket peer || !peer.IsFullFor(this));

    public override SyscallResult Connect(Task task, byte[] address)
    {
        if (address.Length < 2)
        {
            return Errno.EINVAL;
        }

        // AF_UNSPEC dissolves the association.
        if (BitConverter.ToUInt16(address) == Sock.AF_UNSPEC)
        {
            Peer = null;
            return 0;
        }

        Result<UnixSocket> found = FindOther(task, address);
        if (found.Failed)
        {
            return found.Error;
        }

        if (found.Value.Peer is { } other && other != this)
        {
            return Errno.EPERM;
        }

        Peer = found.Value;
        PeerIdentity = found.Value.OwnIdentity;
        Announce();
        return 0;
    }

    public override SyscallResult Send(Task task, SocketMessage message)
    {
        if ((message.Flags & Sock.MSG_OOB) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        UnixDatagramSocket? target;
        if (message.Address.Length > 0)
        {
            if (message.Data.Remaining > Options.SendBuffer - 32)
            {
                return Errno.EMSGSIZE;
            }

            Result<UnixSocket> found = FindOther(task, message.Address);
            if (found.Failed)
            {
                return found.Error;
            }

            target = (UnixDatagramSocket)found.Value;
        }
        else
        {
            target = Peer as UnixDatagramSocket;
            if (target is null)
            {
                // The data is copied before the peer is asked for.
                return message.Data.Remaining <= Options.SendBuffer - 32 && MakePacket(task, message, (int)message.Data.Remaining) is { Failed: true } bad ? bad.Error : Errno.ENOTCONN;
            }
        }

        if (message.Data.Remaining > Options.SendBuffer - 32)
        {
            return Errno.EMSGSIZE;
        }

        if (IsWriteShut)
        {
            return BrokenPipe(task, message);
        }

        if (target.IsClosed)
        {
            if (target == Peer)
            {
                Peer = null;
            }

            return Errno.ECONNREFUSED;
        }

        if (target.Peer is { } reserved && reserved != this)
        {
            return Errno.EPERM;
        }

        if (target.IsReadShut)
        {
            return Errno.EPIPE;
        }

        if (target.IsFullFor(this) || (target.QueuedCost > 0 && target.QueuedCost + message.Data.Remaining > Options.SendBuffer))
        {
            return WaitOn(task, target.RoomQueue, message.Flags, Options.SendTimeout);
        }

        // The receiver may want to answer a sender that asks for credentials (unix_autobind()).
        if ((Options.IsPassCredentials || Options.IsPassPidfd) && !IsBound)
        {
            BindAbstract(null);
        }

        return SendPacket(task, message, target);
    }

    public override SyscallResult Receive(Task task, SocketMessage message) =>
        (message.Flags & Sock.MSG_OOB) != 0 ? Errno.EOPNOTSUPP : ReceivePacket(task, message, isAtEnd: IsReadShut);

    private protected override void ReleaseConnection(bool hadUnreadData)
    {
        if (Peer is { IsClosed: false } peer && peer.Peer == this)
        {
            peer.PendingError = Errno.ECONNRESET;
            peer.Announce();
        }
    }
}

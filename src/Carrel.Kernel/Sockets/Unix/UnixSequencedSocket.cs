using Carrel.Abi;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>SOCK_SEQPACKET of AF_UNIX: connections that keep message boundaries.</summary>
public sealed class UnixSequencedSocket : UnixConnectedSocket
{
    internal UnixSequencedSocket(LinuxKernel kernel, Task task, int protocol, OpenFlags flags)
        : base(kernel, task, Sock.SOCK_SEQPACKET, protocol, flags)
    {
    }

    public override SyscallResult Send(Task task, SocketMessage message)
    {
        Errno error = CheckSend(message);
        if (error != Errno.OK)
        {
            return error;
        }

        UnixSocket peer = Peer!;
        if (message.Data.Remaining > Options.SendBuffer - 32)
        {
            return Errno.EMSGSIZE;
        }

        if (IsWriteShut || peer.IsClosed || peer.IsReadShut)
        {
            return BrokenPipe(task, message);
        }

        if (peer.QueuedCost > 0 && peer.QueuedCost + message.Data.Remaining >= Options.SendBuffer)
        {
            return WaitOn(task, peer.RoomQueue, message.Flags, Options.SendTimeout);
        }

        return SendPacket(task, message, peer);
    }

    public override SyscallResult Receive(Task task, SocketMessage message)
    {
        if ((message.Flags & Sock.MSG_OOB) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (Peer is null)
        {
            return Errno.ENOTCONN;
        }

        SyscallResult result = ReceivePacket(task, message, isAtEnd: IsReadShut || Peer.IsClosed);
        message.Address = [];
        return result;
    }
}

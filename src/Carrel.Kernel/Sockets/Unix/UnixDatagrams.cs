using System;
using Carrel.Abi;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>Receiving whole messages, for SOCK_DGRAM and SOCK_SEQPACKET.</summary>
internal static class UnixDatagrams
{
    /// <summary>Copies one packet to the receiver; the rest of a longer one is lost (MSG_TRUNC). EFAULT.</summary>
    public static SyscallResult CopyOut(UnixPacket packet, SocketMessage message)
    {
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
        return (message.Flags & Sock.MSG_TRUNC) != 0 ? length : n;
    }
}

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

        int length = (int)message.Data.Remaining;
        Result<UnixPacket> packet = MakePacket(task, message, length);
        if (packet.Failed)
        {
            return packet.Error;
        }

        peer.Enqueue(packet.Value);
        return length;
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

        if (!Packets.TryPeek(out UnixPacket? packet))
        {
            if (PendingError != Errno.OK)
            {
                return TakeError();
            }

            return IsReadShut || Peer.IsClosed ? 0 : WaitOn(task, Queue, message.Flags, Options.ReceiveTimeout);
        }

        SyscallResult result = UnixDatagrams.CopyOut(packet, message);
        message.Address = [];
        if (result.Failed)
        {
            return result;
        }

        bool isPeek = (message.Flags & Sock.MSG_PEEK) != 0;
        Deliver(packet, message, isPeek);
        if (!isPeek)
        {
            Dequeue();
        }

        return result;
    }
}

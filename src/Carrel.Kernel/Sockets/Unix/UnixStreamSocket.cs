using System;
using Carrel.Abi;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>SOCK_STREAM of AF_UNIX.</summary>
public sealed class UnixStreamSocket : UnixConnectedSocket
{
    private const int MaxChunk = 32768;

    internal UnixStreamSocket(LinuxKernel kernel, Task task, int protocol, OpenFlags flags)
        : base(kernel, task, Sock.SOCK_STREAM, protocol, flags)
    {
    }

    private protected override int ReadableBytes
    {
        get
        {
            int total = 0;
            foreach (UnixPacket packet in Packets)
            {
                total += packet.Left;
            }

            return total;
        }
    }

    private readonly UnixUrgentData _urgent = new();

    private protected override bool HasUrgentData => _urgent.Packet is not null;

    /// <summary>Unread data, except the mark of an urgent byte in front.</summary>
    private protected override bool HasUnreadData => Packets.Count > 1 || (Packets.TryPeek(out UnixPacket? first) && first.Left > 0);

    // The rest of queue_oob(): SIGURG goes to the owner whether or not it asked for SIGIO.
    private void AnnounceUrgent(UnixPacket packet)
    {
        _urgent.Packet = packet;
        Owner.SendUrgent(Kernel);
    }

    public override SyscallResult Ioctl(Task task, uint command, ulong argument) =>
        command == Sock.SIOCATMARK
            ? new UserPtr<int>(argument).TryWrite(task, _urgent.IsAtMark(Packets) ? 1 : 0) ? 0 : Errno.EFAULT
            : base.Ioctl(task, command, argument);

    public override SyscallResult Send(Task task, SocketMessage message)
    {
        RestartRecord restart = task.Restart;
        bool isUrgent = (message.Flags & Sock.MSG_OOB) != 0;
        if (isUrgent && message.Data.Remaining == 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (message.Address.Length > 0)
        {
            return Peer is not null ? Errno.EISCONN : Errno.EOPNOTSUPP;
        }

        if (Peer is not { } peer)
        {
            return Errno.ENOTCONN;
        }

        message.Data.Advance(restart.Progress);
        while (message.Data.Remaining > 0)
        {
            if (IsWriteShut || peer.IsClosed || peer.IsReadShut)
            {
                return BrokenPipe(task, message);
            }

            if (peer.QueuedCost >= Options.SendBuffer)
            {
                return WaitOn(task, peer.RoomQueue, message.Flags, Options.SendTimeout);
            }

            // Two packets to a buffer at least, so that a small one is felt; the last byte of an urgent message travels alone.
            int length = (int)Math.Min(message.Data.Remaining, Math.Min(MaxChunk, (Options.SendBuffer >> 1) - 64));
            length -= isUrgent && length > 1 && length == message.Data.Remaining ? 1 : 0;
            bool isLast = isUrgent && message.Data.Remaining == 1;
            Result<UnixPacket> packet = MakePacket(task, message, length);
            if (packet.Failed)
            {
                return restart.Progress > 0 ? restart.Progress : packet.Error;
            }

            if (isLast)
            {
                ((UnixStreamSocket)peer).AnnounceUrgent(packet.Value);
            }

            peer.Enqueue(packet.Value);
            restart.Progress += length;
        }

        if (restart.Progress == 0 && (IsWriteShut || peer.IsClosed))
        {
            return BrokenPipe(task, message);
        }

        return restart.Progress;
    }

    public override SyscallResult Receive(Task task, SocketMessage message)
    {
        RestartRecord restart = task.Restart;
        if (Peer is null)
        {
            return Errno.EINVAL;
        }

        if ((message.Flags & Sock.MSG_OOB) != 0)
        {
            SyscallResult urgent = _urgent.Receive(message, Packets, Options.IsOutOfBandInline, out UnixPacket? stale);
            if (stale is not null)
            {
                Remove(stale);
            }

            return urgent;
        }

        bool isPeek = (message.Flags & Sock.MSG_PEEK) != 0;
        message.Data.Advance(restart.Progress);
        long moved = restart.Progress;
        bool stop = false;
        Ucred? credentials = null;
        int skip = isPeek ? Math.Max(0, Options.PeekOffset) : 0;
        // A copy: the head is dequeued on the way.
        foreach (UnixPacket packet in Packets.ToArray())
        {
            if (message.Data.Remaining == 0 || stop)
            {
                break;
            }

            if (_urgent.Concerns(packet))
            {
                UnixUrgentData.Step step = _urgent.Before(packet, hasRead: moved > 0, isPeek, Options.IsOutOfBandInline);
                if (step == UnixUrgentData.Step.Drop)
                {
                    Dequeue();
                    packet.ReleaseFiles();
                }

                stop = step == UnixUrgentData.Step.Stop;
                if (step != UnixUrgentData.Step.Read)
                {
                    continue;
                }
            }

            // Data of different senders is never merged for a receiver that asks who sent it.
            if (credentials is { } first && (Options.IsPassCredentials || Options.IsPassPidfd) && !first.Equals(packet.Credentials))
            {
                break;
            }

            if (skip >= packet.Left)
            {
                skip -= packet.Left;
                continue;
            }

            credentials = packet.Credentials;
            int n = message.Data.CopyOut(packet.Data.AsSpan(packet.Offset + skip));
            skip = 0;
            if (n == 0 && message.Data.Faulted)
            {
                return moved > 0 ? moved : Errno.EFAULT;
            }

            moved += n;
            stop = packet.Files is not null;
            Deliver(packet, message, isPeek);
            if (isPeek)
            {
                continue;
            }

            packet.Offset += n;
            if (packet.Left > 0)
            {
                break;
            }

            Dequeue();
        }

        Options.MovePeekOffset(isPeek ? moved : -(moved - restart.Progress));
        restart.Progress = isPeek ? 0 : moved;
        bool wantsAll = (message.Flags & Sock.MSG_WAITALL) != 0 && !isPeek && !stop && message.Data.Remaining > 0;
        if (moved > 0 && !wantsAll)
        {
            return moved;
        }

        if (message.Data.Remaining == 0)
        {
            return moved;
        }

        if (PendingError != Errno.OK)
        {
            return moved > 0 ? moved : TakeError();
        }

        if (IsReadShut || Peer.IsClosed)
        {
            return moved;
        }

        return WaitOn(task, Queue, message.Flags, Options.ReceiveTimeout);
    }
}

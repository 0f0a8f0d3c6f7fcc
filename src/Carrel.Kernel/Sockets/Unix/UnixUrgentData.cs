using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>
/// The urgent byte of a SOCK_STREAM receiver (MSG_OOB): a packet of one byte that ordinary reads stop at and then pass over. Once it was
/// received by MSG_OOB, its empty packet stays in the queue as the mark (manage_oob() of net/unix/af_unix.c).
/// </summary>
internal sealed class UnixUrgentData
{
    /// <summary>What an ordinary read does about the packet in front of it.</summary>
    internal enum Step
    {
        /// <summary>It is ordinary data, or counts as such.</summary>
        Read,
        /// <summary>The read ends before it.</summary>
        Stop,
        /// <summary>Looks at the next one; this one stays in the queue.</summary>
        Pass,
        /// <summary>Looks at the next one; this one leaves the queue.</summary>
        Drop,
    }

    /// <summary>The packet with the byte that nobody took; a newer one replaces it.</summary>
    public UnixPacket? Packet { get; set; }

    /// <summary>The packet in front may be special.</summary>
    public bool Concerns(UnixPacket packet) => packet == Packet || packet.Left == 0;

    public Step Before(UnixPacket packet, bool hasRead, bool isPeek, bool isInline)
    {
        if (packet != Packet)
        {
            return packet.Left > 0 ? Step.Read : hasRead && Packet is null ? Step.Stop : isPeek ? Step.Pass : Step.Drop;
        }

        if (hasRead)
        {
            return Step.Stop;
        }

        if (!isPeek)
        {
            Packet = null;
        }

        return isInline ? Step.Read : isPeek ? Step.Pass : Step.Drop;
    }

    /// <summary>recv(MSG_OOB). The mark before, if it directly precedes, is no longer of use and is returned to be dropped.</summary>
    public SyscallResult Receive(SocketMessage message, Queue<UnixPacket> queue, bool isInline, out UnixPacket? stale)
    {
        stale = null;
        if (isInline || Packet is not { } packet)
        {
            return Errno.EINVAL;
        }

        bool isPeek = (message.Flags & Sock.MSG_PEEK) != 0;
        if (!isPeek)
        {
            Packet = null;
            UnixPacket? before = null;
            foreach (UnixPacket other in queue)
            {
                if (other == packet)
                {
                    break;
                }

                before = other;
            }

            stale = before is { Left: 0 } ? before : null;
        }

        int n = message.Data.CopyOut(packet.Data.AsSpan(packet.Offset));
        packet.Offset += isPeek ? 0 : 1;
        if (n == 0)
        {
            return Errno.EFAULT;
        }

        message.ResultFlags |= Sock.MSG_OOB;
        return n;
    }

    /// <summary>SIOCATMARK</summary>
    public bool IsAtMark(Queue<UnixPacket> queue)
    {
        UnixPacket? first = null;
        foreach (UnixPacket packet in queue)
        {
            if (first is not null)
            {
                return packet == Packet;
            }

            if (packet == Packet || (packet.Left == 0 && Packet is null))
            {
                return true;
            }

            if (packet.Left > 0)
            {
                return false;
            }

            first = packet;
        }

        return false;
    }
}

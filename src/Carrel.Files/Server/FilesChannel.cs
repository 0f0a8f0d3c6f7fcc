using System;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Files;

/// <summary>The server's end of the socket: one request in, its answer out.</summary>
internal sealed class FilesChannel(int socket)
{
    private static readonly int s_head = Wire.Size<FilesReply>();
    private readonly byte[] _request = new byte[FilesLimits.Request];
    private readonly byte[] _reply = new byte[FilesLimits.Reply];

    /// <summary>Where a reply's data is put together, before the Reply call.</summary>
    internal Span<byte> Body => _reply.AsSpan(s_head);

    /// <summary>The next request; empty when the other end is gone or has broken the protocol.</summary>
    internal ReadOnlySpan<byte> Receive()
    {
        while (true)
        {
            long n = HostSocket.Receive(socket, _request, [], 0, out _);
            if (n == -(int)Errno.EINTR)
            {
                continue;
            }

            return n <= 0 ? default : _request.AsSpan(0, (int)n);
        }
    }

    internal void ReplyError(uint sequence, Errno error) => Send(new FilesReply { Sequence = sequence, Error = (int)error }, -1);

    /// <summary>Success, with the first bytes of <see cref="Body"/> and perhaps a descriptor.</summary>
    internal void Reply(uint sequence, int length, int fd = -1) => Send(new FilesReply { Sequence = sequence, DataLength = length }, fd);

    internal void Reply<T>(uint sequence, in T body, int fd = -1) where T : unmanaged
    {
        Wire.Write(Body, body);
        Reply(sequence, Wire.Size<T>(), fd);
    }

    internal void ReplyEntries(uint sequence, int length, ushort count, bool hasMore, int sections) =>
        Send(new FilesReply { Sequence = sequence, DataLength = length, Count = count, More = hasMore ? (ushort)1 : (ushort)0, Sections = sections }, -1);

    private void Send(FilesReply head, int fd)
    {
        Wire.Write(_reply, head);
        ReadOnlySpan<byte> message = _reply.AsSpan(0, s_head + head.DataLength);
        while (true)
        {
            long n = fd < 0
                ? HostSocket.Send(socket, message, [], Sock.MSG_NOSIGNAL)
                : HostSocket.Send(socket, message, [fd], Sock.MSG_NOSIGNAL);
            if (n != -(int)Errno.EINTR)
            {
                return; // a dead peer shows at the next receive
            }
        }
    }
}

using System;
using System.Collections.Generic;
using System.Buffers;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>
/// A cursor over the memory of a read or write (Linux's iov_iter): guest segments or a kernel buffer. Copies advance it;
/// a copy that meets a bad address stops there and sets <see cref="Faulted"/>.
/// </summary>
public sealed class IoIterator
{
    private readonly MemoryManager? _mm;
    private readonly List<(ulong Address, ulong Length)>? _segments;
    private readonly Memory<byte> _kernel;
    private int _segment;
    private ulong _offset;

    private IoIterator(MemoryManager? mm, List<(ulong, ulong)>? segments, Memory<byte> kernel, long length)
    {
        _mm = mm;
        _segments = segments;
        _kernel = kernel;
        Remaining = length;
    }

    /// <summary>Flags of this one transfer, preadv2(2).</summary>
    public RwFlags Flags { get; set; }

    /// <summary>Bytes left.</summary>
    public long Remaining { get; private set; }

    /// <summary>Bytes moved so far.</summary>
    public long Done { get; private set; }

    /// <summary>A copy met an address it may not touch: EFAULT if nothing was moved.</summary>
    public bool Faulted { get; private set; }

    /// <summary>One guest buffer; the length is capped at MAX_RW_COUNT.</summary>
    public static IoIterator FromUser(Task task, UserBuffer buffer)
    {
        long length = (long)Math.Min(buffer.Length, (ulong)UserBuffer.MaxTransfer);
        return new IoIterator(task.Mm, [(buffer.Address, (ulong)length)], default, length);
    }

    /// <summary>A guest iovec array. EINVAL for a bad count or a negative length sum, EFAULT for a bad address (import_iovec()).</summary>
    public static Result<IoIterator> FromUser(Task task, UserIoVec vector)
    {
        if (vector.Count > 1024)
        {
            return Errno.EINVAL;
        }

        var raw = new ulong[vector.Count * 2];
        if (!new UserPtr<ulong>(vector.Address).TryReadArray(task, raw))
        {
            return Errno.EFAULT;
        }

        var segments = new List<(ulong, ulong)>((int)vector.Count);
        long total = 0;
        for (int i = 0; i < raw.Length; i += 2)
        {
            (ulong address, ulong length) = (raw[i], raw[i + 1]);
            if ((long)length < 0)
            {
                return Errno.EINVAL;
            }

            if (!task.Mm.IsUserRange(address, length))
            {
                return Errno.EFAULT;
            }

            length = Math.Min(length, (ulong)(UserBuffer.MaxTransfer - total));
            total += (long)length;
            segments.Add((address, length));
        }

        return new IoIterator(task.Mm, segments, default, total);
    }

    /// <summary>A cursor over what is left of the segment this one is at.</summary>
    public IoIterator Segment()
    {
        while (_segments![_segment].Length == _offset)
        {
            _segment++;
            _offset = 0;
        }

        (ulong address, ulong length) = _segments[_segment];
        length = Math.Min(length - _offset, (ulong)Remaining);
        return new IoIterator(_mm, [(address + _offset, length)], default, (long)length);
    }

    /// <summary>Kernel memory.</summary>
    public static IoIterator FromKernel(Memory<byte> buffer) => new(null, null, buffer, buffer.Length);

    /// <summary>Limits what is left to at most <paramref name="length"/> bytes.</summary>
    public void Truncate(long length) => Remaining = Math.Min(Remaining, length);

    /// <summary>Skips bytes (progress made before a restart, or discarded data).</summary>
    public void Advance(long length)
    {
        Remaining -= length;
        Done += length;
        if (_segments is null)
        {
            return;
        }

        _offset += (ulong)length;
        while (_segment < _segments.Count && _offset >= _segments[_segment].Length)
        {
            _offset -= _segments[_segment].Length;
            _segment++;
        }
    }

    /// <summary>Goes back over the last bytes moved.</summary>
    public void Revert(long length)
    {
        long done = Done - length;
        Remaining += length + done;
        _segment = 0;
        _offset = 0;
        Done = 0;
        Advance(done);
    }

    /// <summary>Copies data to the reader's memory (for read calls). Returns the bytes copied.</summary>
    public int CopyOut(ReadOnlySpan<byte> source)
    {
        int total = 0;
        while (!source.IsEmpty && Remaining > 0 && !Faulted)
        {
            int n = Chunk(source.Length);
            if (_mm is null)
            {
                source[..n].CopyTo(_kernel.Span[(int)Done..]);
            }
            else
            {
                int wanted = n;
                n = (int)_mm.WritePartial(Current, source[..n]);
                Faulted = n < wanted;
            }

            Advance(n);
            source = source[n..];
            total += n;
        }

        return total;
    }

    /// <summary>Copies data from the writer's memory (for write calls). Returns the bytes copied.</summary>
    public int CopyIn(Span<byte> destination)
    {
        int total = 0;
        while (!destination.IsEmpty && Remaining > 0 && !Faulted)
        {
            int n = Chunk(destination.Length);
            if (_mm is null)
            {
                _kernel.Span.Slice((int)Done, n).CopyTo(destination);
            }
            else
            {
                int wanted = n;
                n = (int)_mm.ReadPartial(Current, destination[..n]);
                Faulted = n < wanted;
            }

            Advance(n);
            destination = destination[n..];
            total += n;
        }

        return total;
    }

    private ulong Current => _segments![_segment].Address + _offset;

    private int Chunk(int wanted)
    {
        long n = Math.Min(wanted, Remaining);
        return _segments is null ? (int)n : (int)Math.Min((ulong)n, _segments[_segment].Length - _offset);
    }
}

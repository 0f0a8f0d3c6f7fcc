using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using Carrel.Machine;

namespace Carrel.Tests.Kernel.Fakes;

/// <summary>Frames in a dictionary, with every rule of <see cref="FrameStore"/> checked.</summary>
internal sealed class FakeFrameStore : FrameStore
{
    private readonly Dictionary<long, byte[]> _pages = [];
    private readonly Dictionary<long, int> _references = [];
    private long _next = 100;

    /// <summary>Frames that somebody holds.</summary>
    public long Held => _references.Count;

    public long Limit { get; set; } = 1 << 20;

    public override long UsedPages => _pages.Count;

    public override long LimitPages => Limit;

    public int References(long frame) => _references.GetValueOrDefault(frame);

    public override long Allocate(long count)
    {
        long frame = _next;
        _next += count;
        for (long i = 0; i < count; i++)
        {
            _references.Add(frame + i, 1);
        }

        return frame;
    }

    public override void AddReference(long frame, long count)
    {
        for (long i = frame; i < frame + count; i++)
        {
            Require(i);
            _references[i]++;
        }
    }

    public override void Release(long frame, long count)
    {
        for (long i = frame; i < frame + count; i++)
        {
            Require(i);
            if (--_references[i] == 0)
            {
                _references.Remove(i);
                _pages.Remove(i);
            }
        }
    }

    public override bool IsExclusive(long frame, long count) => Range(frame, count).All(f => References(f) == 1);

    public override bool Read(long position, Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++, position++)
        {
            Require(position / PageSize);
            destination[i] = _pages.TryGetValue(position / PageSize, out byte[]? page) ? page[position % PageSize] : (byte)0;
        }

        return true;
    }

    public override bool Write(long position, ReadOnlySpan<byte> source, bool isVital = true)
    {
        foreach (byte b in source)
        {
            byte[]? page = Touch(position / PageSize);
            if (page is null && Shortage?.Invoke(isVital) == true)
            {
                page = Touch(position / PageSize);
            }

            if (page is null)
            {
                return false;
            }

            page[position % PageSize] = b;
            position++;
        }

        return true;
    }

    public override void Discard(long frame, long count)
    {
        foreach (long i in Range(frame, count).Where(f => References(f) == 1))
        {
            _pages.Remove(i);
        }
    }

    public override bool CopyPages(long fromFrame, long toFrame, long count)
    {
        for (long i = 0; i < count; i++)
        {
            Require(fromFrame + i);
            Require(toFrame + i);
            if (_pages.ContainsKey(toFrame + i))
            {
                throw new InvalidOperationException("copy to a frame that is not fresh");
            }

            if (!_pages.TryGetValue(fromFrame + i, out byte[]? page))
            {
                continue;
            }

            if (Touch(toFrame + i) is not { } target)
            {
                return false;
            }

            page.CopyTo(target, 0);
        }

        return true;
    }

    public override void Zero(long position, long length)
    {
        for (long end = position + length; position < end;)
        {
            long frame = position / PageSize;
            long n = Math.Min(end - position, PageSize - (position % PageSize));
            Require(frame);
            if (n == PageSize)
            {
                _pages.Remove(frame);
            }
            else if (_pages.TryGetValue(frame, out byte[]? page))
            {
                page.AsSpan((int)(position % PageSize), (int)n).Clear();
            }

            position += n;
        }
    }

    public override long FirstResident(long frame, long count)
    {
        foreach (long f in Range(frame, count))
        {
            if (_pages.ContainsKey(f))
            {
                return f;
            }
        }

        return -1;
    }

    public override long CountResident(long frame, long count) => Range(frame, count).Count(_pages.ContainsKey);

    public override bool LoadInt32(long position, out int value)
    {
        Touch(position / PageSize);
        Span<byte> bytes = stackalloc byte[4];
        bool ok = Read(position, bytes);
        value = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return ok;
    }

    public override bool CompareExchangeInt32(long position, int expected, int desired, out int observed)
    {
        if (!LoadInt32(position, out observed))
        {
            return false;
        }

        if (observed == expected)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, desired);
            return Write(position, bytes);
        }

        return true;
    }

    private static IEnumerable<long> Range(long frame, long count)
    {
        for (long f = frame; f < frame + count; f++)
        {
            yield return f;
        }
    }

    private byte[]? Touch(long frame)
    {
        Require(frame);
        if (!_pages.TryGetValue(frame, out byte[]? page) && _pages.Count < Limit)
        {
            _pages.Add(frame, page = new byte[PageSize]);
        }

        return page;
    }

    private void Require(long frame)
    {
        if (!_references.ContainsKey(frame))
        {
            throw new InvalidOperationException($"frame {frame} is free");
        }
    }
}

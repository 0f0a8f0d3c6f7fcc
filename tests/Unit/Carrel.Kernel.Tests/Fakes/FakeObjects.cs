using System;
using System.Collections.Generic;
using Carrel.Kernel;
using Carrel.Machine;

namespace Carrel.Tests.Kernel.Fakes;

/// <summary>A host file with its bytes in an array.</summary>
internal sealed class FakeHostFile(byte[] content) : HostFile
{
    public byte[] Content { get; set; } = content;

    public override int ReadAt(long offset, Span<byte> destination)
    {
        int n = (int)Math.Clamp(Content.Length - offset, 0, destination.Length);
        Content.AsSpan((int)Math.Min(offset, Content.Length), n).CopyTo(destination);
        return n;
    }

    public override void Dispose()
    {
    }
}

/// <summary>A mapped host file.</summary>
internal sealed class FakeHostObject(byte[] content) : HostFileObject
{
    public FakeHostFile Bytes { get; } = new(content);

    public override HostFile File => Bytes;

    public override long Size => Bytes.Content.Length;
}

/// <summary>A tmpfs-like file whose pages are in frames, each page somewhere else.</summary>
internal sealed class FakeFrameObject(FakeFrameStore frames, long size) : FrameObject
{
    private readonly Dictionary<long, long> _pages = [];

    public override long Size => CurrentSize;

    public long CurrentSize { get; private set; } = size;

    public override Result<(long Frame, long Count)> GetFrames(long page, long maxCount)
    {
        if (!_pages.TryGetValue(page, out long frame))
        {
            // Two, and one thrown away: never contiguous.
            frame = frames.Allocate(2);
            frames.Release(frame + 1, 1);
            _pages.Add(page, frame);
        }

        return (frame, 1);
    }

    public void Truncate(long size)
    {
        CurrentSize = size;
        UnmapBeyond(size);
        foreach (long page in new List<long>(_pages.Keys))
        {
            if (page * FrameStore.PageSize >= size)
            {
                _pages.Remove(page, out long frame);
                frames.Release(frame, 1);
            }
        }
    }

    public void WritePage(long page, byte value) => frames.Write(GetFrames(page, 1).Value.Frame * FrameStore.PageSize, [value]);

    public byte ReadPage(long page)
    {
        Span<byte> value = stackalloc byte[1];
        frames.Read(GetFrames(page, 1).Value.Frame * FrameStore.PageSize, value);
        return value[0];
    }
}

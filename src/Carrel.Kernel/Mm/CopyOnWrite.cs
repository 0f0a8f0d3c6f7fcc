using System;
using System.Buffers;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel.Mm;

/// <summary>
/// Breaks copy-on-write shares, in aligned chunks: a fault costs far more than copying some pages. Frames that turn out to be
/// exclusive (the other side has exited or copied) are just made writable.
/// </summary>
internal static class CopyOnWrite
{
    private const int BufferSize = 64 * 1024;

    /// <summary>
    /// Makes the pages of [start, end) inside a Cow piece writable: for guest code (the host mapping follows), or for the kernel (then exclusive
    /// frames need nothing). <paramref name="vma"/> becomes the piece with <paramref name="start"/>.
    /// </summary>
    public static FaultOutcome Break(MemoryManager mm, ref Vma vma, ulong start, ulong end, bool forGuest)
    {
        ulong address = start;
        if (!forGuest && IsUnderWay(mm, vma))
        {
            return FaultOutcome.Resolved;
        }

        if (!forGuest && IsExclusive(mm, vma, start & ~Vma.PageMask, MemoryManager.PageAlignUp(end)))
        {
            return FaultOutcome.Resolved;
        }

        ulong chunk = ChunkBytes(mm);
        start = Math.Max(vma.Start, start & ~(chunk - 1));
        end = (end + chunk - 1) & ~(chunk - 1);
        end = Math.Min(vma.End, forGuest ? mm.CowAhead.Extend(start, end) : end);
        if (!mm.HasRoomForPieces(2))
        {
            (start, end) = (vma.Start, vma.End);
        }

        FaultOutcome outcome = FaultOutcome.Resolved;
        if (IsExclusive(mm, vma, start, end))
        {
            MakeWritable(mm, vma, start, end);
        }
        else
        {
            outcome = Copy(mm, vma, start, end);
        }

        vma = mm.Vmas.Find(address)!;
        return outcome;
    }

    // Between a fork and the moment the host has write-protected what it shares, other threads still store into the shared frames. A copy made
    // in that time would lose such a store; so the kernel writes in place, too: the child does not run yet, and sees it as done before the fork.
    private static bool IsUnderWay(MemoryManager mm, Vma vma)
    {
        if (vma.ProtectedAt != 0 && mm.Space.HasExecuted(vma.ProtectedAt))
        {
            vma.ProtectedAt = 0;
        }

        return vma.ProtectedAt != 0;
    }

    private static bool IsExclusive(MemoryManager mm, Vma vma, ulong start, ulong end) =>
        vma.Backing == VmaBacking.Frames && mm.Frames.IsExclusive(vma.FrameAt(start), (long)((end - start) / Vma.PageSize));

    private static void MakeWritable(MemoryManager mm, Vma vma, ulong start, ulong end)
    {
        // Often the other side is gone for good: then all of it at once.
        if (IsExclusive(mm, vma, vma.Start, vma.End))
        {
            (start, end) = (vma.Start, vma.End);
        }

        vma = PageFaults.Isolate(mm, vma, start, end);
        mm.ReleaseSpare(vma);
        vma.IsCow = false;
        if (vma.IsWritable)
        {
            mm.Space.Protect(start, end - start, vma.HostProtection);
        }

        mm.Vmas.Join(vma);
    }

    private static FaultOutcome Copy(MemoryManager mm, Vma vma, ulong start, ulong end)
    {
        FrameStore frames = mm.Frames;
        if (vma.Spare < 0)
        {
            vma.Spare = frames.Allocate(vma.Pages);
            if (vma.Spare < 0)
            {
                return FaultOutcome.OutOfMemory;
            }
        }

        long count = (long)((end - start) / Vma.PageSize);
        long target = vma.SpareAt(start);
        bool copied = vma.Backing == VmaBacking.HostFile
            ? CopyFromFile(mm, (HostFileObject)vma.File!.Object, (long)vma.OffsetAt(start), target, count)
            : frames.CopyPages(vma.FrameAt(start), target, count);
        if (!copied)
        {
            frames.Zero(target * FrameStore.PageSize, count * FrameStore.PageSize);
            return FaultOutcome.OutOfMemory;
        }

        vma = PageFaults.Isolate(mm, vma, start, end);
        mm.ReleaseBelow(vma);
        long old = vma.Backing == VmaBacking.Frames ? vma.Frame : -1;
        vma.Backing = VmaBacking.Frames;
        vma.Frame = target;
        vma.Spare = -1;
        vma.IsCow = false;
        mm.MapOnHost(vma);
        if (old >= 0)
        {
            mm.Space.ReleaseFramesWhenApplied(old, count);
        }

        mm.Vmas.Join(vma);
        return FaultOutcome.Resolved;
    }

    /// <summary>Reads file pages into fresh frames; what lies beyond the end of the file stays zero. False: no memory.</summary>
    public static bool CopyFromFile(MemoryManager mm, HostFileObject file, long offset, long frame, long count)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        long position = frame * FrameStore.PageSize;
        long left = Math.Min(count * FrameStore.PageSize, Math.Max(0, file.Size - offset));
        bool ok = true;
        while (left > 0 && ok)
        {
            int n = file.File.ReadAt(offset, buffer.AsSpan(0, (int)Math.Min(left, BufferSize)));
            if (n <= 0)
            {
                break;
            }

            ok = mm.Frames.Write(position, buffer.AsSpan(0, n));
            position += n;
            offset += n;
            left -= n;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return ok;
    }

    // Random writes all over a large forked heap must not use up the host's mappings: the more pieces, the larger the chunks.
    private static ulong ChunkBytes(MemoryManager mm) => Vma.PageSize * mm.Vmas.Count switch
    {
        < 8192 => 16UL,
        < 16384 => 64,
        < 32768 => 256,
        _ => 1024,
    };
}

/// <summary>Notices that write faults walk upwards through memory and then takes larger and larger chunks, like read-ahead.</summary>
internal struct CowAhead
{
    private const ulong LargestBytes = 256 * Vma.PageSize;

    private ulong _next;
    private ulong _window;

    /// <summary>The end of the chunk to copy, given the least one.</summary>
    public ulong Extend(ulong start, ulong end)
    {
        _window = start == _next ? Math.Min(LargestBytes, _window * 2) : end - start;
        _next = Math.Max(end, start + _window);
        return _next;
    }
}

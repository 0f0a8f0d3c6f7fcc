using System;
using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>brk(2): the heap.</summary>
internal static class Break
{
    /// <summary>Frame numbers taken at once, so that a growing heap stays one piece.</summary>
    private const long ReservePages = 16384;

    /// <summary>The new break, or the old one if it cannot be moved (the system call's way to fail).</summary>
    public static ulong Set(MemoryManager mm, ulong wanted)
    {
        MemoryLayout layout = mm.Layout;
        if (wanted < layout.BreakStart || wanted > mm.AddressLimit - Vma.PageSize)
        {
            return layout.Break;
        }

        // check_data_rlimit(): heap and data segment together.
        ulong limit = mm.Limit(Rlimit.RLIMIT_DATA);
        ulong used = (wanted - layout.BreakStart) + (layout.DataEnd - layout.DataStart);
        if (limit != Rlimit.RLIM_INFINITY && used > limit)
        {
            return layout.Break;
        }

        ulong oldEnd = MemoryManager.PageAlignUp(layout.Break);
        ulong newEnd = MemoryManager.PageAlignUp(wanted);
        if (newEnd < oldEnd)
        {
            if (Munmap.Range(mm, newEnd, oldEnd - newEnd) != Errno.OK)
            {
                return layout.Break;
            }
        }
        else if (newEnd > oldEnd && !Grow(mm, oldEnd, newEnd))
        {
            return layout.Break;
        }

        layout.Break = wanted;
        return wanted;
    }

    private static bool Grow(MemoryManager mm, ulong start, ulong end)
    {
        ulong length = end - start;
        // Existing mappings, with the gap below a stack, are in the way.
        if (mm.Vmas.FirstEndingAbove(start) is { } next && next.Start - Math.Min(next.Start, next.GrowsDown ? StackGrowth.GuardGap : 0) < end)
        {
            return false;
        }

        const Prot prot = Prot.PROT_READ | Prot.PROT_WRITE;
        VmaFlags flags = VmaFlags.MayAll | mm.DefaultFlags;
        if (!MemoryLimits.MayExpand(mm, prot, flags, length) || MemoryLimits.IsOvercommit(mm, prot, flags, length) || !mm.HasRoomForPieces(1)
            || ((flags & VmaFlags.Locked) != 0 && !MemoryLimits.MayLockMore(mm, null, length)))
        {
            return false;
        }

        long pages = (long)(length / Vma.PageSize);
        long frame = TakeFrames(mm, pages);
        if (frame < 0)
        {
            return false;
        }

        var piece = new Vma { Start = start, End = end, Prot = prot, Flags = flags, Backing = VmaBacking.Frames, Frame = frame };
        mm.Insert(piece);
        mm.Space.MapFrames(start, length, (Machine.MemoryProtection)prot, frame);
        return true;
    }

    // Consecutive growth gets consecutive frames from the reserve.
    private static long TakeFrames(MemoryManager mm, long pages)
    {
        ref (long Frame, long Count) reserve = ref mm.BreakReserve;
        if (reserve.Count < pages)
        {
            Drop(mm);
            long count = pages + ReservePages;
            long frame = mm.Frames.Allocate(count);
            if (frame < 0)
            {
                return -1;
            }

            reserve = (frame, count);
        }

        long taken = reserve.Frame;
        reserve = (reserve.Frame + pages, reserve.Count - pages);
        return taken;
    }

    /// <summary>Gives the reserve back.</summary>
    public static void Drop(MemoryManager mm)
    {
        if (mm.BreakReserve.Count > 0)
        {
            mm.Frames.Release(mm.BreakReserve.Frame, mm.BreakReserve.Count);
            mm.BreakReserve = default;
        }
    }
}

using System;
using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>Mappings that grow down: the main stack and MAP_GROWSDOWN (Linux's expand_downwards()).</summary>
internal static class StackGrowth
{
    /// <summary>stack_guard_gap: 256 pages stay free below a growing mapping.</summary>
    public const ulong GuardGap = 256 * Vma.PageSize;

    // A fault costs far more than a frame number: the main stack takes some pages below the faulting one along.
    private const ulong AheadBytes = 16 * Vma.PageSize;

    /// <summary>Frame numbers kept below a stack, so that it stays one contiguous piece as it grows.</summary>
    private const long ReservePages = 512;

    /// <summary>Grows the mapping above <paramref name="address"/> down to it. Null if there is none or it may not grow that far.</summary>
    public static Vma? Expand(MemoryManager mm, ulong address)
    {
        Vma? vma = mm.Vmas.FirstEndingAbove(address);
        return vma is not null && vma.GrowsDown && address < vma.Start ? Grow(mm, vma, address & ~Vma.PageMask) : null;
    }

    private static Vma? Grow(MemoryManager mm, Vma vma, ulong start)
    {
        if (start < mm.AddressMinimum || !mm.HasRoomForPieces(1))
        {
            return null;
        }

        // The gap is kept towards accessible mappings, except another stack's.
        Vma? below = mm.Vmas.LastEndingAtOrBelow(vma.Start);
        ulong floor = mm.AddressMinimum;
        if (below is not null)
        {
            floor = below.End + (!below.GrowsDown && below.IsReadable ? GuardGap : 0);
            if (start < floor)
            {
                return null;
            }
        }

        ulong limit = mm.Limit(Rlimit.RLIMIT_STACK);
        ulong top = TopOf(mm, vma);
        if (top - start > limit || !MayGrow(mm, vma, start))
        {
            return null;
        }

        ulong ahead = start > AheadBytes ? start - AheadBytes : 0;
        if ((vma.Flags & VmaFlags.Stack) != 0 && ahead >= floor && top - ahead <= limit && MayGrow(mm, vma, ahead))
        {
            start = ahead;
        }

        return Extend(mm, vma, start);
    }

    // Copy-on-write may have cut the stack into pieces: the limit is on all of it.
    private static ulong TopOf(MemoryManager mm, Vma vma)
    {
        while (mm.Vmas.Find(vma.End) is { } next && vma.IsSameVma(next))
        {
            vma = next;
        }

        return vma.End;
    }

    private static bool MayGrow(MemoryManager mm, Vma vma, ulong start)
    {
        ulong grow = vma.Start - start;
        return MemoryLimits.MayExpand(mm, vma.Prot, vma.Flags, grow)
            && (!vma.IsLocked || ((ulong)mm.LockedPages * Vma.PageSize) + grow <= mm.Limit(Rlimit.RLIMIT_MEMLOCK));
    }

    private static Vma? Extend(MemoryManager mm, Vma vma, ulong start)
    {
        ulong length = vma.Start - start;
        long pages = (long)(length / Vma.PageSize);
        if (vma.Backing == VmaBacking.Frames && !vma.IsCow && vma.Spare < 0 && vma.Below >= pages)
        {
            mm.Account(vma, -1);
            vma.Below -= pages;
            vma.Frame -= pages;
            mm.Vmas.ExtendDown(vma, start);
            mm.Account(vma, 1);
            mm.Space.MapFrames(start, length, vma.HostProtection, vma.Frame);
            return vma;
        }

        long frame = mm.Frames.Allocate(pages + ReservePages);
        if (frame < 0)
        {
            return null;
        }

        mm.ReleaseBelow(vma);
        var piece = new Vma
        {
            Start = start,
            End = vma.Start,
            Prot = vma.Prot,
            Flags = vma.Flags,
            Name = vma.Name,
            Backing = VmaBacking.Frames,
            Frame = frame + ReservePages,
            Below = ReservePages,
        };
        piece = mm.Insert(piece);
        mm.Space.MapFrames(start, length, piece.HostProtection, frame + ReservePages);
        return piece;
    }

    /// <summary>A new stack's piece with frames below it for its growth.</summary>
    public static long AllocateFrames(MemoryManager mm, long pages, out long below)
    {
        long frame = mm.Frames.Allocate(pages + ReservePages);
        below = frame < 0 ? 0 : ReservePages;
        return frame < 0 ? -1 : frame + ReservePages;
    }
}

using System;

namespace Carrel.Kernel.Mm;

/// <summary>MAP_POPULATE, mlock, MADV_POPULATE_*: makes pages resident ahead of their use.</summary>
internal static class Populate
{
    // The kernel lock is held meanwhile; beyond this the pages come by faults as ever.
    private const long MaximumPages = 4096;

    public static void Range(MemoryManager mm, ulong start, ulong end)
    {
        long budget = MaximumPages;
        for (ulong at = start; at < end && budget > 0;)
        {
            if (mm.Vmas.FirstEndingAbove(at) is not { } vma || vma.Start >= end)
            {
                return;
            }

            at = Math.Max(vma.Start, at);
            ulong stop = Math.Min(Math.Min(vma.End, end), at + ((ulong)budget * Vma.PageSize));
            // populate_vma_page_range(): private memory that may be written is broken out of its shares.
            if (vma.IsCow && vma.IsWritable && CopyOnWrite.Break(mm, ref vma, at, stop, forGuest: true) != FaultOutcome.Resolved)
            {
                return;
            }

            budget -= (long)((stop - at) / Vma.PageSize);
            for (; vma.Backing == VmaBacking.Frames && at < stop; at += Vma.PageSize)
            {
                // A load makes a page of shared host memory resident.
                if (!mm.Frames.LoadInt32(vma.PositionAt(at), out _))
                {
                    return;
                }
            }

            at = stop;
        }
    }
}

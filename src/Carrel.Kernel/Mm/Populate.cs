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
        for (Vma? vma = mm.Vmas.FirstEndingAbove(start); vma is not null && vma.Start < end && budget > 0; vma = mm.Vmas.FirstEndingAbove(vma.End))
        {
            if (vma.Backing != VmaBacking.Frames)
            {
                continue;
            }

            ulong last = Math.Min(vma.End, end);
            for (ulong at = Math.Max(vma.Start, start); at < last && budget > 0; at += Vma.PageSize, budget--)
            {
                // A load makes a page of shared host memory resident.
                if (!mm.Frames.LoadInt32(vma.PositionAt(at), out _))
                {
                    return;
                }
            }
        }
    }
}

using Carrel.Kernel.Mm;

namespace Carrel.Kernel;

public sealed partial class MemoryManager
{
    /// <summary>Pages of frames that are in memory (VmRSS): shared ones count in each process.</summary>
    public long ResidentPages => ResidentPagesIn(0, ulong.MaxValue);

    /// <summary>The same for a range of addresses.</summary>
    public long ResidentPagesIn(ulong start, ulong end)
    {
        long pages = 0;
        foreach (Vma vma in Vmas.All())
        {
            if (vma.Start >= end)
            {
                break;
            }

            if (vma.End > start && vma.Backing == VmaBacking.Frames)
            {
                pages += Frames.CountResident(vma.Frame, vma.Pages);
            }
        }

        return pages;
    }
}

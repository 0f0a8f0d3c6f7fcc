using System.Collections.Generic;

namespace Carrel.Kernel.Mm;

/// <summary>Takes pages beyond the new end of a shrunk file out of all address spaces (unmap_mapping_range()).</summary>
internal static class TruncateMappings
{
    public static void UnmapBeyond(MemoryObject memory, long size)
    {
        ulong end = MemoryManager.PageAlignUp((ulong)size);
        foreach (FileMapping mapping in new List<FileMapping>(memory.Mappings))
        {
            MemoryManager mm = mapping.Owner;
            bool changed = false;
            foreach (Vma vma in PiecesOf(mm, mapping))
            {
                changed |= Cut(mm, vma, end);
            }

            if (changed)
            {
                mm.FlushRemote();
            }
        }
    }

    private static List<Vma> PiecesOf(MemoryManager mm, FileMapping mapping)
    {
        var pieces = new List<Vma>();
        foreach (Vma vma in mm.Vmas.All())
        {
            if (ReferenceEquals(vma.File, mapping) && vma.IsMapped)
            {
                pieces.Add(vma);
            }
        }

        return pieces;
    }

    private static bool Cut(MemoryManager mm, Vma vma, ulong end)
    {
        if (vma.Offset + vma.Length <= end)
        {
            return false;
        }

        if (vma.Offset < end)
        {
            if (!mm.HasRoomForPieces(1))
            {
                return false;
            }

            vma = mm.Vmas.Split(vma, vma.Start + (end - vma.Offset));
        }

        mm.Space.Unmap(vma.Start, vma.Length);
        Revert(mm, vma);
        return true;
    }

    /// <summary>Drops what backs a file piece; its host mapping is gone or about to be replaced.</summary>
    public static void Revert(MemoryManager mm, Vma vma)
    {
        if (vma.Backing == VmaBacking.Frames)
        {
            mm.Space.ReleaseFramesWhenApplied(vma.Frame, vma.Pages);
        }

        mm.ReleaseSpare(vma);
        vma.Backing = VmaBacking.None;
        vma.Frame = -1;
        (vma.IsCow, vma.WatchesStores) = (false, false);
    }
}

using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>mseal(2) (mm/mseal.c): from now on nobody changes where a mapping lies, what it allows, or (unless it may be written anyway) what it holds.</summary>
internal static class Sealing
{
    /// <summary>do_mseal(): the whole range has to be mapped before any of it is sealed.</summary>
    public static Errno Seal(MemoryManager mm, ulong start, ulong length, ulong flags)
    {
        if (flags != 0 || (start & Vma.PageMask) != 0)
        {
            return Errno.EINVAL;
        }

        ulong rounded = MemoryManager.PageAlignUp(length);
        ulong end = unchecked(start + rounded);
        if ((length != 0 && rounded == 0) || end < start)
        {
            return Errno.EINVAL;
        }

        for (ulong at = start; at < end;)
        {
            if (mm.Vmas.Find(at) is not { } vma || !mm.HasRoomForPieces(2))
            {
                return Errno.ENOMEM;
            }

            at = vma.End;
        }

        for (ulong at = start; at < end;)
        {
            Vma vma = mm.Vmas.Find(at)!;
            at = System.Math.Min(vma.End, end);
            if (!vma.IsSealed)
            {
                vma = PageFaults.Isolate(mm, vma, System.Math.Max(vma.Start, start), at);
                mm.SetAttributes(vma, vma.Prot, vma.Flags | VmaFlags.Sealed);
                mm.Vmas.Join(vma);
            }
        }

        return Errno.OK;
    }

    /// <summary>Something in the range is sealed.</summary>
    public static bool IsAnySealed(MemoryManager mm, ulong start, ulong end)
    {
        if (!mm.HasSeals)
        {
            return false;
        }

        for (Vma? vma = mm.Vmas.FirstEndingAbove(start); vma is not null && vma.Start < end; vma = mm.Vmas.FirstEndingAbove(vma.End))
        {
            if (vma.IsSealed)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>can_madvise_modify(): what is sealed and not writable keeps its bytes; files show through again at worst.</summary>
    public static bool MayDiscard(Vma vma, int advice)
    {
        bool discards = advice is Madvise.MADV_FREE or Madvise.MADV_DONTNEED or Madvise.MADV_DONTNEED_LOCKED or Madvise.MADV_REMOVE
            or Madvise.MADV_DONTFORK or Madvise.MADV_WIPEONFORK;
        return !vma.IsSealed || !discards || vma.File is not null || vma.IsWritable;
    }
}

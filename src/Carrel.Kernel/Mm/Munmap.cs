using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>munmap(2).</summary>
internal static class Munmap
{
    /// <summary>do_munmap() with a queued host change.</summary>
    public static Errno Range(MemoryManager mm, ulong address, ulong length) => Range(mm, address, length, false).Error;

    /// <summary>
    /// do_munmap(). With <paramref name="mayRunNatively"/> the result may be RunNatively: the host does exactly the same call then.
    /// </summary>
    public static SyscallResult Range(MemoryManager mm, ulong address, ulong length, bool mayRunNatively)
    {
        if ((address & Vma.PageMask) != 0 || address > mm.AddressLimit || length > mm.AddressLimit - address)
        {
            return Errno.EINVAL;
        }

        length = MemoryManager.PageAlignUp(length);
        if (length == 0 || address + length > mm.AddressLimit)
        {
            return Errno.EINVAL;
        }

        ulong end = address + length;
        Vma? first = mm.Vmas.FirstEndingAbove(address);
        if (first is null || first.Start >= end)
        {
            return 0;
        }

        // A hole in the middle of a mapping makes one piece more.
        if (first.Start < address && first.End > end && !mm.HasRoomForPieces(2))
        {
            return Errno.ENOMEM;
        }

        if (Sealing.IsAnySealed(mm, address, end))
        {
            return Errno.EPERM;
        }

        List<Vma> taken = mm.TakeOut(address, end);
        bool isMapped = false;
        foreach (Vma vma in taken)
        {
            isMapped |= vma.IsMapped;
        }

        SyscallResult result = 0;
        if (isMapped)
        {
            if (mayRunNatively && !mm.Space.HasPendingChanges)
            {
                result = SyscallResult.RunNatively;
            }
            else
            {
                mm.Space.Unmap(address, length);
            }
        }

        mm.Release(taken);
        return result;
    }
}

using System;
using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>mlock(2) and its relatives: accounts and flags. Nothing here is ever swapped.</summary>
internal static class MemoryLocking
{
    private const VmaFlags LockFlags = VmaFlags.Locked | VmaFlags.LockOnFault;

    /// <summary>do_mlock().</summary>
    public static Errno Lock(MemoryManager mm, Task task, ulong start, ulong length, VmaFlags flags)
    {
        if (!MemoryLimits.MayLock(mm, task))
        {
            return Errno.EPERM;
        }

        length = MemoryManager.PageAlignUp(length + (start & Vma.PageMask));
        start &= ~Vma.PageMask;
        ulong end = start + length;
        if (!MemoryLimits.MayLockMore(mm, task, length - Math.Min(length, LockedBytes(mm, start, end))))
        {
            return Errno.ENOMEM;
        }

        Errno error = Apply(mm, start, length, flags);
        if (error != Errno.OK)
        {
            return error;
        }

        if ((flags & VmaFlags.LockOnFault) != 0)
        {
            return Errno.OK;
        }

        // __mm_populate() fails on what cannot be accessed.
        if (!IsAccessible(mm, start, end))
        {
            return Errno.ENOMEM;
        }

        Populate.Range(mm, start, end);
        return Errno.OK;
    }

    public static Errno Unlock(MemoryManager mm, ulong start, ulong length)
    {
        length = MemoryManager.PageAlignUp(length + (start & Vma.PageMask));
        return Apply(mm, start & ~Vma.PageMask, length, VmaFlags.None);
    }

    /// <summary>apply_mlockall_flags().</summary>
    public static Errno LockAll(MemoryManager mm, Task task, Mcl flags)
    {
        if (flags == 0 || (flags & ~(Mcl.MCL_CURRENT | Mcl.MCL_FUTURE | Mcl.MCL_ONFAULT)) != 0 || flags == Mcl.MCL_ONFAULT)
        {
            return Errno.EINVAL;
        }

        if (!MemoryLimits.MayLock(mm, task))
        {
            return Errno.EPERM;
        }

        if ((flags & Mcl.MCL_CURRENT) != 0 && !task.Credentials.HasCapability(Capability.CAP_IPC_LOCK)
            && (ulong)mm.TotalPages > mm.Limit(Rlimit.RLIMIT_MEMLOCK) / Vma.PageSize)
        {
            return Errno.ENOMEM;
        }

        VmaFlags wanted = VmaFlags.Locked | ((flags & Mcl.MCL_ONFAULT) != 0 ? VmaFlags.LockOnFault : 0);
        mm.DefaultFlags = (mm.DefaultFlags & ~LockFlags) | ((flags & Mcl.MCL_FUTURE) != 0 ? wanted : 0);
        if ((flags & Mcl.MCL_CURRENT) != 0)
        {
            SetAll(mm, wanted);
        }

        return Errno.OK;
    }

    public static void UnlockAll(MemoryManager mm)
    {
        mm.DefaultFlags &= ~LockFlags;
        SetAll(mm, VmaFlags.None);
    }

    // apply_vma_lock_flags()
    private static Errno Apply(MemoryManager mm, ulong start, ulong length, VmaFlags flags)
    {
        ulong end = start + length;
        if (end < start)
        {
            return Errno.EINVAL;
        }

        for (ulong at = start; at < end;)
        {
            if (mm.Vmas.Find(at) is not { } vma || !mm.HasRoomForPieces(2))
            {
                return Errno.ENOMEM;
            }

            vma = Set(mm, vma, Math.Max(vma.Start, at), Math.Min(vma.End, end), flags, out at);
        }

        return Errno.OK;
    }

    private static void SetAll(MemoryManager mm, VmaFlags flags)
    {
        for (Vma? vma = mm.Vmas.FirstEndingAbove(0); vma is not null; vma = mm.Vmas.FirstEndingAbove(vma.End))
        {
            vma = Set(mm, vma, vma.Start, vma.End, flags, out _);
        }
    }

    // mlock_fixup(): the vDSO and droppable memory are left alone.
    private static Vma Set(MemoryManager mm, Vma vma, ulong start, ulong end, VmaFlags flags, out ulong next)
    {
        next = end;
        VmaFlags wanted = (vma.Flags & ~LockFlags) | flags;
        if (wanted == vma.Flags || vma.Backing == VmaBacking.Platform || (vma.Flags & VmaFlags.Droppable) != 0)
        {
            return vma;
        }

        vma = PageFaults.Isolate(mm, vma, start, end);
        mm.SetAttributes(vma, vma.Prot, wanted);
        return mm.Vmas.Join(vma);
    }

    private static ulong LockedBytes(MemoryManager mm, ulong start, ulong end)
    {
        ulong locked = 0;
        for (Vma? vma = mm.Vmas.FirstEndingAbove(start); vma is not null && vma.Start < end; vma = mm.Vmas.FirstEndingAbove(vma.End))
        {
            locked += vma.IsLocked ? Math.Min(vma.End, end) - Math.Max(vma.Start, start) : 0;
        }

        return locked;
    }

    private static bool IsAccessible(MemoryManager mm, ulong start, ulong end)
    {
        for (Vma? vma = mm.Vmas.FirstEndingAbove(start); vma is not null && vma.Start < end; vma = mm.Vmas.FirstEndingAbove(vma.End))
        {
            if (!vma.IsReadable)
            {
                return false;
            }
        }

        return true;
    }
}

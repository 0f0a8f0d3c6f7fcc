using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>mremap(2), in the kernel's order of checks (mm/mremap.c). Moving copies nothing: the same frames are mapped elsewhere.</summary>
internal static class Mremap
{
    private const MremapFlags Known = MremapFlags.MREMAP_MAYMOVE | MremapFlags.MREMAP_FIXED | MremapFlags.MREMAP_DONTUNMAP;

    public static SyscallResult Run(MemoryManager mm, Task task, ulong address, ulong oldLength, ulong newLength, MremapFlags flags, ulong newAddress)
    {
        bool isFixed = (flags & MremapFlags.MREMAP_FIXED) != 0;
        bool keepsOld = (flags & MremapFlags.MREMAP_DONTUNMAP) != 0;
        bool mayMove = (flags & MremapFlags.MREMAP_MAYMOVE) != 0;
        oldLength = MemoryManager.PageAlignUp(oldLength);
        newLength = MemoryManager.PageAlignUp(newLength);
        Errno bad = CheckParameters(mm, address, oldLength, newLength, flags, newAddress);
        if (bad != Errno.OK)
        {
            return bad;
        }

        if (mm.Vmas.Find(address) is not { } vma)
        {
            return Errno.EFAULT;
        }

        if (vma.IsSealed)
        {
            return Errno.EPERM;
        }

        if (isFixed || keepsOld)
        {
            return MoveTo(mm, task, address, oldLength, newLength, newAddress, isFixed, keepsOld);
        }

        if (oldLength >= newLength)
        {
            Errno shrunk = oldLength == newLength ? Errno.OK : Munmap.Range(mm, address + newLength, oldLength - newLength);
            return shrunk != Errno.OK ? shrunk : address;
        }

        Errno error = CheckResize(mm, task, vma, address, oldLength, newLength, keepsOld: false);
        if (error != Errno.OK)
        {
            return error;
        }

        ulong end = address + oldLength;
        if (oldLength > 0 && end == EndOfVma(mm, vma) && IsFree(mm, end, newLength - oldLength))
        {
            Vma last = mm.Vmas.Find(end - 1)!;
            error = Extend(mm, last, end, newLength - oldLength, last.OffsetAt(end));
            return error != Errno.OK ? error : address;
        }

        if (!mayMove)
        {
            return Errno.ENOMEM;
        }

        Result<ulong> place = AddressPicker.Pick(mm, 0, newLength, MapFlags.MAP_PRIVATE, task);
        return place.Failed ? place : Move(mm, address, oldLength, newLength, place.Value, keepsOld: false);
    }

    // check_mremap_params() of Linux 6.17
    private static Errno CheckParameters(MemoryManager mm, ulong address, ulong oldLength, ulong newLength, MremapFlags flags, ulong newAddress)
    {
        if ((flags & ~Known) != 0 || (address & Vma.PageMask) != 0 || newLength == 0 || newLength > mm.AddressLimit)
        {
            return Errno.EINVAL;
        }

        if ((flags & (MremapFlags.MREMAP_FIXED | MremapFlags.MREMAP_DONTUNMAP)) == 0)
        {
            return Errno.OK;
        }

        bool overlaps = address + oldLength > newAddress && newAddress + newLength > address;
        if (newAddress > mm.AddressLimit - newLength || (newAddress & Vma.PageMask) != 0 || (flags & MremapFlags.MREMAP_MAYMOVE) == 0
            || ((flags & MremapFlags.MREMAP_DONTUNMAP) != 0 && oldLength != newLength) || overlaps)
        {
            return Errno.EINVAL;
        }

        return mm.HasRoomForPieces(4) ? Errno.OK : Errno.ENOMEM;
    }

    // mremap_to()
    private static SyscallResult MoveTo(MemoryManager mm, Task task, ulong address, ulong oldLength, ulong newLength, ulong target, bool isFixed, bool keepsOld)
    {
        Errno error;
        if (isFixed)
        {
            if (target < mm.AddressMinimum)
            {
                return Errno.EPERM;
            }

            error = Munmap.Range(mm, target, newLength);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        if (oldLength > newLength)
        {
            error = Munmap.Range(mm, address + newLength, oldLength - newLength);
            if (error != Errno.OK)
            {
                return error;
            }

            oldLength = newLength;
        }

        if (mm.Vmas.Find(address) is not { } vma)
        {
            return Errno.EFAULT;
        }

        error = CheckResize(mm, task, vma, address, oldLength, newLength, keepsOld);
        if (error != Errno.OK)
        {
            return error;
        }

        if (keepsOld && !MemoryLimits.MayExpand(mm, vma.Prot, vma.Flags, oldLength))
        {
            return Errno.ENOMEM;
        }

        Result<ulong> place = isFixed ? target : AddressPicker.Pick(mm, target, newLength, MapFlags.MAP_PRIVATE, task);
        return place.Failed ? place : Move(mm, address, oldLength, newLength, place.Value, keepsOld);
    }

    // vma_to_resize()
    private static Errno CheckResize(MemoryManager mm, Task task, Vma vma, ulong address, ulong oldLength, ulong newLength, bool keepsOld)
    {
        if (oldLength == 0 && !vma.IsShared)
        {
            return Errno.EINVAL;
        }

        if (keepsOld && (vma.Flags & VmaFlags.DontExpand) != 0)
        {
            return Errno.EINVAL;
        }

        if (oldLength > EndOfVma(mm, vma) - address)
        {
            return Errno.EFAULT;
        }

        if (newLength == oldLength)
        {
            return Errno.OK;
        }

        if (vma.File is not null && vma.OffsetAt(address) + newLength < newLength)
        {
            return Errno.EINVAL;
        }

        if ((vma.Flags & VmaFlags.DontExpand) != 0 || vma.Backing == VmaBacking.Platform)
        {
            return Errno.EFAULT;
        }

        ulong delta = newLength - oldLength;
        if (vma.IsLocked && !MemoryLimits.MayLockMore(mm, task, delta))
        {
            return Errno.EAGAIN;
        }

        return newLength > mm.AddressLimit || !MemoryLimits.MayExpand(mm, vma.Prot, vma.Flags, delta) || MemoryLimits.IsOvercommit(mm, vma.Prot, vma.Flags, delta)
            ? Errno.ENOMEM
            : Errno.OK;
    }

    private static SyscallResult Move(MemoryManager mm, ulong address, ulong oldLength, ulong newLength, ulong target, bool keepsOld)
    {
        if (!mm.HasRoomForPieces(4))
        {
            return Errno.ENOMEM;
        }

        Vma first = mm.Vmas.Find(address)!;
        if (oldLength == 0)
        {
            // A second mapping of the same shared pages.
            Errno copied = Extend(mm, first, target, newLength, first.OffsetAt(address));
            return copied != Errno.OK ? copied : target;
        }

        if (first.Backing == VmaBacking.Platform)
        {
            return Errno.EFAULT;
        }

        // The part that is new comes first: it may fail.
        if (newLength > oldLength)
        {
            Vma last = mm.Vmas.Find(address + oldLength - 1)!;
            Errno error = Extend(mm, last, target + oldLength, newLength - oldLength, last.OffsetAt(address + oldLength));
            if (error != Errno.OK)
            {
                return error;
            }
        }

        List<Vma> moved = mm.TakeOut(address, address + oldLength);
        var left = new List<Vma>();
        bool isMapped = false;
        foreach (Vma vma in moved)
        {
            isMapped |= vma.IsMapped;
            if (keepsOld)
            {
                left.Add(EmptyCopy(vma));
            }

            vma.End = vma.End - address + target;
            vma.Start = vma.Start - address + target;
            mm.MapOnHost(vma);
            mm.Reinsert(vma);
        }

        if (isMapped)
        {
            mm.Space.Unmap(address, oldLength);
        }

        foreach (Vma vma in left)
        {
            RestoreOld(mm, vma);
        }

        return target;
    }

    // MREMAP_DONTUNMAP: the old range stays, as if untouched.
    private static Vma EmptyCopy(Vma vma)
    {
        Vma copy = vma.Slice(vma.Start, vma.End);
        (copy.Backing, copy.Frame, copy.Spare, copy.Below, copy.IsCow, copy.WatchesStores) = (VmaBacking.None, -1, -1, 0, false, false);
        copy.Flags &= ~(VmaFlags.Locked | VmaFlags.LockOnFault);
        return copy;
    }

    private static void RestoreOld(MemoryManager mm, Vma vma)
    {
        if (vma.File is { } file)
        {
            FileBacking.Insert(mm, vma, file, vma.Offset, isOverOld: false);
            return;
        }

        // Without frames it stays an inaccessible hole rather than nothing.
        if (!AnonymousMemory.Back(mm, vma))
        {
            vma.Prot = Prot.PROT_NONE;
        }

        mm.MapOnHost(vma);
        mm.Insert(vma);
    }

    /// <summary>More of a mapping at another place: fresh anonymous memory, or what follows in the file.</summary>
    private static Errno Extend(MemoryManager mm, Vma like, ulong start, ulong length, ulong offset)
    {
        var vma = new Vma { Start = start, End = start + length, Prot = like.Prot, Flags = like.Flags, Name = like.Name };
        if (like.File is { } file)
        {
            FileBacking.Insert(mm, vma, file, offset, isOverOld: false);
        }
        else
        {
            vma.Flags &= like.GrowsDown ? ~(VmaFlags.GrowsDown | VmaFlags.Stack) : ~VmaFlags.None;
            if (!AnonymousMemory.Back(mm, vma))
            {
                return Errno.ENOMEM;
            }

            mm.MapOnHost(vma);
            mm.Insert(vma);
        }

        if (like.IsLocked)
        {
            Populate.Range(mm, start, start + length);
        }

        return Errno.OK;
    }

    /// <summary>End of what Linux would have as one VMA.</summary>
    private static ulong EndOfVma(MemoryManager mm, Vma vma)
    {
        while (mm.Vmas.Find(vma.End) is { } next && vma.IsSameVma(next))
        {
            vma = next;
        }

        return vma.End;
    }

    private static bool IsFree(MemoryManager mm, ulong start, ulong length) =>
        length <= mm.AddressLimit && start <= mm.AddressLimit - length
        && !(mm.Vmas.FirstEndingAbove(start) is { } next && next.Start < start + length);
}

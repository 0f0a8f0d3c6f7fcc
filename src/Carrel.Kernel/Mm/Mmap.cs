using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Mm;

/// <summary>What a new mapping is to be; the arguments of Linux's do_mmap().</summary>
internal readonly record struct MapRequest(ulong Address, ulong Length, Prot Prot, MapFlags Flags, FileDescription? File, ulong Offset)
{
    /// <summary>Task whose credentials and limits apply; null for the loader.</summary>
    public Task? Task { get; init; }

    /// <summary>The object, if it is known without asking the description.</summary>
    public MemoryObject? Object { get; init; }

    /// <summary>Extra attributes (DontExpand, Stack).</summary>
    public VmaFlags Extra { get; init; }
}

/// <summary>mmap(2): do_mmap() and mmap_region(), in the kernel's order of checks.</summary>
internal static class Mmap
{
    private const Prot Access = Prot.PROT_READ | Prot.PROT_WRITE | Prot.PROT_EXEC;

    public static Result<ulong> Map(MemoryManager mm, in MapRequest request)
    {
        if (request.Length == 0)
        {
            return Errno.EINVAL;
        }

        MapFlags flags = request.Flags;
        ulong length = MemoryManager.PageAlignUp(request.Length);
        if (length == 0)
        {
            return Errno.ENOMEM;
        }

        if (request.Offset + length < request.Offset)
        {
            return Errno.EOVERFLOW;
        }

        if (!mm.HasRoomForPieces(3))
        {
            return Errno.ENOMEM;
        }

        Result<ulong> place = AddressPicker.Pick(mm, request.Address, length, flags, request.Task);
        if (place.Failed)
        {
            return place;
        }

        var vma = new Vma { Start = place.Value, End = place.Value + length, Prot = request.Prot & Access };
        Errno error = Describe(mm, vma, request, out MemoryObject? memory);
        if (error == Errno.OK)
        {
            error = CheckRoom(mm, vma, request, memory);
        }

        if (error == Errno.OK && Sealing.IsAnySealed(mm, vma.Start, vma.End))
        {
            error = Errno.EPERM;
        }

        return error != Errno.OK ? error : Install(mm, vma, request, memory);
    }

    // The flags half of do_mmap(): sharing, access mode, what mprotect may give later.
    private static Errno Describe(MemoryManager mm, Vma vma, in MapRequest request, out MemoryObject? memory)
    {
        memory = request.Object;
        MapFlags flags = request.Flags;
        MapFlags type = flags & MapFlags.MAP_TYPE;
        VmaFlags vmFlags = VmaFlags.MayAll | mm.DefaultFlags | request.Extra;
        vmFlags |= (flags & MapFlags.MAP_GROWSDOWN) != 0 ? VmaFlags.GrowsDown : 0;
        vmFlags |= (flags & MapFlags.MAP_NORESERVE) != 0 ? VmaFlags.NoReserve : 0;
        vmFlags |= (flags & MapFlags.MAP_LOCKED) != 0 ? VmaFlags.Locked : 0;
        if ((flags & MapFlags.MAP_LOCKED) != 0 && request.Task is not null && !MemoryLimits.MayLock(mm, request.Task))
        {
            return Errno.EPERM;
        }

        if ((vmFlags & VmaFlags.Locked) != 0 && !MemoryLimits.MayLockMore(mm, request.Task, vma.Length))
        {
            return Errno.EAGAIN;
        }

        Errno error = request.File is null && memory is null
            ? DescribeAnonymous(type, flags, ref vmFlags)
            : FileMappingRules.Check(request, vma.Prot, type, ref vmFlags, ref memory);
        vma.Flags = vmFlags;
        return error == Errno.OK && (request.Extra & VmaFlags.Stack) == 0 && mm.IsWriteExecDenied(vma.Prot, vma.Prot) ? Errno.EACCES : error;
    }

    private static Errno DescribeAnonymous(MapFlags type, MapFlags flags, ref VmaFlags vmFlags)
    {
        switch (type)
        {
            case MapFlags.MAP_SHARED:
                if ((flags & MapFlags.MAP_GROWSDOWN) != 0)
                {
                    return Errno.EINVAL;
                }

                vmFlags |= VmaFlags.Shared;
                return Errno.OK;
            case MapFlags.MAP_DROPPABLE:
                if ((flags & (MapFlags.MAP_GROWSDOWN | MapFlags.MAP_LOCKED | MapFlags.MAP_HUGETLB)) != 0)
                {
                    return Errno.EINVAL;
                }

                vmFlags = (vmFlags & ~(VmaFlags.Locked | VmaFlags.LockOnFault)) | VmaFlags.Droppable | VmaFlags.NoReserve | VmaFlags.WipeOnFork | VmaFlags.DontDump;
                return Errno.OK;
            case MapFlags.MAP_PRIVATE:
                return Errno.OK;
            default:
                return Errno.EINVAL;
        }
    }

    private static Errno CheckRoom(MemoryManager mm, Vma vma, in MapRequest request, MemoryObject? memory)
    {
        ulong replaced = 0;
        for (Vma? old = mm.Vmas.FirstEndingAbove(vma.Start); old is not null && old.Start < vma.End; old = mm.Vmas.FirstEndingAbove(old.End))
        {
            replaced += System.Math.Min(old.End, vma.End) - System.Math.Max(old.Start, vma.Start);
        }

        return !MemoryLimits.MayExpand(mm, vma.Prot, vma.Flags, vma.Length, replaced)
            || (request.Task is not null && memory is null or ZeroObject && MemoryLimits.IsOvercommit(mm, vma.Prot, vma.Flags, vma.Length))
            ? Errno.ENOMEM
            : Errno.OK;
    }

    private static Result<ulong> Install(MemoryManager mm, Vma vma, in MapRequest request, MemoryObject? memory)
    {
        (ulong start, ulong end) = (vma.Start, vma.End);
        if (memory is ZeroObject)
        {
            memory = null;
        }

        if (memory is null && vma.IsShared)
        {
            memory = SharedAnonymous.Create(mm.Kernel, (long)vma.Length);
            if (memory is null)
            {
                return Errno.ENOMEM;
            }
        }

        // Frames first: what fails must leave the old mappings alone.
        if (memory is null && !AnonymousMemory.Back(mm, vma))
        {
            return Errno.ENOMEM;
        }

        List<Vma>? replaced = mm.Vmas.FirstEndingAbove(start) is { } first && first.Start < end ? mm.TakeOut(start, end) : null;
        if (memory is not null)
        {
            FileBacking.Insert(mm, vma, new FileMapping(mm, memory, request.File), request.Offset, isOverOld: replaced is not null);
        }
        else
        {
            if (vma.Backing == VmaBacking.None && replaced is not null)
            {
                mm.Space.Unmap(start, end - start);
            }

            mm.MapOnHost(vma);
            vma = mm.Insert(vma);
        }

        if (replaced is not null)
        {
            mm.Release(replaced);
        }

        if ((request.Flags & (MapFlags.MAP_POPULATE | MapFlags.MAP_NONBLOCK)) == MapFlags.MAP_POPULATE || (vma.Flags & (VmaFlags.Locked | VmaFlags.LockOnFault)) == VmaFlags.Locked)
        {
            Populate.Range(mm, start, end);
        }

        return start;
    }
}

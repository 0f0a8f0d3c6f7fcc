using System;
using Carrel.Abi;
using Carrel.Machine;
using static Carrel.Abi.Madvise;

namespace Carrel.Kernel.Mm;

/// <summary>madvise(2) (mm/madvise.c).</summary>
internal static class MemoryAdvice
{
    /// <summary>do_madvise().</summary>
    public static Errno Apply(MemoryManager mm, ulong start, ulong length, int advice)
    {
        if (!IsKnown(advice) || (start & Vma.PageMask) != 0)
        {
            return Errno.EINVAL;
        }

        ulong rounded = MemoryManager.PageAlignUp(length);
        ulong end = start + rounded;
        if ((length != 0 && rounded == 0) || end < start)
        {
            return Errno.EINVAL;
        }

        if (end == start)
        {
            return Errno.OK;
        }

        return advice is MADV_POPULATE_READ or MADV_POPULATE_WRITE ? PopulateRange(mm, start, end, advice) : Walk(mm, start, end, advice);
    }

    private static bool IsKnown(int advice) => advice is
        MADV_NORMAL or MADV_RANDOM or MADV_SEQUENTIAL or MADV_WILLNEED or MADV_DONTNEED or MADV_DONTNEED_LOCKED or MADV_FREE or MADV_REMOVE
        or MADV_DONTFORK or MADV_DOFORK or MADV_MERGEABLE or MADV_UNMERGEABLE or MADV_HUGEPAGE or MADV_NOHUGEPAGE or MADV_DONTDUMP or MADV_DODUMP
        or MADV_WIPEONFORK or MADV_KEEPONFORK or MADV_COLD or MADV_PAGEOUT or MADV_POPULATE_READ or MADV_POPULATE_WRITE;

    // madvise_walk_vmas(): holes are skipped and reported as ENOMEM at the end.
    private static Errno Walk(MemoryManager mm, ulong start, ulong end, int advice)
    {
        Errno unmapped = Errno.OK;
        for (ulong at = start; at < end;)
        {
            Vma? vma = mm.Vmas.FirstEndingAbove(at);
            if (vma is null || vma.Start >= end)
            {
                return Errno.ENOMEM;
            }

            if (vma.Start > at)
            {
                unmapped = Errno.ENOMEM;
                at = vma.Start;
            }

            ulong stop = Math.Min(vma.End, end);
            Errno error = One(mm, vma, at, stop, advice);
            if (error != Errno.OK)
            {
                return error;
            }

            at = stop;
        }

        return unmapped;
    }

    private static Errno One(MemoryManager mm, Vma vma, ulong start, ulong end, int advice)
    {
        if (!Sealing.MayDiscard(vma, advice))
        {
            return Errno.EPERM;
        }

        switch (advice)
        {
            case MADV_WILLNEED:
                return Errno.OK;
            case MADV_COLD or MADV_PAGEOUT:
                if (vma.IsLocked || vma.Backing == VmaBacking.Platform)
                {
                    return Errno.EINVAL;
                }

                // What may be dropped when memory is short is dropped rather than written anywhere.
                return advice == MADV_PAGEOUT && (vma.Flags & VmaFlags.Droppable) != 0 ? Discard(mm, vma, start, end) : Errno.OK;
            case MADV_DONTNEED or MADV_DONTNEED_LOCKED:
                if ((vma.IsLocked && advice == MADV_DONTNEED) || vma.Backing == VmaBacking.Platform)
                {
                    return Errno.EINVAL;
                }

                return Discard(mm, vma, start, end);
            case MADV_FREE:
                return !vma.IsAnonymous || vma.IsLocked ? Errno.EINVAL : Free(mm, vma, start, end);
            case MADV_REMOVE:
                return Remove(mm, vma, start, end);
        }

        VmaFlags flags = vma.Flags;
        Errno error = NewFlags(vma, advice, ref flags);
        if (error != Errno.OK || flags == vma.Flags)
        {
            return error;
        }

        if (!mm.HasRoomForPieces(2))
        {
            return Errno.ENOMEM;
        }

        vma = PageFaults.Isolate(mm, vma, start, end);
        mm.SetAttributes(vma, vma.Prot, flags);
        mm.Vmas.Join(vma);
        return Errno.OK;
    }

    // madvise_vma_behavior(): the advice that is nothing but a flag.
    private static Errno NewFlags(Vma vma, int advice, ref VmaFlags flags)
    {
        bool isSpecial = vma.Backing == VmaBacking.Platform;
        switch (advice)
        {
            case MADV_NORMAL:
                flags &= ~(VmaFlags.RandomRead | VmaFlags.SequentialRead);
                break;
            case MADV_SEQUENTIAL:
                flags = (flags & ~VmaFlags.RandomRead) | VmaFlags.SequentialRead;
                break;
            case MADV_RANDOM:
                flags = (flags & ~VmaFlags.SequentialRead) | VmaFlags.RandomRead;
                break;
            case MADV_DONTFORK:
                flags |= VmaFlags.DontFork;
                break;
            case MADV_DOFORK:
                flags &= ~VmaFlags.DontFork;
                break;
            case MADV_WIPEONFORK:
                if (vma.File is not null || vma.IsShared || isSpecial)
                {
                    return Errno.EINVAL;
                }

                flags |= VmaFlags.WipeOnFork;
                break;
            case MADV_KEEPONFORK:
                if ((flags & VmaFlags.Droppable) != 0)
                {
                    return Errno.EINVAL;
                }

                flags &= ~VmaFlags.WipeOnFork;
                break;
            case MADV_DONTDUMP:
                flags |= VmaFlags.DontDump;
                break;
            case MADV_DODUMP:
                if (isSpecial || (flags & VmaFlags.Droppable) != 0)
                {
                    return Errno.EINVAL;
                }

                flags &= ~VmaFlags.DontDump;
                break;
            case MADV_MERGEABLE when vma.IsAnonymous:
                flags |= VmaFlags.Mergeable;
                break;
            case MADV_UNMERGEABLE:
                flags &= ~VmaFlags.Mergeable;
                break;
            case MADV_HUGEPAGE:
                flags = (flags & ~VmaFlags.NoHugePage) | VmaFlags.HugePage;
                break;
            case MADV_NOHUGEPAGE:
                flags = (flags & ~VmaFlags.HugePage) | VmaFlags.NoHugePage;
                break;
        }

        return Errno.OK;
    }

    /// <summary>MADV_DONTNEED: private pages read as zero, or as the file, afterwards; shared ones keep their bytes.</summary>
    private static Errno Discard(MemoryManager mm, Vma vma, ulong start, ulong end)
    {
        if (vma.IsShared || vma.Backing != VmaBacking.Frames)
        {
            return Errno.OK;
        }

        long pages = (long)((end - start) / Vma.PageSize);
        if (vma.File is null && mm.Frames.IsExclusive(vma.FrameAt(start), pages))
        {
            mm.Frames.Zero(vma.PositionAt(start), pages * FrameStore.PageSize);
            return Errno.OK;
        }

        if (!mm.HasRoomForPieces(2))
        {
            return Errno.ENOMEM;
        }

        vma = PageFaults.Isolate(mm, vma, start, end);
        if (vma.File is not null)
        {
            Reload(mm, vma);
            return Errno.OK;
        }

        // A fork still has the old frames.
        long fresh = vma.Spare >= 0 ? vma.Spare : mm.Frames.Allocate(pages);
        if (fresh < 0)
        {
            return Errno.EAGAIN;
        }

        mm.ReleaseBelow(vma);
        long old = vma.Frame;
        (vma.Frame, vma.Spare, vma.IsCow) = (fresh, -1, false);
        mm.MapOnHost(vma);
        mm.Space.ReleaseFramesWhenApplied(old, pages);
        mm.Vmas.Join(vma);
        return Errno.OK;
    }

    // Private copies of file pages go; the file shows through again.
    private static void Reload(MemoryManager mm, Vma vma)
    {
        TruncateMappings.Revert(mm, vma);
        if (vma.File!.Object is HostFileObject host && vma.Offset + vma.Length <= MemoryManager.PageAlignUp((ulong)Math.Max(0, host.Size)))
        {
            FileBacking.BackByHostFile(mm, vma, host);
            mm.MapOnHost(vma);
            mm.Vmas.Join(vma);
        }
        else
        {
            // The next access finds out what is there.
            mm.Space.Unmap(vma.Start, vma.Length);
        }
    }

    // Linux frees such pages when memory is short. Whether they were written again meanwhile cannot be seen here, so it is now or never.
    private static Errno Free(MemoryManager mm, Vma vma, ulong start, ulong end) =>
        mm.Frames.UsedPages > mm.Frames.LimitPages / 2 ? Discard(mm, vma, start, end) : Errno.OK;

    // MADV_REMOVE punches a hole into the object.
    private static Errno Remove(MemoryManager mm, Vma vma, ulong start, ulong end)
    {
        if (vma.IsLocked || vma.File?.Object is not FrameObject)
        {
            return Errno.EINVAL;
        }

        if (!vma.IsShared || (vma.Flags & VmaFlags.MayWrite) == 0)
        {
            return Errno.EACCES;
        }

        if (vma.Backing == VmaBacking.Frames)
        {
            mm.Frames.Zero(vma.PositionAt(start), (long)(end - start));
        }

        return Errno.OK;
    }

    // faultin_page_range()
    private static Errno PopulateRange(MemoryManager mm, ulong start, ulong end, int advice)
    {
        for (ulong at = start; at < end;)
        {
            if (mm.Vmas.Find(at) is not { } vma)
            {
                return Errno.ENOMEM;
            }

            if (vma.Backing == VmaBacking.Platform || (vma.Prot & (advice == MADV_POPULATE_WRITE ? Prot.PROT_WRITE : Prot.PROT_READ)) == 0)
            {
                return Errno.EINVAL;
            }

            ulong stop = Math.Min(vma.End, end);
            FaultOutcome outcome = FaultOutcome.Resolved;
            if (vma.Backing == VmaBacking.None)
            {
                outcome = PageFaults.MapMissing(mm, vma, at);
                stop = at;
            }
            else if (advice == MADV_POPULATE_WRITE && vma.IsCow)
            {
                outcome = CopyOnWrite.Break(mm, ref vma, at, stop, forGuest: true);
            }

            if (outcome != FaultOutcome.Resolved)
            {
                return outcome == FaultOutcome.OutOfMemory ? Errno.ENOMEM : Errno.EFAULT;
            }

            at = stop;
        }

        Populate.Range(mm, start, end);
        return Errno.OK;
    }
}

using System;
using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>mprotect(2).</summary>
internal static class Mprotect
{
    private const Prot Access = Prot.PROT_READ | Prot.PROT_WRITE | Prot.PROT_EXEC;

    /// <summary>do_mprotect_pkey(). With <paramref name="mayRunNatively"/> the host may be left to do exactly the same call.</summary>
    public static SyscallResult Range(MemoryManager mm, ulong start, ulong length, Prot prot, bool mayRunNatively)
    {
        Prot grow = prot & (Prot.PROT_GROWSDOWN | Prot.PROT_GROWSUP);
        prot &= ~(Prot.PROT_GROWSDOWN | Prot.PROT_GROWSUP);
        if (grow == (Prot.PROT_GROWSDOWN | Prot.PROT_GROWSUP) || (start & Vma.PageMask) != 0)
        {
            return Errno.EINVAL;
        }

        if (length == 0)
        {
            return 0;
        }

        length = MemoryManager.PageAlignUp(length);
        ulong end = start + length;
        if (end <= start)
        {
            return Errno.ENOMEM;
        }

        if ((prot & ~(Access | Prot.PROT_SEM)) != 0)
        {
            return Errno.EINVAL;
        }

        Vma? vma = mm.Vmas.FirstEndingAbove(start);
        if (vma is null)
        {
            return Errno.ENOMEM;
        }

        if (grow == Prot.PROT_GROWSDOWN)
        {
            if (vma.Start >= end)
            {
                return Errno.ENOMEM;
            }

            start = vma.Start;
            if (!vma.GrowsDown)
            {
                return Errno.EINVAL;
            }
        }
        else if (vma.Start > start)
        {
            return Errno.ENOMEM;
        }
        else if (grow == Prot.PROT_GROWSUP)
        {
            return Errno.EINVAL;
        }

        prot &= Access;
        bool isUniform = mayRunNatively && grow == 0 && !mm.Space.HasPendingChanges && IsUniform(mm, start, end, prot);
        Errno error = Change(mm, start, end, prot, queue: !isUniform);
        return error != Errno.OK ? error : isUniform ? SyscallResult.RunNatively : 0;
    }

    // The host's own mprotect does the same: everything is mapped there and gets just this protection.
    private static bool IsUniform(MemoryManager mm, ulong start, ulong end, Prot prot)
    {
        for (ulong at = start; at < end;)
        {
            Vma? vma = mm.Vmas.Find(at);
            if (vma is null || !vma.IsMapped || vma.Backing == VmaBacking.Platform || vma.HostProtectionFor(prot) != (Machine.MemoryProtection)prot
                || Check(mm, vma, prot, start, end) != Errno.OK)
            {
                return false;
            }

            at = vma.End;
        }

        return true;
    }

    // Goes piece by piece like the kernel: an error leaves what lies before it changed.
    private static Errno Change(MemoryManager mm, ulong start, ulong end, Prot prot, bool queue)
    {
        ulong protectStart = 0, protectEnd = 0;
        Machine.MemoryProtection protection = default;
        Errno error = Errno.OK;
        for (ulong at = start; at < end;)
        {
            Vma? vma = mm.Vmas.Find(at);
            error = vma is null ? Errno.ENOMEM : Check(mm, vma, prot, at, end);
            if (error != Errno.OK)
            {
                break;
            }

            vma = PageFaults.Isolate(mm, vma!, Math.Max(vma!.Start, at), Math.Min(vma.End, end));
            at = vma.End;
            if (vma.Prot == prot)
            {
                continue;
            }

            Machine.MemoryProtection before = vma.HostProtection;
            mm.SetAttributes(vma, prot, vma.Flags);
            if (vma.Backing == VmaBacking.None)
            {
                error = MakeAccessible(mm, vma);
                if (error != Errno.OK)
                {
                    mm.SetAttributes(vma, Prot.PROT_NONE, vma.Flags);
                    break;
                }
            }
            else if (queue && before != vma.HostProtection)
            {
                // Neighbours that get the same protection are one host call.
                if (protectEnd != vma.Start || protection != vma.HostProtection)
                {
                    Flush(mm, protectStart, protectEnd, protection);
                    (protectStart, protection) = (vma.Start, vma.HostProtection);
                }

                protectEnd = vma.End;
            }

            mm.Vmas.Join(vma);
        }

        Flush(mm, protectStart, protectEnd, protection);
        return error;
    }

    private static void Flush(MemoryManager mm, ulong start, ulong end, Machine.MemoryProtection protection)
    {
        if (end > start)
        {
            mm.Space.Protect(start, end - start, protection);
        }
    }

    private static Errno Check(MemoryManager mm, Vma vma, Prot prot, ulong start, ulong end)
    {
        VmaFlags needed = ((prot & Prot.PROT_READ) != 0 ? VmaFlags.MayRead : 0)
            | ((prot & Prot.PROT_WRITE) != 0 ? VmaFlags.MayWrite : 0)
            | ((prot & Prot.PROT_EXEC) != 0 ? VmaFlags.MayExec : 0);
        if ((vma.Flags & needed) != needed)
        {
            return Errno.EACCES;
        }

        if (mm.IsWriteExecDenied(vma.Prot, prot))
        {
            return Errno.EACCES;
        }

        if (vma.IsSealed)
        {
            return Errno.EPERM;
        }

        if (vma.Prot == prot)
        {
            return Errno.OK;
        }

        ulong length = Math.Min(vma.End, end) - Math.Max(vma.Start, start);
        if (!vma.IsWritable && (prot & Prot.PROT_WRITE) != 0)
        {
            ulong data = (ulong)mm.DataPages * Vma.PageSize;
            if ((MemoryManager.IsData(prot, vma.Flags) && data + length > mm.Limit(Rlimit.RLIMIT_DATA)) || MemoryLimits.IsOvercommit(mm, prot, vma.Flags, length))
            {
                return Errno.ENOMEM;
            }
        }

        return mm.HasRoomForPieces(2) || (vma.Start >= start && vma.End <= end) ? Errno.OK : Errno.ENOMEM;
    }

    // A reservation becomes memory; file pages beyond the end stay away.
    private static Errno MakeAccessible(MemoryManager mm, Vma vma)
    {
        if (vma.File is not null)
        {
            return Errno.OK;
        }

        if (!AnonymousMemory.Back(mm, vma))
        {
            return Errno.ENOMEM;
        }

        mm.MapOnHost(vma);
        return Errno.OK;
    }
}

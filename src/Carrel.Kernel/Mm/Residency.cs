using System;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel.Mm;

/// <summary>mincore(2), msync(2), and how much of an address space is resident.</summary>
internal static class Residency
{
    private const int ChunkPages = 4096;

    /// <summary>mincore(2).</summary>
    public static Errno Mincore(MemoryManager mm, ulong start, ulong length, ulong vector)
    {
        if ((start & Vma.PageMask) != 0)
        {
            return Errno.EINVAL;
        }

        if (!mm.IsUserRange(start, length))
        {
            return Errno.ENOMEM;
        }

        ulong pages = MemoryManager.PageAlignUp(length) / Vma.PageSize;
        if (!mm.IsUserRange(vector, pages))
        {
            return Errno.EFAULT;
        }

        Span<byte> bits = new byte[(int)Math.Min(ChunkPages, pages)];
        while (pages > 0)
        {
            int n = (int)Math.Min((ulong)bits.Length, pages);
            // Up to a hole at first: what comes before it is told.
            n = Fill(mm, start, bits[..n]);
            if (n == 0)
            {
                return Errno.ENOMEM;
            }

            if (!mm.Write(vector, bits[..n]))
            {
                return Errno.EFAULT;
            }

            pages -= (ulong)n;
            start += (ulong)n * Vma.PageSize;
            vector += (ulong)n;
        }

        return Errno.OK;
    }

    // How many pages there are before a hole.
    private static int Fill(MemoryManager mm, ulong start, Span<byte> bits)
    {
        bits.Clear();
        for (int i = 0; i < bits.Length;)
        {
            ulong at = start + ((ulong)i * Vma.PageSize);
            if (mm.Vmas.Find(at) is not { } vma)
            {
                return i;
            }

            int n = (int)Math.Min((ulong)(bits.Length - i), (vma.End - at) / Vma.PageSize);
            switch (vma.Backing)
            {
                case VmaBacking.Frames:
                    MarkResident(mm.Frames, vma.FrameAt(at), bits.Slice(i, n));
                    break;
                case VmaBacking.HostFile or VmaBacking.Platform:
                    // Like Linux for files the caller could not write: the host's cache is none of its business.
                    bits.Slice(i, n).Fill(1);
                    break;
            }

            i += n;
        }

        return bits.Length;
    }

    private static void MarkResident(FrameStore frames, long frame, Span<byte> bits)
    {
        for (int i = 0; i < bits.Length; i++)
        {
            long next = frames.FirstResident(frame + i, bits.Length - i);
            if (next < 0)
            {
                return;
            }

            i = (int)(next - frame);
            bits[i] = 1;
        }
    }

    /// <summary>msync(2): files in frames need no writing back, so only the checks are left.</summary>
    public static Errno Msync(MemoryManager mm, ulong start, ulong length, MsyncFlags flags)
    {
        const MsyncFlags both = MsyncFlags.MS_ASYNC | MsyncFlags.MS_SYNC;
        if ((flags & ~(both | MsyncFlags.MS_INVALIDATE)) != 0 || (start & Vma.PageMask) != 0 || (flags & both) == both)
        {
            return Errno.EINVAL;
        }

        ulong end = start + MemoryManager.PageAlignUp(length);
        if (end < start)
        {
            return Errno.ENOMEM;
        }

        Errno unmapped = Errno.OK;
        for (ulong at = start; at < end;)
        {
            Vma? vma = mm.Vmas.FirstEndingAbove(at);
            if (vma is null || vma.Start >= end)
            {
                return Errno.ENOMEM;
            }

            unmapped = vma.Start > at ? Errno.ENOMEM : unmapped;
            if ((flags & MsyncFlags.MS_INVALIDATE) != 0 && vma.IsLocked)
            {
                return Errno.EBUSY;
            }

            ulong next = vma.End;
            if ((flags & MsyncFlags.MS_SYNC) != 0)
            {
                WatchAgain(mm, vma);
            }

            at = next;
        }

        return unmapped;
    }

    // What was written back is write-protected until the next store.
    private static void WatchAgain(MemoryManager mm, Vma vma)
    {
        if (vma is { IsSharedMayWrite: true, IsPlain: true } && vma.File!.Object.WantsStoreNotice)
        {
            vma.WatchesStores = true;
            if (vma.IsWritable)
            {
                mm.Space.Protect(vma.Start, vma.Length, vma.HostProtection);
            }

            mm.Vmas.Join(vma);
        }
    }

    /// <summary>The page is in memory now.</summary>
    public static bool IsResident(MemoryManager mm, Vma vma, ulong address) =>
        vma.Backing == VmaBacking.Frames ? mm.Frames.FirstResident(vma.FrameAt(address), 1) >= 0 : vma.IsMapped;

    /// <summary>Resident pages of a piece: frames by the host's account; file pages count as resident.</summary>
    public static long Of(MemoryManager mm, Vma vma) => vma.Backing switch
    {
        VmaBacking.Frames => mm.Frames.CountResident(vma.Frame, vma.Pages),
        VmaBacking.HostFile => vma.Pages,
        _ => 0,
    };
}

using System;
using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>Page faults of guest code and the kernel's own accesses (Linux's handle_mm_fault()).</summary>
internal static class PageFaults
{
    /// <summary>A fault of guest code. <paramref name="isBusError"/>: the host raised SIGBUS, not SIGSEGV.</summary>
    public static FaultOutcome Resolve(MemoryManager mm, ulong address, bool isWrite, bool isExecute, bool isBusError)
    {
        Vma? vma = mm.Vmas.Find(address) ?? StackGrowth.Expand(mm, address);
        if (vma is null)
        {
            return FaultOutcome.NotMapped;
        }

        if (!vma.IsReadable || (isWrite && !vma.IsWritable) || (isExecute && (vma.Prot & Prot.PROT_EXEC) == 0))
        {
            return FaultOutcome.AccessDenied;
        }

        switch (vma.Backing)
        {
            case VmaBacking.None:
                return MapMissing(mm, vma, address);
            case VmaBacking.Platform:
                return isBusError ? FaultOutcome.BusError : FaultOutcome.AccessDenied;
            case VmaBacking.HostFile when isBusError:
                // The host truncated the file under the mapping.
                return FaultOutcome.BusError;
            case VmaBacking.Frames when isBusError:
                return OutOfMemory(mm);
        }

        if (isWrite && vma.WatchesStores)
        {
            NoteStore(mm, vma);
            return FaultOutcome.Resolved;
        }

        if (isWrite && vma.IsCow)
        {
            FaultOutcome outcome = CopyOnWrite.Break(mm, ref vma, address, address + 1, forGuest: true);
            return outcome == FaultOutcome.OutOfMemory ? OutOfMemory(mm) : outcome;
        }

        mm.Spurious.Note(mm, vma, address);
        return FaultOutcome.Resolved;
    }

    // Somebody is being killed for memory: the access is tried again until there is some, or until it is the task's own turn.
    private static FaultOutcome OutOfMemory(MemoryManager mm) => mm.Kernel.OomKiller.Kill() ? FaultOutcome.Resolved : FaultOutcome.OutOfMemory;

    /// <summary>Maps pages of a file mapping that were not there when it was made: the file may have grown since.</summary>
    public static FaultOutcome MapMissing(MemoryManager mm, Vma vma, ulong address)
    {
        if (vma.File is not { } file)
        {
            return FaultOutcome.AccessDenied;
        }

        ulong start = address & ~Vma.PageMask;
        long page = (long)(vma.OffsetAt(start) / Vma.PageSize);
        long existing = (long)(MemoryManager.PageAlignUp((ulong)Math.Max(0, file.Object.Size)) / Vma.PageSize) - page;
        if (existing <= 0 || !mm.HasRoomForPieces(2))
        {
            return FaultOutcome.BusError;
        }

        long count = Math.Min(existing, (long)((vma.End - start) / Vma.PageSize));
        switch (file.Object)
        {
            case FrameObject frames:
                Result<(long Frame, long Count)> run = frames.GetFrames(page, count);
                if (run.Failed)
                {
                    return run.Error == Errno.ENOMEM ? FaultOutcome.OutOfMemory : FaultOutcome.BusError;
                }

                count = Math.Min(count, run.Value.Count);
                vma = Isolate(mm, vma, start, start + ((ulong)count * Vma.PageSize));
                mm.Frames.AddReference(run.Value.Frame, count);
                vma.Backing = VmaBacking.Frames;
                vma.Frame = run.Value.Frame;
                break;
            case HostFileObject:
                vma = Isolate(mm, vma, start, start + ((ulong)count * Vma.PageSize));
                vma.Backing = VmaBacking.HostFile;
                break;
            default:
                return FaultOutcome.BusError;
        }

        vma.IsCow = !vma.IsShared;
        vma.WatchesStores = vma.IsSharedMayWrite && file.Object.WantsStoreNotice;
        mm.MapOnHost(vma);
        mm.Vmas.Join(vma);
        return FaultOutcome.Resolved;
    }

    /// <summary>Makes [address, end) writable for the kernel. On success <paramref name="vma"/> is the piece with <paramref name="address"/>, possibly shorter than asked.</summary>
    public static FaultOutcome PrepareKernelWrite(MemoryManager mm, ref Vma vma, ulong address, ulong end)
    {
        if (vma.Backing == VmaBacking.None)
        {
            FaultOutcome outcome = vma.File is null ? BackByForce(mm, vma, address) : MapMissing(mm, vma, address);
            if (outcome != FaultOutcome.Resolved)
            {
                return outcome;
            }

            vma = mm.Vmas.Find(address)!;
        }

        if (vma.WatchesStores)
        {
            vma = NoteStore(mm, vma);
        }

        return vma.Backing switch
        {
            VmaBacking.Platform => FaultOutcome.AccessDenied,
            _ when vma.IsCow => CopyOnWrite.Break(mm, ref vma, address, Math.Min(end, vma.End), forGuest: false),
            VmaBacking.Frames => FaultOutcome.Resolved,
            _ => FaultOutcome.AccessDenied,
        };
    }

    // A debugger writes to a reservation: the page gets a frame, still out of the program's reach.
    private static FaultOutcome BackByForce(MemoryManager mm, Vma vma, ulong address)
    {
        ulong start = address & ~Vma.PageMask;
        long frame = mm.HasRoomForPieces(2) ? mm.Frames.Allocate(1) : -1;
        if (frame < 0)
        {
            return FaultOutcome.OutOfMemory;
        }

        vma = Isolate(mm, vma, start, start + Vma.PageSize);
        vma.Backing = VmaBacking.Frames;
        vma.Frame = frame;
        mm.MapOnHost(vma);
        return FaultOutcome.Resolved;
    }

    // The first store into a shared file mapping: from now on they go unnoticed.
    private static Vma NoteStore(MemoryManager mm, Vma vma)
    {
        vma.File!.Object.OnStore();
        vma.WatchesStores = false;
        mm.Space.Protect(vma.Start, vma.Length, vma.HostProtection);
        return mm.Vmas.Join(vma);
    }

    /// <summary>Cuts [start, end) out of a piece, so that it can change alone.</summary>
    public static Vma Isolate(MemoryManager mm, Vma vma, ulong start, ulong end)
    {
        if (vma.Start < start)
        {
            vma = mm.Vmas.Split(vma, start);
        }

        if (end < vma.End)
        {
            mm.Vmas.Split(vma, end);
        }

        return vma;
    }
}

/// <summary>
/// Faults that find everything in order: another thread resolved them, or the change was queued and is applied by now. If one place keeps
/// faulting though, the host's mapping is not what it should be, and is queued anew.
/// </summary>
internal struct SpuriousFaults
{
    private const int Patience = 8;

    private ulong _address;
    private int _count;

    public void Note(MemoryManager mm, Vma vma, ulong address)
    {
        _count = address == _address ? _count + 1 : 0;
        _address = address;
        if (_count >= Patience && !mm.Space.HasPendingChanges)
        {
            _count = 0;
            mm.MapOnHost(vma);
        }
    }
}

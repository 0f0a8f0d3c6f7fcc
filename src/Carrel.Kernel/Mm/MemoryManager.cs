using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Mm;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>
/// A guest address space (Linux's mm_struct): its pieces, their accounts, and the host side that shows them. The operations are
/// static classes beside it (Mmap, Munmap, Mprotect, Mremap, Madvise, PageFaults, CopyOnWrite, ForkMemory). Guarded by the kernel lock.
/// </summary>
public sealed partial class MemoryManager
{
    /// <summary>vm.max_map_count. The host has the same limit and needs some mappings for itself.</summary>
    public const int MaxMapCount = 65530;

    /// <summary>vm.mmap_min_addr.</summary>
    public const ulong MinimumAddress = 0x10000;

    private const int ReservedHostMappings = 32;

    private MemoryManager(LinuxKernel kernel, AddressSpace space)
    {
        Kernel = kernel;
        Space = space;
        space.Owner = this;
        AddressLimit = kernel.Platform.AddressLimit;
        AddressMinimum = Math.Max(MinimumAddress, kernel.Platform.AddressMinimum);
        MmapBase = AddressLimit;
    }

    public LinuxKernel Kernel { get; }

    public AddressSpace Space { get; }

    public FrameStore Frames => Kernel.Platform.Frames;

    /// <summary>The pieces.</summary>
    public VmaSet Vmas { get; } = new();

    /// <summary>Program layout, for procfs and prctl.</summary>
    public MemoryLayout Layout { get; private set; } = new();

    private const ulong UserAddressEnd = 0x7fff_ffff_f000;

    /// <summary>TASK_SIZE.</summary>
    public ulong AddressLimit { get; }

    internal ulong AddressMinimum { get; }

    /// <summary>Whose limits faults and kernel copies look at: the process that used this memory last.</summary>
    internal ThreadGroup? LimitsOf { get; set; }

    internal ulong Limit(int resource) => MemoryLimits.Get(LimitsOf, resource);

    internal SpuriousFaults Spurious;

    internal CowAhead CowAhead;

    /// <summary>mmap searches downwards from here.</summary>
    public ulong MmapBase { get; private set; }

    /// <summary>total_vm: what RLIMIT_AS limits.</summary>
    public long TotalPages { get; private set; }

    /// <summary>hiwater_vm.</summary>
    public long PeakTotalPages { get; private set; }

    /// <summary>data_vm: private writable pages except the stack, what RLIMIT_DATA limits.</summary>
    public long DataPages { get; private set; }

    /// <summary>locked_vm: what RLIMIT_MEMLOCK limits.</summary>
    public long LockedPages { get; private set; }

    /// <summary>mlockall(MCL_FUTURE): flags of new mappings (def_flags).</summary>
    internal VmaFlags DefaultFlags { get; set; }

    /// <summary>Some mapping was sealed once (mseal(2)).</summary>
    internal bool HasSeals { get; private set; }

    /// <summary>prctl(PR_SET_MDWE): no memory is both writable and executable, or becomes executable; kept over fork and exec.</summary>
    internal uint DenyWriteExec { get; set; }

    /// <summary>What a child or a new program has of it (mmf_init_flags()).</summary>
    internal uint InheritedDenyWriteExec => (DenyWriteExec & PrctlOption.PR_MDWE_NO_INHERIT) != 0 ? 0 : DenyWriteExec;

    /// <summary>map_deny_write_exec()</summary>
    internal bool IsWriteExecDenied(Prot old, Prot wanted) =>
        DenyWriteExec != 0 && (wanted & Prot.PROT_EXEC) != 0 && ((wanted & Prot.PROT_WRITE) != 0 || (old & Prot.PROT_EXEC) == 0);

    /// <summary>prctl(PR_SET_DUMPABLE).</summary>
    public int Dumpable { get; set; } = 1;

    /// <summary>MEMBARRIER_CMD_REGISTER_* so far (membarrier_state).</summary>
    internal int BarrierRegistrations { get; set; }

    /// <summary>The pieces as Linux shows its VMAs.</summary>
    public IEnumerable<VmaRange> MergedVmas() => Vmas.Merged();

    /// <summary>access_ok(): the range lies in the user half (TASK_SIZE_MAX), where the platform's vDSO is, too.</summary>
    public bool IsUserRange(ulong address, ulong length) => length <= UserAddressEnd && address <= UserAddressEnd - length;

    /// <summary>A new mapping may be inserted (map_count).</summary>
    internal bool HasRoomForPieces(int count) => Vmas.Count + count <= MaxMapCount - ReservedHostMappings;

    internal static ulong PageAlignUp(ulong value) => (value + Vma.PageMask) & ~Vma.PageMask;

    /// <summary>Inserts a piece that nobody counts yet and joins it with its neighbours.</summary>
    internal Vma Insert(Vma vma)
    {
        Vmas.Insert(vma);
        vma.File?.AddPiece(vma.IsSharedMayWrite);
        Account(vma, 1);
        return Vmas.Join(vma);
    }

    /// <summary>Inserts a piece that was taken out and still holds its file.</summary>
    internal Vma Reinsert(Vma vma)
    {
        Vmas.Insert(vma);
        Account(vma, 1);
        return Vmas.Join(vma);
    }

    /// <summary>Changes attributes that the accounts look at.</summary>
    internal void SetAttributes(Vma vma, Prot prot, VmaFlags flags)
    {
        Account(vma, -1);
        vma.Prot = prot;
        vma.Flags = flags;
        Account(vma, 1);
    }

    internal void Account(Vma vma, int sign)
    {
        long pages = vma.Pages * sign;
        if (vma.Backing == VmaBacking.Platform)
        {
            return;
        }

        TotalPages += pages;
        PeakTotalPages = Math.Max(PeakTotalPages, TotalPages);
        DataPages += IsData(vma.Prot, vma.Flags) ? pages : 0;
        LockedPages += vma.IsLocked ? pages : 0;
        HasSeals |= vma.IsSealed;
    }

    /// <summary>is_data_mapping().</summary>
    internal static bool IsData(Prot prot, VmaFlags flags) =>
        (prot & Prot.PROT_WRITE) != 0 && (flags & (VmaFlags.Shared | VmaFlags.Stack | VmaFlags.GrowsDown)) == 0;

    /// <summary>Cuts pieces at both ends of a range, so that it holds whole pieces only.</summary>
    internal void SplitAt(ulong start, ulong end)
    {
        Vma? vma = Vmas.Find(start);
        if (vma is not null && vma.Start < start)
        {
            Vmas.Split(vma, start);
        }

        vma = Vmas.Find(end);
        if (vma is not null && vma.Start < end)
        {
            Vmas.Split(vma, end);
        }
    }

    /// <summary>Takes all pieces of a range out of the set and the accounts. They keep what they hold: see <see cref="Release"/>.</summary>
    internal List<Vma> TakeOut(ulong start, ulong end)
    {
        var taken = new List<Vma>();
        SplitAt(start, end);
        for (Vma? vma = Vmas.FirstEndingAbove(start); vma is not null && vma.Start < end; vma = Vmas.FirstEndingAbove(start))
        {
            Vmas.Remove(vma);
            Account(vma, -1);
            taken.Add(vma);
            _hasVdso &= vma.Backing != VmaBacking.Platform;
        }

        return taken;
    }

    /// <summary>Drops what pieces hold that were taken out. Call after the host changes that unmap them have been queued.</summary>
    internal void Release(List<Vma> taken)
    {
        foreach (Vma vma in taken)
        {
            if (vma.Backing == VmaBacking.Frames)
            {
                Space.ReleaseFramesWhenApplied(vma.Frame, vma.Pages);
            }

            ReleaseSpare(vma);
            ReleaseBelow(vma);
            vma.File?.DropPiece(vma.IsSharedMayWrite);
        }
    }

    /// <summary>Gives the fresh frames back that were kept for copies; nobody has mapped them.</summary>
    internal void ReleaseSpare(Vma vma)
    {
        if (vma.Spare >= 0)
        {
            Frames.Release(vma.Spare, vma.Pages);
            vma.Spare = -1;
        }
    }

    /// <summary>Gives the frames back that were kept for a stack's growth.</summary>
    internal void ReleaseBelow(Vma vma)
    {
        if (vma.Below > 0)
        {
            Frames.Release(vma.Frame - vma.Below, vma.Below);
            vma.Below = 0;
        }
    }

    /// <summary>Queues the host mapping of a piece.</summary>
    internal void MapOnHost(Vma vma)
    {
        switch (vma.Backing)
        {
            case VmaBacking.Frames:
                Space.MapFrames(vma.Start, vma.Length, vma.HostProtection, vma.Frame);
                break;
            case VmaBacking.HostFile:
                Space.MapFile(vma.Start, vma.Length, vma.HostProtection, ((HostFileObject)vma.File!.Object).File, (long)vma.Offset);
                break;
        }
    }
}

using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Mm;
using Carrel.Kernel.Vfs;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>What clone, execve and exit ask of an address space.</summary>
public sealed partial class MemoryManager
{
    private bool _hasVdso = true;

    /// <summary>Frames kept for a heap that grows.</summary>
    internal (long Frame, long Count) BreakReserve;

    /// <summary>It was taken from its users, who die for want of memory (MMF_OOM_SKIP).</summary>
    internal bool IsReaped { get; set; }

    /// <summary>Groups of threads that use it (mm_users); the first user is the creator.</summary>
    internal int UserCount { get; private set; } = 1;

    /// <summary>The vDSO is where the platform put it: execve may keep the host space.</summary>
    internal bool CanReuseSpace => _hasVdso && UserCount == 1;

    /// <summary>A process created with CLONE_VM joins.</summary>
    internal void AddUser() => UserCount++;

    /// <summary>A process leaves (exit, or execve into another space). The last one drops all mappings (exit_mmap()); ending the host space is the caller's.</summary>
    internal void DropUser()
    {
        if (--UserCount == 0)
        {
            Release(TakeAll());
            Break.Drop(this);
            Layout.Executable = null;
        }
    }

    /// <summary>An empty address space in a fresh host space (mm_alloc()).</summary>
    internal static MemoryManager Create(LinuxKernel kernel, AddressSpace space)
    {
        var mm = new MemoryManager(kernel, space);
        mm.InsertVdso();
        return mm;
    }

    /// <summary>
    /// fork: a copy of this space (dup_mmap()) and its first thread, which starts when <paramref name="caller"/> resumes. ENOMEM leaves no trace.
    /// </summary>
    internal Result<MemoryManager> Fork(GuestThread caller, in Registers registers, ulong? fsBase, out GuestThread? child)
    {
        child = null;
        var copy = new ForkMemory(this);
        if (!copy.Prepare())
        {
            return Errno.ENOMEM;
        }

        child = Space.Fork(caller, registers, fsBase);
        var mm = new MemoryManager(Kernel, child.Space)
        {
            Layout = Layout.Clone(),
            MmapBase = MmapBase,
            Dumpable = Dumpable,
            DenyWriteExec = InheritedDenyWriteExec,
            BarrierRegistrations = BarrierRegistrations,
            LimitsOf = LimitsOf,
            _hasVdso = _hasVdso,
        };
        copy.Finish(mm);
        return mm;
    }

    /// <summary>execve in place: drops all mappings, break, locks; the layout is chosen anew by <see cref="SetLayout"/>.</summary>
    internal void Clear()
    {
        List<Vma> all = TakeAll();
        (ulong vdso, ulong vdsoEnd) = (Kernel.Platform.VdsoMapStart, Kernel.Platform.VdsoMapStart + Kernel.Platform.VdsoMapLength);
        UnmapOnHost(Kernel.Platform.AddressMinimum, Math.Min(vdso, AddressLimit));
        UnmapOnHost(Math.Max(vdsoEnd, Kernel.Platform.AddressMinimum), AddressLimit);
        Release(all);
        Break.Drop(this);
        Layout.Executable = null;
        Layout = new MemoryLayout();
        DefaultFlags = VmaFlags.None;
        HasSeals = false;
        DenyWriteExec = InheritedDenyWriteExec;
        PeakTotalPages = 0;
        MmapBase = AddressLimit;
        InsertVdso();
    }

    /// <summary>Where mmap searches downwards from (mmap_base). Called once by execve before the first <see cref="MapImage"/>.</summary>
    internal void SetLayout(ulong mmapBase) => MmapBase = Math.Min(mmapBase & ~Vma.PageMask, AddressLimit);

    /// <summary>The heap begins here; brk(2) grows it (mm->start_brk, mm->brk).</summary>
    internal void SetBreak(ulong start) => Layout.BreakStart = Layout.Break = PageAlignUp(start);

    /// <summary>
    /// vm_mmap() for the loader. <paramref name="flags"/>: MAP_PRIVATE with MAP_FIXED_NOREPLACE, or no MAP_FIXED* (then the search begins at the hint);
    /// MAP_ANONYMOUS if <paramref name="file"/> is null; MAP_GROWSDOWN for the stack. The pages between the end of the file part and
    /// the end of a segment are the loader's own second call.
    /// </summary>
    internal Result<ulong> MapImage(ulong address, ulong length, Prot protection, MapFlags flags, FileDescription? file, long offset) =>
        offset < 0 || (offset & (long)Vma.PageMask) != 0
            ? Errno.EINVAL
            : Mmap.Map(this, new MapRequest(address, length, protection, flags, file, (ulong)offset)
            {
                Extra = (flags & MapFlags.MAP_GROWSDOWN) != 0 ? VmaFlags.Stack : 0,
            });

    /// <summary>A page fault of guest code. <paramref name="stackPointer"/> is for stack growth, which x86 no longer checks it for.</summary>
    internal FaultOutcome ResolveFault(ulong address, bool isWrite, bool isExecute, ulong stackPointer) =>
        PageFaults.Resolve(this, address, isWrite, isExecute, isBusError: false);

    /// <summary>The same for a SIGBUS that the host raised: beyond the end of a file, or the memory limit is reached.</summary>
    internal FaultOutcome ResolveBusError(ulong address, bool isWrite) =>
        PageFaults.Resolve(this, address, isWrite, isExecute: false, isBusError: true);

    /// <summary>Changes were queued by somebody who is not a thread of this space: makes one of its running threads come by and apply them.</summary>
    internal void FlushRemote()
    {
        if (Space.HasPendingChanges)
        {
            KickOneRunning();
        }
    }

    private void KickOneRunning()
    {
        foreach (ThreadGroup group in Kernel.Pids.Groups)
        {
            foreach (Task task in group.Tasks)
            {
                if (task.Mm == this && task.Thread.State == GuestThreadState.Running)
                {
                    task.Thread.Kick();
                    return;
                }
            }
        }
    }

    private List<Vma> TakeAll()
    {
        var all = new List<Vma>(Vmas.Count);
        all.AddRange(Vmas.All());
        foreach (Vma vma in all)
        {
            Account(vma, -1);
        }

        Vmas.Clear();
        return all;
    }

    private void UnmapOnHost(ulong start, ulong end)
    {
        if (end > start)
        {
            Space.Unmap(start, end - start);
        }
    }

    // [vvar] and [vdso], mapped by the platform.
    private void InsertVdso()
    {
        Platform platform = Kernel.Platform;
        ulong end = platform.VdsoMapStart + platform.VdsoMapLength;
        if (platform.VdsoAddress == 0 || end <= platform.VdsoMapStart)
        {
            return;
        }

        const VmaFlags flags = VmaFlags.MayRead | VmaFlags.MayExec | VmaFlags.DontExpand;
        if (platform.VdsoAddress > platform.VdsoMapStart)
        {
            Insert(new Vma
            {
                Start = platform.VdsoMapStart, End = platform.VdsoAddress, Prot = Prot.PROT_READ, Flags = flags | VmaFlags.DontDump, Backing = VmaBacking.Platform, Name = "[vvar]",
            });
        }

        Insert(new Vma
        {
            Start = platform.VdsoAddress, End = end, Prot = Prot.PROT_READ | Prot.PROT_EXEC, Flags = flags, Backing = VmaBacking.Platform, Name = "[vdso]",
        });
    }
}

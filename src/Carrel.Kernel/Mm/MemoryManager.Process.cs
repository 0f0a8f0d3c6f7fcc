using Carrel.Abi;
using Carrel.Kernel.Vfs;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>What clone, execve and exit ask of an address space.</summary>
public sealed partial class MemoryManager
{
    /// <summary>Groups of threads that use it (mm_users); the first user is the creator.</summary>
    internal int UserCount { get; private set; } = 1;

    /// <summary>A process created with CLONE_VM joins.</summary>
    internal void AddUser() => UserCount++;

    /// <summary>A process leaves (exit, or execve into another space). The last one drops all mappings (exit_mmap()).</summary>
    internal void DropUser() => UserCount--;

    /// <summary>An empty address space in a fresh host space (mm_alloc()).</summary>
    internal static MemoryManager Create(LinuxKernel kernel, AddressSpace space) => throw new System.NotSupportedException();

    /// <summary>
    /// fork: a copy of this space (dup_mmap()) and its first thread, which starts when <paramref name="caller"/> resumes. ENOMEM leaves no trace.
    /// </summary>
    internal Result<MemoryManager> Fork(GuestThread caller, in Registers registers, ulong? fsBase, out GuestThread? child)
    {
        child = null;
        return Errno.ENOMEM;
    }

    /// <summary>execve in place: drops all mappings, break, locks; the layout is chosen anew by <see cref="SetLayout"/>.</summary>
    internal void Clear()
    {
    }

    /// <summary>Where mmap searches downwards from (mmap_base), and the break area. Called once by execve before the first <see cref="MapImage"/>.</summary>
    internal void SetLayout(ulong mmapBase)
    {
    }

    /// <summary>The heap begins here; brk(2) grows it (mm->start_brk, mm->brk).</summary>
    internal void SetBreak(ulong start)
    {
    }

    /// <summary>
    /// vm_mmap() for the loader. <paramref name="flags"/>: MAP_PRIVATE with MAP_FIXED_NOREPLACE, or no MAP_FIXED* (then the search begins at the hint);
    /// MAP_ANONYMOUS if <paramref name="file"/> is null; MAP_GROWSDOWN for the stack. The pages between the end of the file part and
    /// the end of a segment are the loader's own second call.
    /// </summary>
    internal Result<ulong> MapImage(ulong address, ulong length, Prot protection, MapFlags flags, FileDescription? file, long offset) => Errno.ENOMEM;

    /// <summary>A page fault of guest code. <paramref name="stackPointer"/> is for stack growth.</summary>
    internal FaultOutcome ResolveFault(ulong address, bool isWrite, bool isExecute, ulong stackPointer) => FaultOutcome.NotMapped;
}

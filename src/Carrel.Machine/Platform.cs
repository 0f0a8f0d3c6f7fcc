using System;

namespace Carrel.Machine;

/// <summary>
/// Where guest code runs: the gate. One platform serves one carrel. Nothing above this type may know how guest code is
/// executed (host processes under a seccomp filter today, a virtual machine later).
/// </summary>
/// <remarks>
/// Every member of <see cref="Platform"/>, <see cref="AddressSpace"/> and <see cref="GuestThread"/> is called with the
/// kernel lock held, except <see cref="Run"/>.
/// </remarks>
public abstract class Platform
{
    /// <summary>All guest memory of this carrel.</summary>
    public abstract FrameStore Frames { get; }

    /// <summary>First address above what guest code may map; the platform keeps what lies higher.</summary>
    public abstract ulong AddressLimit { get; }

    /// <summary>Lowest address that guest code may map (the host's vm.mmap_min_addr).</summary>
    public abstract ulong AddressMinimum { get; }

    /// <summary>Address of the vDSO image that every new address space has mapped, 0 if none; goes into AT_SYSINFO_EHDR.</summary>
    public abstract ulong VdsoAddress { get; }

    /// <summary>Bytes of the vDSO with its data pages, starting at <see cref="VdsoMapStart"/>; the guest sees it as [vvar]+[vdso].</summary>
    public abstract ulong VdsoMapStart { get; }

    /// <summary>Length of the area that begins at <see cref="VdsoMapStart"/>.</summary>
    public abstract ulong VdsoMapLength { get; }

    /// <summary>Copies bytes of the vDSO's image, which the guest has mapped at <see cref="VdsoAddress"/>. False: not there.</summary>
    public virtual bool ReadVdso(long offset, Span<byte> destination) => false;

    /// <summary>Bytes of the extended FPU state (XSAVE area with the software-reserved part and the trailing magic) of a signal frame.</summary>
    public abstract int FpStateSize { get; }

    /// <summary>
    /// A fresh, empty address space with one thread, in state <see cref="GuestThreadState.Trapped"/> with zeroed registers
    /// and initial FPU state. Set its registers and call <see cref="GuestThread.Resume"/>.
    /// </summary>
    public abstract GuestThread CreateAddressSpace();

    /// <summary>Empties frames whose release only waits for the host's word that nobody maps them: worth a try when memory is short.</summary>
    public virtual void DiscardWaiting()
    {
    }

    /// <summary>
    /// Guest memory has run out: makes the host see it as the end of a process of this carrel at the limit of its control group. The carrel does not end before that.
    /// </summary>
    /// <param name="bytes">More than the control group may have.</param>
    public virtual void ExceedHostLimit(long bytes)
    {
    }

    /// <summary>
    /// The gate loop: receives what guest threads ask and calls <paramref name="events"/> with <paramref name="kernelLock"/>
    /// held. Returns when <see cref="Stop"/> was called.
    /// </summary>
    public abstract void Run(IGuestEvents events, object kernelLock);

    /// <summary>Makes <see cref="Run"/> return soon. Any thread, lock held.</summary>
    public abstract void Stop();
}

/// <summary>What guest threads do, seen by the kernel. All calls arrive with the kernel lock held.</summary>
public interface IGuestEvents
{
    /// <summary>
    /// A system call on the notification path; no registers but the arguments are known. It must be answered exactly once, now or
    /// later, by Complete, CompleteAndTrap, ContinueNatively or Exit of <see cref="GuestThread"/>.
    /// </summary>
    void OnSyscall(GuestThread thread, int number, in SyscallArguments arguments);

    /// <summary>
    /// The thread is trapped: all its registers are at hand. Answered exactly once, now or later, by Resume or Exit of <see cref="GuestThread"/>.
    /// </summary>
    void OnTrap(GuestThread thread, in TrapInfo trap);

    /// <summary>The address space's host side is gone, with all its threads: asked for by Kill/Exit, or an accident (then <paramref name="expected"/> is false).</summary>
    void OnAddressSpaceDied(AddressSpace space, bool expected);

    /// <summary>A thread that Fork or SpawnThread made could not be started on the host (no resources); it never ran.</summary>
    void OnSpawnFailed(GuestThread child);

    /// <summary>Guest code broke the gate's rules (forged an in-stub call, blocked a reserved signal). The tenant must end.</summary>
    void OnViolation(string what);
}

/// <summary>The six register arguments of a system call.</summary>
public readonly record struct SyscallArguments(ulong A0, ulong A1, ulong A2, ulong A3, ulong A4, ulong A5);

/// <summary>Why a thread trapped.</summary>
public enum TrapReason
{
    /// <summary>A system call that needs all registers; number in Registers.Rax, arguments in the usual registers, Rip after the instruction.</summary>
    Syscall,
    /// <summary>A synchronous exception: see <see cref="TrapInfo"/>.</summary>
    Fault,
    /// <summary>The thread was asked to come by (<see cref="GuestThread.Kick"/> or <see cref="GuestThread.CompleteAndTrap"/>).</summary>
    Kick,
    /// <summary>A system call through an entry this machine does not have (int 0x80): Linux without it raises SIGSEGV.</summary>
    ForeignSyscall,
}

/// <summary>A trap. For faults, signal, code and address are those of siginfo_t, error code and vector those of the hardware frame.</summary>
public readonly record struct TrapInfo(TrapReason Reason, int Signal, int Code, ulong Address, ulong ErrorCode, ulong Vector)
{
    /// <summary>Page-fault error code bit 1: the access was a write.</summary>
    public bool IsWrite => (ErrorCode & 2) != 0;
    /// <summary>Page-fault error code bit 4: instruction fetch.</summary>
    public bool IsExecute => (ErrorCode & 16) != 0;
    /// <summary>Vector 14: the exception is a page fault.</summary>
    public bool IsPageFault => Vector == 14;
}

/// <summary>Access rights of a mapping; the values are those of PROT_*.</summary>
[Flags]
public enum MemoryProtection
{
    None = 0,
    Read = 1,
    Write = 2,
    Execute = 4,
}

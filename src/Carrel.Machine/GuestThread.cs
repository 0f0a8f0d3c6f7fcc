using System;

namespace Carrel.Machine;

public enum GuestThreadState
{
    /// <summary>Guest code runs (or is about to).</summary>
    Running,
    /// <summary>A notification waits for its answer.</summary>
    InSyscall,
    /// <summary>All registers are at hand.</summary>
    Trapped,
    /// <summary>It ended.</summary>
    Dead,
}

/// <summary>The general-purpose registers of a guest thread, in no particular ABI's order.</summary>
public struct Registers
{
    public ulong Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rbp, Rsp, R8, R9, R10, R11, R12, R13, R14, R15, Rip, Rflags;
}

/// <summary>One thread of guest code: a host thread in a stub. The kernel's Task hangs on <see cref="Owner"/>.</summary>
public abstract class GuestThread
{
    /// <summary>The kernel's task.</summary>
    public object? Owner { get; set; }

    public abstract AddressSpace Space { get; }

    public abstract GuestThreadState State { get; }

    /// <summary>The registers, valid and writable in state Trapped; a private copy that <see cref="Resume"/> loads after validation
    /// (reserved flag bits are forced, segments are the platform's own).</summary>
    public abstract ref Registers Registers { get; }

    /// <summary>Trapped only: copies the FPU state (an XSAVE image as in a Linux signal frame) out.</summary>
    public abstract void ReadFpState(Span<byte> destination);

    /// <summary>Trapped only: replaces the FPU state; empty means the initial state. A hostile image costs the guest a fault, nothing more.</summary>
    /// <returns>false if the image is not acceptable.</returns>
    public abstract bool WriteFpState(ReadOnlySpan<byte> image);

    /// <summary>Trapped only: the next Resume sets the FS base (thread pointer) to this value first. The current one cannot be read.</summary>
    public abstract void SetFsBase(ulong value);

    /// <summary>InSyscall: answers; the guest sees <paramref name="value"/> in rax (a negative errno is passed as is). If mapping changes of the
    /// address space wait, the platform makes the thread apply them before guest code runs on.</summary>
    public abstract void Complete(long value);

    /// <summary>InSyscall: answers, and the thread comes back by OnTrap(Kick) with rax == value before its next guest instruction.</summary>
    public abstract void CompleteAndTrap(long value);

    /// <summary>InSyscall: the host kernel executes exactly this call in the guest's address space (munmap, mprotect, madvise, arch_prctl, exit).
    /// The caller has checked every argument. Changes that wait are applied as with <see cref="Complete"/>.</summary>
    public abstract void ContinueNatively();

    /// <summary>Trapped: applies waiting mapping changes and runs guest code with <see cref="Registers"/>.</summary>
    public abstract void Resume();

    /// <summary>Asks for an OnTrap(Kick) soon: at once if guest code runs; in state InSyscall, right after the answer, before guest code runs;
    /// no effect in state Trapped.</summary>
    public abstract void Kick();

    /// <summary>InSyscall or Trapped: the thread ends and runs no guest code again. The last thread of a space takes the space with it.</summary>
    public abstract void Exit();
}

using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>Exceptions of guest code (arch/x86/mm/fault.c and traps.c).</summary>
public sealed partial class LinuxKernel
{
    private const ulong PageFaultVector = 14;

    private void HandleFault(Task task, in TrapInfo trap)
    {
        if (trap.IsPageFault)
        {
            FaultOutcome outcome = trap.Signal == Signal.SIGBUS
                ? task.Mm.ResolveBusError(trap.Address, trap.IsWrite)
                : task.Mm.ResolveFault(trap.Address, trap.IsWrite, trap.IsExecute, task.Thread.Registers.Rsp);
            switch (outcome)
            {
                case FaultOutcome.Resolved:
                    task.Group.MinorFaults++;
                    return;
                case FaultOutcome.NotMapped:
                    ForceFault(task, Signal.SIGSEGV, Si.SEGV_MAPERR, trap);
                    return;
                case FaultOutcome.AccessDenied:
                    ForceFault(task, Signal.SIGSEGV, Si.SEGV_ACCERR, trap);
                    return;
                case FaultOutcome.BusError:
                    ForceFault(task, Signal.SIGBUS, Si.BUS_ADRERR, trap);
                    return;
                case FaultOutcome.OutOfMemory:
                    Host.Log($"{task}: out of memory");
                    task.Signals.Kill();
                    return;
            }
        }

        task.Signals.ForceFault(trap.Signal, trap.Code, trap.Address, trap);
    }

    private static void ForceFault(Task task, int signal, int code, in TrapInfo trap) => task.Signals.ForceFault(signal, code, trap.Address, trap);
}

/// <summary>Signals that the instruction at hand forces upon the thread.</summary>
public sealed partial class TaskSignals
{
    /// <summary>force_sig_fault(): the signal is delivered now; blocked or ignored, it takes its default action.</summary>
    public void ForceFault(int signal, int code, ulong address, in TrapInfo trap)
    {
        // The host kernel has checked the trap; anything else than a synchronous signal would be a bug in the platform.
        if (signal is not (Signal.SIGSEGV or Signal.SIGBUS or Signal.SIGILL or Signal.SIGFPE or Signal.SIGTRAP or Signal.SIGSYS))
        {
            signal = Signal.SIGSEGV;
        }

        _task.LastTrap = trap;
        Force(code == Si.SI_KERNEL ? SignalInfo.Kernel(signal) : SignalInfo.Fault(signal, code, address));
    }

    /// <summary>SIGSEGV with a chosen cause, from the thread's own system call.</summary>
    public void SendFault(int signal, int code, ulong address) => Force(SignalInfo.Fault(signal, code, address));

    /// <summary>force_sig_info(): no mask and no SIG_IGN stands against it, and it ends init, too.</summary>
    public void Force(in SigInfo info)
    {
        int signal = info.Signo;
        ref KernelSigaction action = ref _task.Group.Actions[signal];
        bool isBlocked = SignalMask.Has(Blocked, signal);
        if (isBlocked || action.Handler == Signal.SIG_IGN)
        {
            action.Handler = Signal.SIG_DFL;
            if (isBlocked)
            {
                SetBlocked(Blocked & ~SignalMask.Of(signal));
            }
        }

        if (action.Handler == Signal.SIG_DFL)
        {
            _task.Group.IsUnkillable = false;
        }

        _task.Kernel.SendSignal(_task, info);
    }

    /// <summary>force_sigsegv(): a frame for <paramref name="signal"/> could not be made. If it was SIGSEGV's own, the process ends.</summary>
    internal void ForceSegv(int signal)
    {
        if (signal == Signal.SIGSEGV)
        {
            _task.Group.Actions[Signal.SIGSEGV].Handler = Signal.SIG_DFL;
        }

        Force(SignalInfo.Kernel(Signal.SIGSEGV));
    }
}

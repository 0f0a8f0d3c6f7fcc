using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

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

        _task.Kernel.Signals.Send(_task, info);
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

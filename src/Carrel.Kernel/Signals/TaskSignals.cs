using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>A task's signal state.</summary>
public sealed partial class TaskSignals(Task task)
{
    /// <summary>signal_pending().</summary>
    public bool IsPending => false;

    /// <summary>fatal_signal_pending().</summary>
    public bool IsKilled => false;

    /// <summary>SIGKILL from the kernel.</summary>
    public void Kill() => _ = task;

    /// <summary>SIGPIPE to the task itself, from the kernel.</summary>
    public void SendSigpipe()
    {
    }

    /// <summary>ppoll, pselect, epoll_pwait, sigsuspend: blocks exactly these signals until the call ends and its signals are delivered;
    /// then the mask of before comes back (saved_sigmask). May be called again when the handler is rerun.</summary>
    public void SetTemporaryMask(ulong mask)
    {
    }

    /// <summary>force_sig_fault().</summary>
    public void ForceFault(int signal, int code, ulong address, in TrapInfo trap)
    {
    }
}

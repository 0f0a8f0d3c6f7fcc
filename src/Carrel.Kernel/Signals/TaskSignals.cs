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

    /// <summary>force_sig_fault().</summary>
    public void ForceFault(int signal, int code, ulong address, in TrapInfo trap)
    {
    }
}

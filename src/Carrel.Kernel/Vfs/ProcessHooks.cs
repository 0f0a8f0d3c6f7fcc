using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>What file system calls ask of the process that makes them.</summary>
internal static class ProcessHooks
{
    /// <summary>The soft limit of a resource, RLIM_INFINITY if there is none.</summary>
    public static ulong GetLimit(this Task task, int resource) => task.Limit(resource);

    /// <summary>SIGXFSZ to the task itself, from the kernel.</summary>
    public static void SendFileSizeSignal(this Task task) => task.Signals.SendToSelf(Signal.SIGXFSZ);

    /// <summary>Is there such a thread, process or process group (F_OWNER_*)?</summary>
    public static bool OwnerExists(this Task task, int type, int pid) => pid == (type == Fcntl.F_OWNER_TID ? task.Tid : task.Pid);
}

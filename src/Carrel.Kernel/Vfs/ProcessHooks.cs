using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>What file system calls ask of the process that makes them.</summary>
internal static class ProcessHooks
{
    /// <summary>The soft limit of a resource, RLIM_INFINITY if there is none.</summary>
    public static ulong GetLimit(this Task task, int resource) => task.Limit(resource);

    /// <summary>SIGXFSZ to the task itself, from the kernel.</summary>
    public static void SendFileSizeSignal(this Task task) => task.Signals.SendToSelf(Signal.SIGXFSZ);
}

using Carrel.Kernel.Mm;

namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    /// <summary>Host-file pages that the kernel read last.</summary>
    internal HostPageCache HostPages { get; } = new();

    internal ulong LastSharedAnonymous { get; set; }

    /// <summary>Makes one running thread of a space come by, so that it applies queued mapping changes.</summary>
    internal void KickOneRunning(MemoryManager mm)
    {
    }

    /// <summary>
    /// The memory limit is reached: kills the process with the most resident memory (out_of_memory()); it may be the one that asked. While a
    /// victim is still dying, no further one is chosen.
    /// </summary>
    internal void OutOfMemory(Task? current)
    {
    }
}

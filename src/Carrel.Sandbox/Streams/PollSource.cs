using Carrel.Abi;
using Carrel.Kernel;

namespace Carrel.Sandbox;

/// <summary>A descriptor that the poller reads whenever there is something.</summary>
internal abstract class PollSource(int fd)
{
    internal int Fd { get; } = fd;

    /// <summary>Called by the poller without the lock.</summary>
    internal abstract void OnReady(LinuxKernel kernel, PollEvents events);
}

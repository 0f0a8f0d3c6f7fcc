using System.Runtime.InteropServices;

namespace Carrel.Sandbox;

/// <summary>What can be asked of a detached carrel by its control socket.</summary>
public enum ControlOperation : uint
{
    /// <summary>Runs the program that waits. Reply: done, or why not.</summary>
    Start = 1,
    /// <summary>Number: a signal for init; second number 1: for every process.</summary>
    Signal,
    /// <summary>Reply: 1 if the program still waits for its start, else 0.</summary>
    Status,
    /// <summary>Reply: pids of the hosts of guest processes, in the kernel process' pid namespace.</summary>
    Processes,
    /// <summary>Number: most tasks, 0 to leave it; size: the memory limit that the host has set, 0 if it has not.</summary>
    Update,
    /// <summary>Runs another program: a memory file with its <see cref="ProcessSpec"/> and three descriptors come with it. The channel stays: signals go in, the end comes out.</summary>
    Execute,
}

/// <summary>
/// A request, one datagram to the control socket. With it comes a descriptor of a socket (SOCK_SEQPACKET) for the reply, perhaps others behind it.
/// The host vouches for the sender's user id (SCM_CREDENTIALS).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct ControlRequest
{
    public ControlOperation Operation;
    public int Number;
    public int SecondNumber;
    /// <summary>Execute: F_GETFL of each of the three descriptors.</summary>
    public int InputFlags;
    public int OutputFlags;
    public int ErrorFlags;
    /// <summary>Update: bytes of guest memory.</summary>
    public long Size;
    /// <summary>Update: what the guest is shown of its control group; 0 leaves it, a quota of -1 is none.</summary>
    public long Limit;
    /// <summary>Update: beyond this the host's OOM killer acts.</summary>
    public long OomSize;
    public long CpuQuota;
    public long CpuPeriod;
    public long CpuWeight;
}

using System;

namespace Carrel.Machine;

/// <summary>How to build a <see cref="SeccompPlatform"/>.</summary>
public sealed class SeccompPlatformOptions
{
    /// <summary>
    /// An empty file for guest memory, owned by the platform from then on: an O_TMPFILE file of a tmpfs whose size= option is the memory limit and that is not
    /// mounted noexec. -1: a memfd, without a limit that the host enforces.
    /// </summary>
    public int FramesFd { get; init; } = -1;

    /// <summary>The limit to report if the file's file system has none, bytes.</summary>
    public long MemoryLimit { get; init; } = 1L << 40;

    /// <summary>
    /// Each stub asks for SIGKILL when the thread that built the platform ends. Not needed if this process is init of a pid namespace; null: decide by
    /// the pid.
    /// </summary>
    public bool? UseParentDeathSignal { get; init; }

    /// <summary>The lines of some process's /proc/PID/maps that show the vDSO; null: read this process's.</summary>
    public string? Maps { get; init; }

    /// <summary>
    /// A directory of a proc file system of this process' pid namespace, closed by the platform: with it the host's OOM killer is told whom to take for
    /// <see cref="Platform.ExceedHostLimit"/>. -1: it takes whom it will.
    /// </summary>
    public int ProcFd { get; init; } = -1;

    /// <summary>Stubs bear the names of the guest's programs: a call more for each execve.</summary>
    public bool NamesProcesses { get; init; }

    /// <summary>A child of this process that is no stub has ended (pid, wait status). Called on the reaper thread without the lock.</summary>
    public Action<int, int>? OtherChildEnded { get; init; }

    /// <summary>A line for the log.</summary>
    public Action<string>? Log { get; init; }
}

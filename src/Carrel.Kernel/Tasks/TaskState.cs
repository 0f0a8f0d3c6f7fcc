using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>What the process side keeps per task.</summary>
public sealed partial class Task
{
    internal bool IsReady { get; set; }

    internal PidEntry PidEntry { get; set; } = null!;

    /// <summary>Its pid namespace (task_active_pid_ns()).</summary>
    internal PidTable Pids => PidEntry.Table;

    /// <summary>Its tid as it knows it itself.</summary>
    internal int OwnTid => PidEntry.OwnNumber;

    /// <summary>Its tid as somebody else sees it; 0: not at all.</summary>
    internal int TidFor(Task viewer) => PidEntry.NumberIn(viewer.Pids);

    /// <summary>PF_EXITING: takes no signal any more.</summary>
    public bool IsExiting { get; internal set; }

    /// <summary>The thread makes its call again so that the host can run it.</summary>
    internal bool IsNativeRetry { get; set; }

    /// <summary>The handler is to run again with all registers at hand.</summary>
    internal bool WantsRegisters { get; set; }

    /// <summary>For a handler on the notification path that needs registers beyond its arguments: returned, it makes the handler run again in a trapped thread.</summary>
    internal SyscallResult RequireRegisters()
    {
        WantsRegisters = true;
        return Errno.ERESTARTNOINTR;
    }

    /// <summary>Wait status of this thread's end.</summary>
    internal int ExitCode { get; set; }

    /// <summary>This task's tid is the process id.</summary>
    public bool IsLeader => Group.Leader == this;

    /// <summary>A system call's result waits to be given to the guest; false after an exception or once the registers are final (orig_ax == -1).</summary>
    internal bool HasResult { get; set; }

    internal long Result { get; set; }

    /// <summary>set_tid_address(2), CLONE_CHILD_CLEARTID.</summary>
    public ulong ClearChildTid { get; internal set; }

    /// <summary>set_robust_list(2): the list head.</summary>
    public ulong RobustList { get; set; }

    /// <summary>The parent that waits in vfork for this task to let go of its memory.</summary>
    internal VforkWait? VforkParent { get; set; }

    /// <summary>The clone in progress of this task itself, parked in restart_syscall.</summary>
    internal ParkedClone? Parked { get; set; }

    /// <summary>What restart_syscall goes on with.</summary>
    internal RestartBlock? RestartBlock { get; set; }

    /// <summary>PR_SET_PDEATHSIG.</summary>
    public int ParentDeathSignal { get; internal set; }

    /// <summary>PR_SET_NO_NEW_PRIVS.</summary>
    public bool NoNewPrivileges { get; internal set; }

    /// <summary>A setuid took the user over RLIMIT_NPROC: the next execve fails (PF_NPROC_EXCEEDED).</summary>
    internal bool IsOverProcessLimit { get; set; }

    /// <summary>PR_SET_IO_FLUSHER.</summary>
    internal bool IsIoFlusher { get; set; }

    /// <summary>personality(2).</summary>
    public PersonalityFlags Personality { get; internal set; }

    /// <summary>PR_SET_TIMERSLACK, nanoseconds.</summary>
    public ulong TimerSlack { get; internal set; } = 50_000;

    internal ulong DefaultTimerSlack { get; set; } = 50_000;

    /// <summary>Policy, priority, affinity as the guest set them.</summary>
    public SchedulingState Scheduling { get; internal set; } = new();

    /// <summary>CLOCK_BOOTTIME of its making.</summary>
    public long StartTime { get; internal set; }

    /// <summary>The last page fault or trap: cr2, error code and vector for the next signal frame.</summary>
    internal TrapInfo LastTrap { get; set; }

    /// <summary>The soft limit of a resource.</summary>
    public ulong Limit(int resource) => Group.Limits.Soft(resource);

    /// <summary>capable().</summary>
    public bool IsCapable(Capability capability) => Credentials.HasCapability(capability);

    /// <summary>ns_capable(current_user_ns()).</summary>
    internal bool IsOwnCapable(Capability capability) => Credentials.HasOwnCapability(capability);
}

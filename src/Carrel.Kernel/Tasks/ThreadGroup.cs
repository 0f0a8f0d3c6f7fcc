using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>A process: tasks that share a pid, signal actions and limits (Linux's signal_struct). Guarded by the kernel lock.</summary>
public sealed partial class ThreadGroup
{
    internal ThreadGroup(LinuxKernel kernel, PidEntry pid, ProcessGroup processGroup)
    {
        Kernel = kernel;
        PidEntry = pid;
        Pid = pid.Number;
        ProcessGroup = processGroup;
        SharedPending = new PendingSignals(kernel.Users);
        StartTime = kernel.Clock.Boottime;
    }

    public LinuxKernel Kernel { get; }

    public int Pid { get; }

    internal PidEntry PidEntry { get; }

    /// <summary>All tasks that are not dead, in the order of their making; the leader stays, as a zombie, until the group is reaped.</summary>
    public List<Task> Tasks { get; } = [];

    /// <summary>The task whose tid is the pid.</summary>
    public Task Leader { get; internal set; } = null!;

    /// <summary>A task that can still take signals, the leader if possible.</summary>
    public Task? FirstLiveTask
    {
        get
        {
            foreach (Task task in Tasks)
            {
                if (!task.IsExiting)
                {
                    return task;
                }
            }

            return null;
        }
    }

    /// <summary>real_parent's group; null for init.</summary>
    public ThreadGroup? Parent { get; internal set; }

    /// <summary>The parent's thread that made it, or that took over from it (__WNOTHREAD, PR_SET_PDEATHSIG).</summary>
    internal Task? ParentThread { get; set; }

    /// <summary>Children, zombies included.</summary>
    public List<ThreadGroup> Children { get; } = [];

    /// <summary>Its pid as somebody sees it; 0: not at all.</summary>
    internal int PidFor(Task viewer) => PidEntry.NumberIn(viewer.Pids);

    /// <summary>The parent's pid in a namespace; 0 for init, and for who is not seen there.</summary>
    internal int ParentPidIn(PidTable table) => Parent?.PidEntry.NumberIn(table) ?? 0;

    public ProcessGroup ProcessGroup { get; internal set; }

    public Session Session => ProcessGroup.Session;

    /// <summary>The carrel's first process.</summary>
    public bool IsInit => Kernel.Init == this;

    /// <summary>The first process of its pid namespace.</summary>
    internal bool IsNamespaceInit => PidEntry.Table.Init == this;

    /// <summary>This process is its session's leader.</summary>
    public bool IsSessionLeader => Session.Leader == this;

    /// <summary>Signal sent to the parent at the end; 0 for none.</summary>
    internal int ExitSignal { get; set; } = Signal.SIGCHLD;

    /// <summary>It has called execve since it was made: setpgid by the parent gives EACCES.</summary>
    internal bool HasExecuted { get; set; }

    public SignalActions Actions { get; internal set; } = new();

    /// <summary>Signals that any thread may take.</summary>
    public PendingSignals SharedPending { get; }

    /// <summary>Woken when a signal arrives for the group or one of its threads.</summary>
    public WaitQueue SignalArrived { get; } = new();

    /// <summary>Woken when a child changes state (wait_chldexit).</summary>
    public WaitQueue ChildChanged { get; } = new();

    /// <summary>Woken when the group has ended: pidfd polls.</summary>
    public WaitQueue Ended { get; } = new();

    /// <summary>Woken when a thread has gone: execve waits for its siblings.</summary>
    internal WaitQueue ThreadGone { get; } = new();

    /// <summary>SIGNAL_GROUP_EXIT: every thread is to exit.</summary>
    public bool IsExiting { get; internal set; }

    /// <summary>Wait status of the end, valid with <see cref="IsExiting"/> or <see cref="IsZombie"/>.</summary>
    public int ExitCode { get; internal set; }

    /// <summary>The thread that executes a program while the others are being ended.</summary>
    internal Task? ExecTask { get; set; }

    internal KernelTimer? ExitWatch { get; set; }

    /// <summary>All threads have ended; waits to be reaped.</summary>
    public bool IsZombie { get; internal set; }

    /// <summary>Nothing but its leader is left to be waited for; traced threads go first (delay_group_leader()).</summary>
    public bool IsWaitable => IsZombie && Tasks.Count <= 1;

    /// <summary>Gone from the tables.</summary>
    public bool IsReaped { get; internal set; }

    /// <summary>SIGNAL_STOP_STOPPED: all threads are stopped.</summary>
    public bool IsStopped { get; internal set; }

    /// <summary>SIGNAL_STOP_CONTINUED: a wait with WCONTINUED has something to report.</summary>
    internal bool IsContinued { get; set; }

    /// <summary>The stop has not been waited for yet.</summary>
    internal bool StopToReport { get; set; }

    internal int StopSignal { get; set; }

    /// <summary>Threads that have yet to stop.</summary>
    internal int StopCount { get; set; }

    /// <summary>SIGNAL_UNKILLABLE: init takes no signal it has no handler for.</summary>
    internal bool IsUnkillable { get; set; }

    /// <summary>PR_SET_CHILD_SUBREAPER.</summary>
    public bool IsSubreaper { get; internal set; }

    public ResourceLimits Limits { get; internal set; } = new();

    /// <summary>CLOCK_BOOTTIME of its making.</summary>
    public long StartTime { get; }

    /// <summary>PR_SET_DUMPABLE: 0, 1 or 2; a property of the memory.</summary>
    public int Dumpable => Leader.Mm.Dumpable;

    /// <summary>PR_SET_THP_DISABLE.</summary>
    internal bool IsHugePageDisabled { get; set; }

    /// <summary>/proc/PID/oom_score_adj.</summary>
    public int OomScoreAdjustment { get; set; }

    /// <summary>thread_group_empty(): only this task is left.</summary>
    internal bool IsAlone(Task task) => Tasks.Count == 1 && Tasks[0] == task;

    /// <summary>The siginfo of a SIGCHLD about this process.</summary>
    internal SigInfo ChildInfo(int signal, int code, int status)
    {
        (long user, long system) = CpuTime;
        return new SigInfo
        {
            Signo = signal,
            Code = code,
            Pid = Pid,
            Uid = Leader.Credentials.Uid,
            Status = status,
            Utime = user / 10_000_000,
            Stime = system / 10_000_000,
        };
    }

    public override string ToString() => $"{Leader?.Name}[{Pid}]";
}

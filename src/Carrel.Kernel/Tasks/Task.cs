using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>Where a task is, for the executor.</summary>
public enum TaskState
{
    /// <summary>Guest code runs, or a handler is being run for it right now.</summary>
    Running,
    /// <summary>A handler returned Blocked; it runs again after a wake-up.</summary>
    Blocked,
    /// <summary>Stopped by a job control signal: not answered until SIGCONT.</summary>
    Stopped,
    /// <summary>Held for its tracer.</summary>
    Traced,
    /// <summary>Exited, not yet waited for.</summary>
    Zombie,
    /// <summary>Gone.</summary>
    Dead,
}

/// <summary>One guest thread (Linux's task_struct). Guarded by the kernel lock.</summary>
public sealed partial class Task
{
    public Task(LinuxKernel kernel, ThreadGroup group, int tid, GuestThread thread, MemoryManager mm, FdTable files, FsContext fs, Credentials credentials)
    {
        Kernel = kernel;
        Group = group;
        Tid = tid;
        Thread = thread;
        Mm = mm;
        Files = files;
        Fs = fs;
        Credentials = credentials;
        Sleep = new TaskSleep(this);
        Signals = new TaskSignals(this);
    }

    public LinuxKernel Kernel { get; }

    public ThreadGroup Group { get; internal set; }

    /// <summary>The thread id, in the carrel's first pid namespace.</summary>
    public int Tid { get; internal set; }

    /// <summary>The process id.</summary>
    public int Pid => Group.Pid;

    public GuestThread Thread { get; internal set; }

    public MemoryManager Mm { get; internal set; }

    /// <summary>Descriptor table, possibly shared (CLONE_FILES).</summary>
    public FdTable Files { get; internal set; }

    /// <summary>Root, working directory, umask; possibly shared (CLONE_FS).</summary>
    public FsContext Fs { get; internal set; }

    /// <summary>Immutable; replaced as a whole (commit_creds()).</summary>
    public Credentials Credentials { get; set; }

    public TaskSignals Signals { get; }

    /// <summary>Mount, UTS, IPC, pid namespaces.</summary>
    public NamespaceSet Namespaces
    {
        get;
        internal set
        {
            // First in, then out: it may be the same tree.
            value.Mounts.AddUser();
            field?.Mounts.DropUser();
            field = value;
        }
    } = null!;

    public TaskState State { get; internal set; }

    /// <summary>comm: at most 15 bytes.</summary>
    public string Name { get; set; } = "";

    /// <summary>Queues and deadline of the wait in progress.</summary>
    public TaskSleep Sleep { get; }

    /// <summary>What a handler keeps between its runs for one system call; emptied when the call ends.</summary>
    public RestartRecord Restart { get; internal set; } = new();

    /// <summary>Number of the system call in progress.</summary>
    public int SyscallNumber { get; internal set; } = -1;

    public SyscallArguments SyscallArguments { get; internal set; }

    /// <summary>The call in progress came by the trap path: registers are at hand and rax takes the result.</summary>
    public bool IsTrapped => Thread.State == GuestThreadState.Trapped;

    /// <summary>A signal that is not blocked waits, or the task must stop or die: what Linux calls signal_pending().</summary>
    public bool IsInterrupted => Signals.IsPending;

    /// <summary>Registers the task on one queue and says it waits. See <see cref="Block(long, SyscallResult, Errno)"/>.</summary>
    public SyscallResult Block(WaitQueue queue, Errno onSignal = Errno.ERESTARTSYS)
    {
        Sleep.Add(queue);
        return Block(long.MaxValue, default, onSignal);
    }

    /// <summary>Registers the task on one queue, with a deadline.</summary>
    public SyscallResult Block(WaitQueue queue, long deadline, SyscallResult onTimeout, Errno onSignal = Errno.ERESTARTSYS)
    {
        Sleep.Add(queue);
        return Block(deadline, onTimeout, onSignal);
    }

    /// <summary>
    /// The last thing a handler does when it cannot complete: it has put the task on queues (<see cref="TaskSleep.Add"/>) and now waits.
    /// If the deadline (monotonic ns; keep it in <see cref="Restart"/>) has passed, gives <paramref name="onTimeout"/>; if a signal waits, the
    /// progress in <see cref="RestartRecord.Progress"/> if there is any, else <paramref name="onSignal"/>. Otherwise Blocked, and the handler will run again.
    /// </summary>
    public SyscallResult Block(long deadline, SyscallResult onTimeout, Errno onSignal)
    {
        if (deadline != long.MaxValue && Kernel.Clock.Monotonic >= deadline)
        {
            Sleep.Clear();
            return Restart.Progress > 0 ? Restart.Progress : onTimeout;
        }

        if (IsInterrupted)
        {
            Sleep.Clear();
            return Restart.Progress > 0 ? Restart.Progress : onSignal;
        }

        Sleep.SetDeadline(deadline);
        return SyscallResult.Blocked;
    }

    /// <summary>As <see cref="Block(WaitQueue, Errno)"/>, but only SIGKILL ends the wait.</summary>
    public SyscallResult BlockKillable(WaitQueue queue)
    {
        if (Signals.IsKilled)
        {
            Sleep.Clear();
            return Errno.EINTR;
        }

        Sleep.Add(queue);
        Sleep.IsUninterruptible = true;
        return SyscallResult.Blocked;
    }

    public override string ToString() => $"{Name}[{Pid}{(Tid == Pid ? "" : ":" + Tid)}]";
}

/// <summary>The restart record of a system call in progress (see the interrupt-model kernel in ARCHITECTURE.md).</summary>
public sealed class RestartRecord
{
    /// <summary>Bytes or items already moved.</summary>
    public long Progress;

    /// <summary>Absolute monotonic deadline, 0 if none was taken yet.</summary>
    public long Deadline;

    /// <summary>The call has been started: side effects that must not be repeated are done.</summary>
    public bool Started;

    /// <summary>Anything else the handler needs in its next run.</summary>
    public object? State;

    /// <summary>The description that the call works on: it stays open even if another thread closes the descriptor meanwhile.</summary>
    public Vfs.FileDescription? File { get; private set; }

    /// <summary>Keeps a reference of a description until the call ends. Called before blocking.</summary>
    public void Hold(Vfs.FileDescription file)
    {
        if (File is null)
        {
            file.AddReference();
            File = file;
        }
    }

    internal void Clear()
    {
        Progress = 0;
        Deadline = 0;
        Started = false;
        State = null;
        ReleaseFile();
    }

    internal void ReleaseFile()
    {
        Vfs.FileDescription? file = File;
        File = null;
        file?.Release();
    }
}

/// <summary>A task's wait: the queues it is on and its deadline.</summary>
public sealed class TaskSleep : Waiter
{
    private readonly Task _task;
    private readonly List<WaitEntry> _entries = [];
    private int _used;
    private KernelTimer? _timer;

    internal TaskSleep(Task task) => _task = task;

    internal bool IsUninterruptible { get; set; }

    /// <summary>The table to hand to Poll so that the task sleeps on what it looked at.</summary>
    public PollTable PollTable => field ??= new Table(this);

    /// <summary>Puts the task on a queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="isExclusive">Woken one at a time.</param>
    public WaitEntry Add(WaitQueue queue, bool isExclusive = false)
    {
        if (_used == _entries.Count)
        {
            _entries.Add(new WaitEntry(this));
        }

        WaitEntry entry = _entries[_used++];
        entry.IsExclusive = isExclusive;
        queue.Add(entry);
        return entry;
    }

    /// <summary>Leaves all queues.</summary>
    public void Clear()
    {
        for (int i = 0; i < _used; i++)
        {
            _entries[i].Remove();
        }

        if (_entries.Count > 64)
        {
            _entries.RemoveRange(64, _entries.Count - 64);
        }

        _used = 0;
        IsUninterruptible = false;
        _timer?.Cancel();
    }

    internal void SetDeadline(long deadline)
    {
        if (deadline != long.MaxValue)
        {
            _timer ??= new KernelTimer(_task.Kernel.Timers, () => _task.Kernel.Scheduler.MakeReady(_task));
            _timer.Set(deadline);
        }
    }

    public override bool OnWake(WaitEntry entry, PollEvents events) => _task.Kernel.Scheduler.MakeReady(_task);

    private sealed class Table(TaskSleep sleep) : PollTable
    {
        public override void Add(WaitQueue queue) => sleep.Add(queue);
    }
}

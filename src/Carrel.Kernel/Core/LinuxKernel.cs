using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>
/// The kernel of one carrel: a monitor. Every object below is touched only with <see cref="Lock"/> held. Handlers are plain synchronous
/// code; a task that waits holds no host thread (see <see cref="SyscallResult.Blocked"/>).
/// </summary>
public sealed partial class LinuxKernel : IGuestEvents
{
    private readonly Queue<Task> _ready = new();
    private readonly List<Action> _deferred = [];
    private bool _draining;

    public LinuxKernel(Platform platform, IHost host, KernelOptions options)
    {
        Platform = platform;
        Host = host;
        Options = options;
        Clock = new KernelClock(host);
        Timers.DeadlineChanged = host.SetTimer;
    }

    /// <summary>The one lock.</summary>
    public object Lock { get; } = new();

    public Platform Platform { get; }

    public FrameStore Frames => Platform.Frames;

    public IHost Host { get; }

    public KernelOptions Options { get; }

    public KernelClock Clock { get; }

    public TimerQueue Timers { get; } = new();

    public PidTable Pids { get; } = new();

    /// <summary>What counts per uid.</summary>
    public UserAccounts Users { get; } = new();

    /// <summary>The first process, pid 1.</summary>
    public ThreadGroup? Init { get; internal set; }

    /// <summary>What ended the carrel; null while it runs.</summary>
    public CarrelExit? Exit { get; private set; }

    public Trace.ISyscallTracer? Tracer { get; set; }

    /// <summary>Whose handler runs or ran last (Linux's current): for what looks at its caller without being given it.</summary>
    public Task? Current { get; internal set; }

    /// <summary>Runs the gate until the carrel ends.</summary>
    public CarrelExit Run()
    {
        Platform.Run(this, Lock);
        return Exit ?? new CarrelExit(125, "the gate ended without a reason");
    }

    /// <summary>Ends the carrel. The first reason given stays.</summary>
    public void Stop(int status, string? reason)
    {
        Exit ??= new CarrelExit(status, reason);
        Platform.Stop();
    }

    /// <summary>For helper threads of the process (timers, host input): runs <paramref name="action"/> as part of the monitor.</summary>
    public void Enter(Action action)
    {
        lock (Lock)
        {
            try
            {
                action();
                Drain();
            }
            catch (Exception e)
            {
                OnBug(e, Current);
            }
        }
    }

    /// <summary>Called by the host's timer thread, without the lock.</summary>
    public void OnTimer() => Enter(() =>
    {
        Timers.RunExpired(Clock.Monotonic);
        Host.SetTimer(Timers.NextDeadline);
    });

    /// <summary>Runs when the handler in progress is done and answered.</summary>
    public void Defer(Action action) => _deferred.Add(action);

    /// <summary>A blocked task's handler shall run again. Wake-ups of others have no effect.</summary>
    /// <returns>true if the task was waiting and is now on its way.</returns>
    public bool MakeReady(Task task)
    {
        if (task.State != TaskState.Blocked || task.IsReady)
        {
            return false;
        }

        task.IsReady = true;
        _ready.Enqueue(task);
        return true;
    }

    void IGuestEvents.OnSyscall(GuestThread thread, int number, in SyscallArguments arguments)
    {
        var task = (Task)thread.Owner!;
        try
        {
            BeginSyscall(task, number, arguments);
            EnterSyscall(task);
            Drain();
        }
        catch (Exception e)
        {
            OnBug(e, task);
        }
    }

    void IGuestEvents.OnTrap(GuestThread thread, in TrapInfo trap)
    {
        var task = (Task)thread.Owner!;
        try
        {
            Trap(task, thread, trap);
            Drain();
        }
        catch (Exception e)
        {
            OnBug(e, task);
        }
    }

    void IGuestEvents.OnAddressSpaceDied(AddressSpace space, bool expected) => Guard(() => OnAddressSpaceDied(space, expected));

    void IGuestEvents.OnSpawnFailed(GuestThread child) => Guard(() => LoseSpawned((Task)child.Owner!));

    void IGuestEvents.OnViolation(string what) => Stop(125, "guest broke the gate's rules: " + what);

    private void Trap(Task task, GuestThread thread, in TrapInfo trap)
    {
        Current = task;
        switch (trap.Reason)
        {
            case TrapReason.Syscall:
                ref Registers r = ref thread.Registers;
                BeginSyscall(task, (int)r.Rax, new SyscallArguments(r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9));
                EnterSyscall(task);
                break;
            case TrapReason.Fault:
                HandleFault(task, trap);
                ReturnToGuest(task);
                break;
            case TrapReason.ForeignSyscall:
                task.Signals.ForceFault(Signal.SIGSEGV, Si.SI_KERNEL, 0, trap);
                ReturnToGuest(task);
                break;
            case TrapReason.Kick:
                if (!MakePendingStop(task))
                {
                    ReturnToGuest(task);
                }

                break;
        }
    }

    private void Guard(Action action)
    {
        try
        {
            action();
            Drain();
        }
        catch (Exception e)
        {
            OnBug(e, Current);
        }
    }

    /// <summary>An exception is a bug in the kernel: its objects can no longer be trusted, so the carrel ends, with the reason and the task's state.</summary>
    private void OnBug(Exception e, Task? task)
    {
        string where = task is null ? "" : $" while serving {task} ({task.State}, system call {task.SyscallNumber})";
        Host.Log($"kernel bug{where}: {e}");
        Stop(125, $"kernel bug{where}: {e.GetType().Name}: {e.Message}");
    }

    /// <summary>Counts system calls: what was asked of the host during one need not be asked again during it.</summary>
    internal long SyscallSerial { get; private set; }

    private void BeginSyscall(Task task, int number, in SyscallArguments arguments)
    {
        SyscallSerial++;
        task.SyscallNumber = number;
        task.SyscallArguments = arguments;
        if (task.RestartBlock is not null)
        {
            LeaveRestartBlock(task);
        }

        task.Restart.Clear();
        // A call that came back only to wait or to be run by the host has been checked.
        task.IsSeccompDue = task.SeccompMode != 0 && task.Parked is null && !task.IsNativeRetry;
        Tracer?.OnEnter(task);
    }

    /// <summary>A new call: a tracer may want to see it first.</summary>
    private void EnterSyscall(Task task)
    {
        bool isNew = task.Parked is null && !task.IsNativeRetry;
        task.IsNativeRetry = false;
        if (!isNew || !StopAtSyscall(task, Ptrace.TraceStage.SyscallEntry))
        {
            RunHandler(task);
        }
    }

    /// <summary>Runs the handler of the call in progress (for the first time or again) and acts on its result.</summary>
    private void RunHandler(Task task)
    {
        Current = task;
        task.State = TaskState.Running;
        task.Sleep.Clear();
        if (task.IsSeccompDue)
        {
            task.IsSeccompDue = false;
            if (!PassesSeccomp(task))
            {
                return;
            }
        }

        SyscallResult result = Syscalls.SyscallTable.Invoke(task, task.SyscallNumber, task.SyscallArguments);
        if (task.State is TaskState.Zombie or TaskState.Dead or TaskState.Traced)
        {
            task.Restart.ReleaseFile();
            return;
        }

        if (result.IsBlocked)
        {
            task.State = TaskState.Blocked;
            task.Group.VoluntarySwitches++;
            // A wake-up, a signal or the deadline may have come while the handler registered itself.
            if (task.IsInterrupted && !task.Sleep.IsUninterruptible)
            {
                MakeReady(task);
            }

            return;
        }

        task.Sleep.Clear();
        task.Restart.ReleaseFile();
        Tracer?.OnExit(task, result);
        FinishSyscall(task, result);
    }

    /// <summary>Runs ready tasks and deferred work until there is none.</summary>
    private void Drain()
    {
        if (_draining)
        {
            return;
        }

        _draining = true;
        while (true)
        {
            if (_ready.TryDequeue(out Task? task))
            {
                task.IsReady = false;
                if (task.State == TaskState.Blocked)
                {
                    RunHandler(task);
                }
                else if (task.State == TaskState.Stopped)
                {
                    ReturnToGuest(task);
                }
                else if (task.State == TaskState.Traced)
                {
                    ContinueTraced(task);
                }
            }
            else if (_deferred.Count > 0)
            {
                Action[] actions = [.. _deferred];
                _deferred.Clear();
                foreach (Action action in actions)
                {
                    action();
                }
            }
            else
            {
                break;
            }
        }

        _draining = false;
    }
}

/// <summary>How the carrel ended: the exit status for the caller and, if it is Carrel's own failure, why.</summary>
public sealed record CarrelExit(int Status, string? Reason);

/// <summary>What the command line or config.json says about the carrel as a whole.</summary>
public sealed class KernelOptions
{
    public string HostName { get; init; } = "carrel";

    public string DomainName { get; init; } = "(none)";

    /// <summary>CPUs shown to the guest.</summary>
    public int CpuCount { get; init; } = 1;

    /// <summary>The release that uname(2) gives.</summary>
    public string Release { get; init; } = "6.12.0-carrel";

    public bool IsDebug { get; init; }

    /// <summary>Tasks that may exist at once: clone gives EAGAIN beyond.</summary>
    public int PidsLimit { get; init; } = 10_000;
}

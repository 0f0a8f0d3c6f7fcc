using System;
using Carrel.Abi;
using Carrel.Kernel.Ptrace;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>
/// The kernel of one carrel: a monitor. Every object below is touched only with <see cref="Lock"/> held. Handlers are plain synchronous
/// code; a task that waits holds no host thread (see <see cref="SyscallResult.Blocked"/>).
/// </summary>
public sealed partial class LinuxKernel : IGuestEvents
{
    public LinuxKernel(Platform platform, IHost host, KernelOptions options)
    {
        Platform = platform;
        Host = host;
        Options = options;
        Clock = new KernelClock(host);
        Timers.DeadlineChanged = host.SetTimer;
        Scheduler = new Scheduler(this);
        SyscallEntry = new SyscallEntry(this);
        SeccompCheck = new SeccompCheck(this);
        ReturnPath = new ReturnPath(this);
        Signals = new SignalSender(this);
        SignalDelivery = new SignalDelivery(this);
        JobControl = new JobControl(this);
        TraceStops = new TraceStops(this);
        TraceEvents = new TraceEvents(this);
        Execve = new Execve(this);
        TaskExit = new TaskExit(this);
        Reaper = new Reaper(this);
        Reparenting = new Reparenting(this);
        LostSpaces = new LostSpaces(this);
        OomKiller = new OomKiller(this);
        KernelMemory = new Mm.KernelMemory(this);
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

    internal Scheduler Scheduler { get; }

    internal SyscallEntry SyscallEntry { get; }

    internal SeccompCheck SeccompCheck { get; }

    internal ReturnPath ReturnPath { get; }

    public SignalSender Signals { get; }

    internal SignalDelivery SignalDelivery { get; }

    internal JobControl JobControl { get; }

    internal TraceStops TraceStops { get; }

    internal TraceEvents TraceEvents { get; }

    internal Execve Execve { get; }

    internal TaskExit TaskExit { get; }

    internal Reaper Reaper { get; }

    internal Reparenting Reparenting { get; }

    internal LostSpaces LostSpaces { get; }

    internal OomKiller OomKiller { get; }

    internal Mm.KernelMemory KernelMemory { get; }

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
                Scheduler.Drain();
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

    void IGuestEvents.OnSyscall(GuestThread thread, int number, in SyscallArguments arguments)
    {
        var task = (Task)thread.Owner!;
        try
        {
            SyscallEntry.Begin(task, number, arguments);
            SyscallEntry.Enter(task);
            Scheduler.Drain();
            if (KernelMemory.Check())
            {
                Scheduler.Drain();
            }
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
            Scheduler.Drain();
        }
        catch (Exception e)
        {
            OnBug(e, task);
        }
    }

    void IGuestEvents.OnAddressSpaceDied(AddressSpace space, bool expected) => Guard(() => LostSpaces.OnDied(space, expected));

    void IGuestEvents.OnSpawnFailed(GuestThread child) => Guard(() => TaskExit.LoseSpawned((Task)child.Owner!));

    void IGuestEvents.OnViolation(string what) => Stop(125, "guest broke the gate's rules: " + what);

    private void Trap(Task task, GuestThread thread, in TrapInfo trap)
    {
        Current = task;
        switch (trap.Reason)
        {
            case TrapReason.Syscall:
                ref Registers r = ref thread.Registers;
                SyscallEntry.Begin(task, (int)r.Rax, new SyscallArguments(r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9));
                SyscallEntry.Enter(task);
                break;
            case TrapReason.Fault:
                Faults.Handle(task, trap);
                ReturnPath.ReturnToGuest(task);
                break;
            case TrapReason.ForeignSyscall:
                task.Signals.ForceFault(Signal.SIGSEGV, Si.SI_KERNEL, 0, trap);
                ReturnPath.ReturnToGuest(task);
                break;
            case TrapReason.Kick:
                if (!TraceStops.MakePendingStop(task))
                {
                    ReturnPath.ReturnToGuest(task);
                }

                break;
        }
    }

    private void Guard(Action action)
    {
        try
        {
            action();
            Scheduler.Drain();
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
}

/// <summary>How the carrel ended: the exit status for the caller and, if it is Carrel's own failure, why.</summary>
public sealed record CarrelExit(int Status, string? Reason);

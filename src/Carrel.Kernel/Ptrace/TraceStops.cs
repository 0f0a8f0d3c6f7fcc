using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel.Ptrace;

/// <summary>Holding a tracee for its tracer and letting it go on (ptrace_stop(), ptrace_notify() of kernel/signal.c).</summary>
internal sealed class TraceStops(LinuxKernel kernel)
{
    public const ulong TrapFlag = 0x100;

    /// <summary>Holds the task; its thread is trapped. False if it is being killed: it must not be held.</summary>
    public bool Stop(Task task, TraceStage stage, int code, ulong message, SigInfo? info, int why = Cld.CLD_TRAPPED)
    {
        Tracing tracing = task.Tracing!;
        if (task.Signals.IsKilled)
        {
            return false;
        }

        if (task.Thread.State == GuestThreadState.Trapped && tracing.IsStepping)
        {
            task.Thread.Registers.Rflags &= ~TrapFlag;
        }

        tracing.IsStepping = false;
        tracing.IsListening = false;
        tracing.Code = code;
        tracing.Message = message;
        tracing.Info = info;
        tracing.Injected = 0;
        task.TraceStage = stage;
        task.State = TaskState.Traced;
        bool isGroupStopComplete = why == Cld.CLD_STOPPED && task.Signals.IsStopPending && JobControl.ParticipateInStop(task);
        NotifyTracer(task, why);
        if (isGroupStopComplete && tracing.Tracer.Group != task.Group.Parent)
        {
            kernel.JobControl.NotifyParentOfStop(task.Group, Cld.CLD_STOPPED, task.Group.StopSignal);
        }

        return true;
    }

    /// <summary>A stop with a code of its own: system calls and events (ptrace_do_notify()).</summary>
    public bool Notify(Task task, TraceStage stage, int code, ulong message) => Stop(task, stage, code, message, new SigInfo
    {
        Signo = Signal.SIGTRAP,
        Code = code,
        Pid = task.Tid,
        Uid = task.Credentials.Uid,
    });

    private void NotifyTracer(Task task, int why)
    {
        ThreadGroup tracer = task.Tracing!.Tracer.Group;
        KernelSigaction action = tracer.Actions[Signal.SIGCHLD];
        if (action.Handler != Signal.SIG_IGN && (action.Flags & SigAction.SA_NOCLDSTOP) == 0)
        {
            kernel.Signals.Send(tracer, task.Group.ChildInfo(Signal.SIGCHLD, why, task.Tracing.Code & 0x7f) with { Pid = task.Tid });
        }

        tracer.ChildChanged.WakeAll();
    }

    /// <summary>The tracer wants a stop before or after each system call. True if the task is held or on its way to it.</summary>
    public bool StopAtSyscall(Task task, TraceStage stage)
    {
        if (task.Tracing is not { StopsAtSyscalls: true } tracing)
        {
            return false;
        }

        if (NeedsTrapFor(task, stage))
        {
            return true;
        }

        int code = Signal.SIGTRAP | (tracing.Has(PtraceRequest.PTRACE_O_TRACESYSGOOD) ? 0x80 : 0);
        bool isEntry = stage == TraceStage.SyscallEntry;
        if (isEntry)
        {
            task.Thread.Registers.Rax = unchecked((ulong)-(long)Errno.ENOSYS);
        }

        return Notify(task, stage, code, (ulong)(isEntry ? PtraceRequest.PTRACE_EVENTMSG_SYSCALL_ENTRY : PtraceRequest.PTRACE_EVENTMSG_SYSCALL_EXIT));
    }

    /// <summary>Brings the thread back by a trap if its registers are not at hand.</summary>
    private static bool NeedsTrapFor(Task task, TraceStage stage)
    {
        if (task.Thread.State != GuestThreadState.InSyscall)
        {
            return false;
        }

        task.PendingStage = stage;
        task.Thread.CompleteAndTrap(-(long)Errno.ENOSYS);
        return true;
    }

    /// <summary>The thread has come by a trap: makes the stop it was fetched for. False if there was none.</summary>
    public bool MakePendingStop(Task task)
    {
        TraceStage stage = task.PendingStage;
        task.PendingStage = TraceStage.None;
        switch (stage)
        {
            case TraceStage.SyscallEntry:
                if (!StopAtSyscall(task, stage))
                {
                    kernel.SyscallEntry.RunHandler(task);
                }

                return true;
            case TraceStage.SyscallExit:
                if (!task.HasResult)
                {
                    // The host ran the call itself.
                    task.HasResult = true;
                    task.Result = (long)task.Thread.Registers.Rax;
                }

                if (!StopAtSyscall(task, stage))
                {
                    kernel.ReturnPath.ReturnToGuest(task);
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>The tracer let it go on, or it is to die: what follows the stop.</summary>
    public void Continue(Task task)
    {
        TraceStage stage = task.TraceStage;
        task.TraceStage = TraceStage.None;
        task.State = TaskState.Running;
        int injected = task.Tracing?.Injected ?? 0;
        if (task.Signals.IsKilled && stage != TraceStage.Exit)
        {
            kernel.ReturnPath.ReturnToGuest(task);
            return;
        }

        switch (stage)
        {
            case TraceStage.SyscallEntry:
                SendInjected(task, injected);
                RunTracedSyscall(task);
                break;
            case TraceStage.Seccomp:
                task.IsSeccompDue = task.SeccompMode != 0;
                task.IsSeccompRecheck = true;
                RunTracedSyscall(task);
                break;
            case TraceStage.Event:
                SendInjected(task, injected);
                kernel.SyscallEntry.RunHandler(task);
                break;
            case TraceStage.Exec:
                SendInjected(task, injected);
                task.HasResult = true;
                task.Result = 0;
                if (!StopAtSyscall(task, TraceStage.SyscallExit))
                {
                    kernel.ReturnPath.ReturnToGuest(task);
                }

                break;
            case TraceStage.Exit:
                kernel.TaskExit.ExitTask(task, task.ExitCode);
                break;
            case TraceStage.Signal:
                DeliverInjected(task, injected);
                break;
            default:
                SendInjected(task, injected);
                kernel.ReturnPath.ReturnToGuest(task);
                break;
        }
    }

    private void SendInjected(Task task, int signal)
    {
        if (signal != 0)
        {
            task.Signals.SendToSelf(signal);
        }
    }

    /// <summary>The tracer may have changed number and arguments (the entry half of syscall_trace_enter()).</summary>
    private void RunTracedSyscall(Task task)
    {
        ref Registers r = ref task.Thread.Registers;
        if (task.SyscallNumber < 0)
        {
            kernel.ReturnPath.FinishSyscall(task, (long)r.Rax);
            return;
        }

        task.SyscallArguments = new SyscallArguments(r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9);
        kernel.SyscallEntry.RunHandler(task);
    }

    /// <summary>ptrace_signal(): the tracer decides which signal is delivered, if any.</summary>
    private void DeliverInjected(Task task, int signal)
    {
        if (signal != 0)
        {
            SigInfo info = task.Tracing?.Info is { } seen && seen.Signo == signal ? seen : SignalInfo.User(signal, task.Tracing?.Tracer ?? task);
            if (SignalMask.Has(task.Signals.Blocked, signal))
            {
                kernel.Signals.Send(task, info);
            }
            else if (!kernel.SignalDelivery.Deliver(task, info))
            {
                return;
            }
        }

        kernel.ReturnPath.ReturnToGuest(task);
    }
}

using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel.Ptrace;

/// <summary>PTRACE_EVENT_*: what a tracer is told beside signals and system calls.</summary>
internal sealed class TraceEvents(LinuxKernel kernel)
{
    /// <summary>The event that a clone makes; 0 if the tracer does not want one (kernel_clone()).</summary>
    public static int CloneEventOf(Task parent, CloneFlags flags, int exitSignal)
    {
        if (parent.Tracing is not { } tracing || (flags & CloneFlags.CLONE_UNTRACED) != 0)
        {
            return 0;
        }

        int theEvent = (flags & CloneFlags.CLONE_VFORK) != 0 ? PtraceRequest.PTRACE_EVENT_VFORK
            : exitSignal != Signal.SIGCHLD || (flags & CloneFlags.CLONE_THREAD) != 0 ? PtraceRequest.PTRACE_EVENT_CLONE
            : PtraceRequest.PTRACE_EVENT_FORK;
        return tracing.Has(1 << theEvent) ? theEvent : 0;
    }

    /// <summary>ptrace_init_task(): the child is traced from its first instruction on.</summary>
    public void OnChild(Task parent, Task child)
    {
        if (parent.Tracing is not { } tracing)
        {
            return;
        }

        Link(child, new Tracing(tracing.Tracer, tracing.IsSeized, tracing.Options));
        if (tracing.IsSeized)
        {
            child.Signals.IsTrapPending = true;
        }
        else
        {
            child.Signals.Pending.AddBare(Signal.SIGSTOP);
        }

        kernel.Signals.Wake(child, isFatal: false);
    }

    /// <summary>The event of a clone whose parent has parked in restart_syscall. True if the task is held now.</summary>
    public bool StopForClone(Task task, ParkedClone parked)
    {
        int theEvent = parked.Event;
        parked.Event = 0;
        return task.Tracing is not null && kernel.TraceStops.Notify(task, TraceStage.Event, Signal.SIGTRAP | theEvent << 8, (ulong)parked.ChildTid);
    }

    /// <summary>A new program is in place: PTRACE_EVENT_EXEC, or the SIGTRAP of old.</summary>
    public void OnExec(Task task, int oldTid)
    {
        if (task.Tracing is not { } tracing || task.IsExiting)
        {
            return;
        }

        if (tracing.Has(PtraceRequest.PTRACE_O_TRACEEXEC))
        {
            kernel.TraceStops.Notify(task, TraceStage.Exec, Signal.SIGTRAP | PtraceRequest.PTRACE_EVENT_EXEC << 8, (ulong)oldTid);
        }
        else if (!tracing.IsSeized)
        {
            task.Signals.SendToSelf(Signal.SIGTRAP);
        }
    }

    /// <summary>PTRACE_EVENT_EXIT. True if the task is held and will exit when let go.</summary>
    public bool StopForExit(Task task, int exitCode)
    {
        if (task.Tracing is not { HasAnnouncedExit: false } tracing || !tracing.Has(PtraceRequest.PTRACE_O_TRACEEXIT)
            || task.Thread.State != GuestThreadState.Trapped || task.Signals.IsKilled)
        {
            return false;
        }

        tracing.HasAnnouncedExit = true;
        task.ExitCode = exitCode;
        return kernel.TraceStops.Notify(task, TraceStage.Exit, Signal.SIGTRAP | PtraceRequest.PTRACE_EVENT_EXIT << 8, (ulong)exitCode);
    }

    /// <summary>PTRACE_EVENT_STOP of a seized task, or the stop of a group the old way.</summary>
    public bool StopForGroup(Task task)
    {
        Tracing tracing = task.Tracing!;
        ThreadGroup group = task.Group;
        bool isGroupStop = task.Signals.IsStopPending || group.IsStopped;
        int signal = isGroupStop && group.StopSignal != 0 ? group.StopSignal : Signal.SIGTRAP;
        task.Signals.IsTrapPending = false;
        return tracing.IsSeized
            ? kernel.TraceStops.Stop(task, TraceStage.Group, signal | PtraceRequest.PTRACE_EVENT_STOP << 8, 0, new SigInfo
            {
                Signo = Signal.SIGTRAP,
                Code = signal | PtraceRequest.PTRACE_EVENT_STOP << 8,
                Pid = task.Tid,
                Uid = task.Credentials.Uid,
            }, isGroupStop ? Cld.CLD_STOPPED : Cld.CLD_TRAPPED)
            : kernel.TraceStops.Stop(task, TraceStage.Group, isGroupStop ? signal : Signal.SIGSTOP, 0, null, Cld.CLD_STOPPED);
    }

    /// <summary>ptrace_link().</summary>
    public static void Link(Task task, Tracing tracing)
    {
        task.Tracing = tracing;
        tracing.Tracer.Tracees.Add(task);
    }

    /// <summary>__ptrace_detach(): the tracee goes its own way. One that has ended is handed to its parent.</summary>
    public void Detach(Task task)
    {
        if (task.Tracing is not { } tracing)
        {
            return;
        }

        bool wasListening = tracing.IsListening;
        int injected = tracing.Injected;
        tracing.Tracer.Tracees.Remove(task);
        task.Signals.IsTrapPending = false;
        bool isChildOfTracer = tracing.Tracer.Group == task.Group.Parent;
        if (task.State == TaskState.Zombie)
        {
            task.Tracing = null;
            kernel.Reaper.ReleaseTracedZombie(task, isChildOfTracer);
            return;
        }

        if (task.State != TaskState.Traced)
        {
            task.Tracing = null;
            return;
        }

        // The stage's continuation still needs the signal; without a tracer it counts as the task's own.
        if (injected != 0 && task.TraceStage != TraceStage.Signal)
        {
            task.Signals.SendToSelf(injected);
        }
        else if (injected != 0)
        {
            SigInfo info = tracing.Info is { } seen && seen.Signo == injected ? seen : SignalInfo.User(injected, tracing.Tracer);
            kernel.Signals.Send(task, info);
        }

        task.Tracing = null;
        if (task.Group.IsStopped || wasListening)
        {
            // A group stop that the tracer had overridden takes effect again.
            task.Signals.IsStopPending = task.Group.IsStopped;
        }

        kernel.Scheduler.Resume(task);
    }

    /// <summary>exit_ptrace(): the tracer ends.</summary>
    public void DetachAll(Task tracer)
    {
        foreach (Task tracee in tracer.Tracees.ToArray())
        {
            if (tracee.Tracing!.Has(PtraceRequest.PTRACE_O_EXITKILL))
            {
                kernel.Signals.Send(tracee.Group, SignalInfo.Kernel(Signal.SIGKILL));
            }

            tracee.Tracing.Injected = 0;
            Detach(tracee);
        }
    }
}

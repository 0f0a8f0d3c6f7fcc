using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Stopping and continuing whole processes (do_signal_stop(), prepare_signal() and do_notify_parent_cldstop() of kernel/signal.c).</summary>
internal sealed class JobControl(LinuxKernel kernel)
{
    /// <summary>The default action of a stop signal: asks every thread of the group to stop. False: a SIGCONT or the group's end came between.</summary>
    public bool BeginGroupStop(Task task, int signal)
    {
        ThreadGroup group = task.Group;
        if (!task.Signals.StopDequeued || group.IsExiting || group.ExecTask is not null)
        {
            return false;
        }

        if (!group.IsStopped)
        {
            group.StopSignal = signal;
        }

        group.StopCount = 0;
        foreach (Task other in group.Tasks)
        {
            if (other.State == TaskState.Stopped || other.IsExiting)
            {
                continue;
            }

            other.Signals.IsStopPending = true;
            other.Signals.IsStopCounted = true;
            group.StopCount++;
            if (other != task)
            {
                kernel.Signals.Wake(other, isFatal: false);
            }
        }

        return true;
    }

    /// <summary>The task stops here, on its way to guest code; the last of its group tells the parent.</summary>
    public void StopTask(Task task)
    {
        bool isLast = ParticipateInStop(task);
        task.State = TaskState.Stopped;
        if (isLast)
        {
            NotifyParentOfStop(task.Group, Cld.CLD_STOPPED, task.Group.StopSignal);
        }
    }

    /// <summary>task_participate_group_stop(). True if the stop is complete now and was not before.</summary>
    public static bool ParticipateInStop(Task task)
    {
        ThreadGroup group = task.Group;
        bool isCounted = task.Signals.IsStopCounted;
        task.Signals.IsStopPending = false;
        task.Signals.IsStopCounted = false;
        if (!isCounted)
        {
            return false;
        }

        if (group.StopCount > 0)
        {
            group.StopCount--;
        }

        if (group.StopCount == 0 && !group.IsStopped)
        {
            group.IsStopped = true;
            group.IsContinued = false;
            group.StopToReport = true;
            return true;
        }

        return false;
    }

    /// <summary>SIGCONT's effect on arrival: everything stopped runs on, whether or not the signal is blocked or ignored.</summary>
    public void ContinueGroup(ThreadGroup group)
    {
        bool wasStopped = group.IsStopped;
        bool wasStopping = !wasStopped && group.StopCount > 0;
        foreach (Task task in group.Tasks)
        {
            task.Signals.ClearStop();
            if (task.State == TaskState.Stopped)
            {
                kernel.Scheduler.Resume(task);
            }
            else if (task.Tracing is { IsSeized: true } tracing && !task.IsExiting)
            {
                // ptrace_trap_notify(): the tracer hears that the stop is over, at once if it listens.
                task.Signals.IsTrapPending = true;
                if (tracing.IsListening)
                {
                    kernel.Scheduler.Resume(task);
                }
                else
                {
                    kernel.Signals.Wake(task, isFatal: false);
                }
            }
        }

        if (wasStopped || wasStopping)
        {
            int stopSignal = group.StopSignal;
            group.IsStopped = false;
            group.StopToReport = false;
            group.IsContinued = true;
            group.StopCount = 0;
            group.StopSignal = 0;
            // A stop that was under way is reported as if it had completed (SIGNAL_CLD_STOPPED).
            NotifyParentOfStop(group, wasStopped ? Cld.CLD_CONTINUED : Cld.CLD_STOPPED, wasStopped ? Signal.SIGCONT : stopSignal);
        }
    }

    public void NotifyParentOfStop(ThreadGroup group, int why, int status)
    {
        if (group.Parent is not { } parent)
        {
            return;
        }

        KernelSigaction action = parent.Actions[Signal.SIGCHLD];
        if (action.Handler != Signal.SIG_IGN && (action.Flags & SigAction.SA_NOCLDSTOP) == 0)
        {
            kernel.Signals.Send(parent, group.ChildInfo(Signal.SIGCHLD, why, status));
        }

        parent.ChildChanged.WakeAll();
    }
}

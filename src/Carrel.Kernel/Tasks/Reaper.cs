using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Zombies: parent and tracer hear of them, then their numbers become free (do_notify_parent() and release_task()).</summary>
internal sealed class Reaper(LinuxKernel kernel)
{
    /// <summary>The end of a tracee is told to its tracer; a parent hears of it when the tracer has taken note. False: nobody else traces it.</summary>
    public bool TellTracer(Task task)
    {
        if (task.Tracing is not { } tracing)
        {
            return false;
        }

        ThreadGroup group = task.Group;
        ThreadGroup tracer = tracing.Tracer.Group;
        if (task == group.Leader && tracer == group.Parent)
        {
            return false;
        }

        KernelSigaction action = tracer.Actions[Signal.SIGCHLD];
        if (action.Handler == Signal.SIG_IGN || (action.Flags & SigAction.SA_NOCLDWAIT) != 0)
        {
            task.Tracing = null;
            tracing.Tracer.Tracees.Remove(task);
            return false;
        }

        int code = task == group.Leader ? group.ExitCode : task.ExitCode;
        int status = code & 0x7f;
        kernel.Signals.Send(tracer, group.ChildInfo(Signal.SIGCHLD, status != 0 ? Cld.CLD_KILLED : Cld.CLD_EXITED, status != 0 ? status : code >> 8) with { Pid = task.Tid });
        tracer.ChildChanged.WakeAll();
        return true;
    }

    /// <summary>The whole process has ended: its tracer is told, or its parent.</summary>
    public void Announce(ThreadGroup group)
    {
        if (!TellTracer(group.Leader) && NotifyParent(group))
        {
            Reap(group);
        }
    }

    /// <summary>Takes a task out of its group and of the table.</summary>
    public void RemoveTask(Task task)
    {
        task.State = TaskState.Dead;
        task.Tracing?.Tracer.Tracees.Remove(task);
        task.Tracing = null;
        task.Signals.Pending.Flush(ulong.MaxValue);
        task.Group.Tasks.Remove(task);
        task.PidEntry.Task = null;
        kernel.Pids.TaskCount--;
        kernel.Users.UnchargeTask(task.Credentials.Uid);
        PidTable.Trim(task.PidEntry);
    }

    /// <summary>do_notify_parent(). True: nobody will wait for it, so it is reaped at once.</summary>
    public bool NotifyParent(ThreadGroup group)
    {
        if (group.Parent is not { } parent)
        {
            return true;
        }

        int signal = group.ExitSignal;
        bool isAutoReaped = false;
        if (signal == Signal.SIGCHLD)
        {
            KernelSigaction action = parent.Actions[Signal.SIGCHLD];
            // The end of a namespace's init leaves no zombies to it.
            isAutoReaped = action.Handler == Signal.SIG_IGN || (action.Flags & SigAction.SA_NOCLDWAIT) != 0 || parent.PidEntry.Table.Waiting?.Group == parent;
            if (action.Handler == Signal.SIG_IGN)
            {
                signal = 0;
            }
        }

        if (signal != 0)
        {
            int status = group.ExitCode & 0x7f;
            kernel.Signals.Send(parent, status != 0
                ? group.ChildInfo(signal, (group.ExitCode & 0x80) != 0 ? Cld.CLD_DUMPED : Cld.CLD_KILLED, status)
                : group.ChildInfo(signal, Cld.CLD_EXITED, group.ExitCode >> 8));
        }

        parent.ChildChanged.WakeAll();
        return isAutoReaped;
    }

    /// <summary>release_task() of a zombie process: its numbers become free.</summary>
    public void Reap(ThreadGroup group)
    {
        group.IsReaped = true;
        group.SharedPending.Flush(ulong.MaxValue);
        group.Parent?.Children.Remove(group);
        foreach (Task task in group.Tasks.ToArray())
        {
            RemoveTask(task);
        }

        group.PidEntry.Group = null;
        group.ProcessGroup.Remove(group);
        PidTable.Trim(group.PidEntry);
    }

    /// <summary>A tracee that ended while traced is free: threads vanish, a process is told to its parent.</summary>
    public void ReleaseTracedZombie(Task task, bool isParentTold)
    {
        ThreadGroup group = task.Group;
        if (task != group.Leader)
        {
            RemoveTask(task);
            group.ThreadGone.WakeAll();
            if (group.IsWaitable)
            {
                Announce(group);
            }
        }
        else if (group.IsWaitable && !isParentTold && !group.IsReaped && NotifyParent(group))
        {
            Reap(group);
        }
    }
}

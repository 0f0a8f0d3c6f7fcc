using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Whom a wait call means (Linux's struct wait_opts).</summary>
internal readonly record struct WaitTarget(int IdType, int Pid, ThreadGroup? Process, ProcessGroup? Group, WaitOptions Options)
{
    public bool Has(WaitOptions option) => (Options & option) != 0;

    /// <summary>eligible_pid().</summary>
    public bool Matches(ThreadGroup child, int tid) => IdType switch
    {
        Abi.IdType.P_PID => child == Process || (tid == Pid && Pid != 0),
        Abi.IdType.P_PGID => child.ProcessGroup == Group,
        _ => true,
    };
}

/// <summary>What a wait call found.</summary>
internal readonly record struct WaitOutcome(int Pid, uint Uid, int Code, int Status, int WaitStatus, RusageBuf Usage);

/// <summary>Looks for children and tracees that changed state (do_wait() of kernel/exit.c).</summary>
internal static class TaskWait
{
    /// <summary>The first one with something to report, taken unless WNOWAIT; null with <paramref name="hasCandidates"/> false means ECHILD.</summary>
    public static WaitOutcome? Find(Task task, in WaitTarget target, out bool hasCandidates)
    {
        hasCandidates = false;
        foreach (ThreadGroup child in task.Group.Children)
        {
            // What we trace ourselves is looked at as a tracee, so that one stop is not told twice.
            if (child.Leader.TracerGroup == task.Group || !IsEligible(task, child, target))
            {
                continue;
            }

            // A zombie can only be waited for with WEXITED; whoever lives will stop, continue or exit one day.
            bool isHidden = child.Leader.Tracing is not null;
            hasCandidates |= !child.IsZombie || isHidden || target.Has(WaitOptions.WEXITED);
            if (Consider(task, child, target, isHidden) is { } outcome)
            {
                return outcome;
            }
        }

        foreach (Task tracer in task.Group.Tasks)
        {
            if (tracer.Tracees.Count == 0 || (tracer != task && target.Has(WaitOptions.__WNOTHREAD)))
            {
                continue;
            }

            foreach (Task tracee in tracer.Tracees)
            {
                if (!target.Matches(tracee.Group, tracee.TidFor(task)))
                {
                    continue;
                }

                hasCandidates |= !HasEnded(tracee) || target.Has(WaitOptions.WEXITED);
                if (ConsiderTracee(task, tracee, target) is { } outcome)
                {
                    return outcome;
                }
            }
        }

        return null;
    }

    private static bool IsEligible(Task task, ThreadGroup child, in WaitTarget target)
    {
        if ((target.Has(WaitOptions.__WNOTHREAD) && child.ParentThread != task) || !target.Matches(child, child.PidFor(task)))
        {
            return false;
        }

        // __WCLONE: only children that do not announce their end by SIGCHLD; without it, only those that do; __WALL: both.
        bool isClone = child.ExitSignal != Signal.SIGCHLD;
        return target.Has(WaitOptions.__WALL) || isClone == target.Has(WaitOptions.__WCLONE);
    }

    private static WaitOutcome? Consider(Task task, ThreadGroup child, in WaitTarget target, bool isHidden)
    {
        bool isNoWait = target.Has(WaitOptions.WNOWAIT);
        if (child.IsZombie)
        {
            if (isHidden || !child.IsWaitable || !target.Has(WaitOptions.WEXITED))
            {
                return null;
            }

            WaitOutcome outcome = Ended(child, child.PidFor(task), child.ExitCode);
            if (!isNoWait)
            {
                Take(task, child);
            }

            return outcome;
        }

        if (target.Has(WaitOptions.WSTOPPED) && child is { IsStopped: true, StopToReport: true })
        {
            int signal = child.StopSignal;
            child.StopToReport = isNoWait;
            return Report(child, child.PidFor(task), Cld.CLD_STOPPED, signal, (signal << 8) | 0x7f);
        }

        if (target.Has(WaitOptions.WCONTINUED) && child.IsContinued)
        {
            child.IsContinued = isNoWait;
            return Report(child, child.PidFor(task), Cld.CLD_CONTINUED, Signal.SIGCONT, 0xffff);
        }

        return null;
    }

    /// <summary>A leader counts as ended when its whole process has.</summary>
    private static bool HasEnded(Task tracee) => tracee.IsLeader ? tracee.Group.IsWaitable : tracee.State == TaskState.Zombie;

    private static WaitOutcome? ConsiderTracee(Task task, Task tracee, in WaitTarget target)
    {
        ThreadGroup group = tracee.Group;
        bool isNoWait = target.Has(WaitOptions.WNOWAIT);
        if (HasEnded(tracee))
        {
            if (!target.Has(WaitOptions.WEXITED))
            {
                return null;
            }

            WaitOutcome outcome = Ended(group, tracee.TidFor(task), tracee.IsLeader ? group.ExitCode : tracee.ExitCode);
            if (!isNoWait)
            {
                if (tracee.IsLeader && group.Parent == task.Group)
                {
                    Take(task, group);
                }
                else
                {
                    tracee.Tracing!.Tracer.Tracees.Remove(tracee);
                    tracee.Tracing = null;
                    task.Kernel.Reaper.ReleaseTracedZombie(tracee, isParentTold: false);
                }
            }

            return outcome;
        }

        if (tracee.State != TaskState.Traced || tracee.Tracing is not { Code: not 0, IsListening: false } tracing)
        {
            return null;
        }

        int code = tracing.Code;
        tracing.Code = isNoWait ? code : 0;
        return Report(group, tracee.TidFor(task), Cld.CLD_TRAPPED, code, (code << 8) | 0x7f);
    }

    /// <summary>The zombie is gone once its parent has waited for it.</summary>
    private static void Take(Task task, ThreadGroup child)
    {
        task.Group.ChildrenUsed.Add(child);
        task.Kernel.Reaper.Reap(child);
    }

    private static WaitOutcome Ended(ThreadGroup child, int pid, int status)
    {
        int signal = status & 0x7f;
        return signal == 0
            ? Report(child, pid, Cld.CLD_EXITED, status >> 8, status)
            : Report(child, pid, (status & 0x80) != 0 ? Cld.CLD_DUMPED : Cld.CLD_KILLED, signal, status);
    }

    private static WaitOutcome Report(ThreadGroup child, int pid, int code, int status, int waitStatus) =>
        new(pid, child.Leader.Credentials.Uid, code, status, waitStatus, UsageFormat.Both(child));
}

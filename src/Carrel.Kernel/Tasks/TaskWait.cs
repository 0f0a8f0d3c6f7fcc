using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Whom a wait call means (Linux's struct wait_opts).</summary>
internal readonly record struct WaitTarget(int IdType, ThreadGroup? Process, ProcessGroup? Group, WaitOptions Options);

/// <summary>What a wait call found.</summary>
internal readonly record struct WaitOutcome(ThreadGroup Child, int Pid, uint Uid, int Code, int Status, int WaitStatus, RusageBuf Usage);

/// <summary>Looks for children that changed state (do_wait() of kernel/exit.c).</summary>
internal static class TaskWait
{
    /// <summary>The first child with something to report, taken unless WNOWAIT; null with <paramref name="hasCandidates"/> false means ECHILD.</summary>
    public static WaitOutcome? Find(Task task, in WaitTarget target, out bool hasCandidates)
    {
        hasCandidates = false;
        foreach (ThreadGroup child in task.Group.Children)
        {
            if (!IsEligible(task, child, target))
            {
                continue;
            }

            // A zombie can only be waited for with WEXITED; whoever lives will stop, continue or exit one day.
            hasCandidates |= !child.IsZombie || (target.Options & WaitOptions.WEXITED) != 0;
            if (Consider(task, child, target.Options) is { } outcome)
            {
                return outcome;
            }
        }

        return null;
    }

    private static bool IsEligible(Task task, ThreadGroup child, in WaitTarget target)
    {
        if ((target.Options & WaitOptions.__WNOTHREAD) != 0 && child.ParentThread != task)
        {
            return false;
        }

        bool matches = target.IdType switch
        {
            IdType.P_PID => child == target.Process,
            IdType.P_PGID => child.ProcessGroup == target.Group,
            _ => true,
        };

        // __WCLONE: only children that do not announce their end by SIGCHLD; without it, only those that do; __WALL: both.
        bool isClone = child.ExitSignal != Signal.SIGCHLD;
        return matches && ((target.Options & WaitOptions.__WALL) != 0 || isClone == ((target.Options & WaitOptions.__WCLONE) != 0));
    }

    private static WaitOutcome? Consider(Task task, ThreadGroup child, WaitOptions options)
    {
        if (child.IsZombie)
        {
            return (options & WaitOptions.WEXITED) != 0 ? TakeZombie(task, child, options) : null;
        }

        bool isNoWait = (options & WaitOptions.WNOWAIT) != 0;
        if ((options & WaitOptions.WSTOPPED) != 0 && child is { IsStopped: true, StopToReport: true })
        {
            int signal = child.StopSignal;
            child.StopToReport = isNoWait;
            return Report(child, Cld.CLD_STOPPED, signal, (signal << 8) | 0x7f);
        }

        if ((options & WaitOptions.WCONTINUED) != 0 && child.IsContinued)
        {
            child.IsContinued = isNoWait;
            return Report(child, Cld.CLD_CONTINUED, Signal.SIGCONT, 0xffff);
        }

        return null;
    }

    private static WaitOutcome TakeZombie(Task task, ThreadGroup child, WaitOptions options)
    {
        int status = child.ExitCode;
        int signal = status & 0x7f;
        WaitOutcome outcome = signal == 0
            ? Report(child, Cld.CLD_EXITED, status >> 8, status)
            : Report(child, (status & 0x80) != 0 ? Cld.CLD_DUMPED : Cld.CLD_KILLED, signal, status);
        if ((options & WaitOptions.WNOWAIT) == 0)
        {
            task.Group.ChildrenUsed.Add(child);
            task.Kernel.Reap(child);
        }

        return outcome;
    }

    private static WaitOutcome Report(ThreadGroup child, int code, int status, int waitStatus) =>
        new(child, child.Pid, child.Leader.Credentials.Uid, code, status, waitStatus, UsageFormat.Both(child));
}

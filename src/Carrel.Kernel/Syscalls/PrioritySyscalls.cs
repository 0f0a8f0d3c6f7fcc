using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>Nice values and I/O priorities: getpriority(2), ioprio_set(2). Kept and shown, without effect.</summary>
public static class PrioritySyscalls
{
    private const string NoEffect = "has no effect on when threads run";
    private const int NiceOffset = 20;
    private const int ClassShift = 13;

    [Syscall(Nr.getpriority)]
    public static SyscallResult Getpriority(Task task, int which, int who)
    {
        if (which is < Priority.PRIO_PROCESS or > Priority.PRIO_USER)
        {
            return Errno.EINVAL;
        }

        // The call gives 40..1 so that no value looks like an error; libraries turn it round.
        int best = 0;
        foreach (Task target in Select(task, which, who))
        {
            best = Math.Max(best, NiceOffset - target.Scheduling.Nice);
        }

        return best == 0 ? Errno.ESRCH : best;
    }

    [Syscall(Nr.setpriority, Missing = NoEffect)]
    public static SyscallResult Setpriority(Task task, int which, int who, int nice)
    {
        if (which is < Priority.PRIO_PROCESS or > Priority.PRIO_USER)
        {
            return Errno.EINVAL;
        }

        nice = Math.Clamp(nice, Priority.PRIO_MIN, Priority.PRIO_MAX - 1);
        Errno result = Errno.ESRCH;
        foreach (Task target in Select(task, which, who))
        {
            result = SetOne(task, target, nice, result);
        }

        return result;
    }

    /// <summary>set_one_prio().</summary>
    private static Errno SetOne(Task task, Task target, int nice, Errno before)
    {
        Credentials own = task.Credentials, other = target.Credentials;
        if (other.Uid != own.Euid && other.Euid != own.Euid && !task.IsCapable(Capability.CAP_SYS_NICE))
        {
            return Errno.EPERM;
        }

        if (nice < target.Scheduling.Nice && !SchedulingRules.MayNice(target, nice) && !task.IsCapable(Capability.CAP_SYS_NICE))
        {
            return Errno.EACCES;
        }

        target.Scheduling = target.Scheduling with { Nice = nice };
        return before == Errno.ESRCH ? Errno.OK : before;
    }

    [Syscall(Nr.ioprio_set, Missing = NoEffect)]
    public static SyscallResult IoprioSet(Task task, int which, int who, int priority)
    {
        int level = priority >> ClassShift;
        switch (level)
        {
            case IoPrio.IOPRIO_CLASS_RT when !task.IsCapable(Capability.CAP_SYS_ADMIN) && !task.IsCapable(Capability.CAP_SYS_NICE):
                return Errno.EPERM;
            case IoPrio.IOPRIO_CLASS_RT or IoPrio.IOPRIO_CLASS_BE or IoPrio.IOPRIO_CLASS_IDLE:
                break;
            case IoPrio.IOPRIO_CLASS_NONE when (priority & 7) == 0:
                break;
            default:
                return Errno.EINVAL;
        }

        if (which is < IoPrio.IOPRIO_WHO_PROCESS or > IoPrio.IOPRIO_WHO_USER)
        {
            return Errno.EINVAL;
        }

        Errno result = Errno.ESRCH;
        foreach (Task target in Select(task, which - IoPrio.IOPRIO_WHO_PROCESS, who))
        {
            Credentials own = task.Credentials;
            if (target.Credentials.Uid != own.Euid && target.Credentials.Uid != own.Uid && !task.IsCapable(Capability.CAP_SYS_NICE))
            {
                return Errno.EPERM;
            }

            target.Scheduling = target.Scheduling with { IoPriority = priority };
            result = Errno.OK;
        }

        return result;
    }

    [Syscall(Nr.ioprio_get)]
    public static SyscallResult IoprioGet(Task task, int which, int who)
    {
        if (which is < IoPrio.IOPRIO_WHO_PROCESS or > IoPrio.IOPRIO_WHO_USER)
        {
            return Errno.EINVAL;
        }

        int best = -1;
        foreach (Task target in Select(task, which - IoPrio.IOPRIO_WHO_PROCESS, who))
        {
            int value = target.Scheduling.IoPriority;
            best = best < 0 || (value >> ClassShift != 0 && value < best) ? value : best;
        }

        return best < 0 ? Errno.ESRCH : best;
    }

    /// <summary>PRIO_PROCESS, PRIO_PGRP, PRIO_USER; 0 is the caller's own.</summary>
    private static IEnumerable<Task> Select(Task task, int which, int who)
    {
        LinuxKernel kernel = task.Kernel;
        switch (which)
        {
            case Priority.PRIO_PROCESS:
                Task? one = who == 0 ? task : task.Pids.FindTask(who);
                return one is null ? [] : [one];
            case Priority.PRIO_PGRP:
                ProcessGroup? group = who == 0 ? task.Group.ProcessGroup : task.Pids.FindProcessGroup(who);
                return group is null ? [] : Tasks(group.Members, static _ => true);
            default:
                uint uid = who == 0 ? task.Credentials.Uid : (uint)who;
                return Tasks(kernel.Pids.Groups, t => t.Credentials.Uid == uid);
        }
    }

    private static List<Task> Tasks(List<ThreadGroup> groups, Predicate<Task> isWanted)
    {
        var tasks = new List<Task>();
        foreach (ThreadGroup group in groups)
        {
            tasks.AddRange(group.Tasks.FindAll(isWanted));
        }

        return tasks;
    }
}

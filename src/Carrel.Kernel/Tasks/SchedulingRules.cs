using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Which scheduling parameters make sense and who may set them (kernel/sched/syscalls.c).</summary>
internal static class SchedulingRules
{
    private const int MaxRealTimePriority = 99;
    private const int NiceWidth = 20;

    public static bool IsRealTime(int policy) => policy is Sched.SCHED_FIFO or Sched.SCHED_RR;

    public static bool IsFair(int policy) => policy is Sched.SCHED_NORMAL or Sched.SCHED_BATCH;

    public static bool IsValidPolicy(int policy) =>
        IsRealTime(policy) || IsFair(policy) || policy is Sched.SCHED_IDLE or Sched.SCHED_DEADLINE;

    /// <summary>Is this nice value within what RLIMIT_NICE gives (is_nice_reduction())?</summary>
    public static bool MayNice(Task target, int nice) => (ulong)(NiceWidth - nice) <= target.Limit(Rlimit.RLIMIT_NICE);

    /// <summary>check_same_owner().</summary>
    public static bool IsSameOwner(Task task, Task target) =>
        task.Credentials.Euid == target.Credentials.Euid || task.Credentials.Euid == target.Credentials.Uid;

    /// <summary>__sched_setscheduler(): checks and installs.</summary>
    public static Errno Set(Task task, Task target, SchedulingState wanted)
    {
        SchedulingState old = target.Scheduling;
        int policy = wanted.Policy;
        if (!IsValidPolicy(policy) || wanted.Priority is < 0 or > MaxRealTimePriority || IsRealTime(policy) != (wanted.Priority != 0)
            || (policy == Sched.SCHED_DEADLINE && !IsValidDeadline(wanted.Attributes)))
        {
            return Errno.EINVAL;
        }

        if (NeedsPrivilege(task, target, old, wanted) && !task.IsCapable(Capability.CAP_SYS_NICE))
        {
            return Errno.EPERM;
        }

        target.Scheduling = wanted;
        return Errno.OK;
    }

    /// <summary>user_check_sched_setscheduler().</summary>
    private static bool NeedsPrivilege(Task task, Task target, SchedulingState old, SchedulingState wanted)
    {
        if (IsFair(wanted.Policy) && wanted.Nice < old.Nice && !MayNice(target, wanted.Nice))
        {
            return true;
        }

        if (IsRealTime(wanted.Policy))
        {
            ulong limit = target.Limit(Rlimit.RLIMIT_RTPRIO);
            if ((wanted.Policy != old.Policy && limit == 0) || (wanted.Priority > old.Priority && (ulong)wanted.Priority > limit))
            {
                return true;
            }
        }

        return wanted.Policy == Sched.SCHED_DEADLINE
            || (old.Policy == Sched.SCHED_IDLE && wanted.Policy != Sched.SCHED_IDLE && !MayNice(target, old.Nice))
            || !IsSameOwner(task, target)
            || (old.ResetOnFork && !wanted.ResetOnFork);
    }

    /// <summary>__checkparam_dl().</summary>
    private static bool IsValidDeadline(in SchedAttr attributes)
    {
        const ulong Smallest = 1024;
        ulong period = attributes.Period != 0 ? attributes.Period : attributes.Deadline;
        return attributes.Deadline != 0 && attributes.Runtime >= Smallest && attributes.Deadline < 1UL << 63 && period < 1UL << 63
            && period >= attributes.Deadline && attributes.Deadline >= attributes.Runtime;
    }
}

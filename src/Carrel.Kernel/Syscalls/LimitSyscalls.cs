using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>Resource limits and usage: prlimit(2), getrusage(2), times(2).</summary>
public static class LimitSyscalls
{
    private const long TickNanoseconds = 10_000_000;

    [Syscall(Nr.getrlimit)]
    public static SyscallResult Getrlimit(Task task, uint resource, UserPtr<RlimitBuf> limit)
    {
        if (resource >= Rlimit.RLIM_NLIMITS)
        {
            return Errno.EINVAL;
        }

        return limit.TryWrite(task, task.Group.Limits[(int)resource]) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.setrlimit)]
    public static SyscallResult Setrlimit(Task task, uint resource, UserPtr<RlimitBuf> limit) =>
        limit.TryRead(task, out RlimitBuf wanted) ? Set(task, task.Group, resource, wanted) : Errno.EFAULT;

    [Syscall(Nr.prlimit64)]
    public static SyscallResult Prlimit64(Task task, int pid, uint resource, UserPtr<RlimitBuf> limit, UserPtr<RlimitBuf> old)
    {
        RlimitBuf wanted = default;
        if (!limit.IsNull && !limit.TryRead(task, out wanted))
        {
            return Errno.EFAULT;
        }

        Task? target = pid == 0 ? task : task.Pids.FindTask(pid);
        if (target is null)
        {
            return Errno.ESRCH;
        }

        if (!MayAccess(task, target))
        {
            return Errno.EPERM;
        }

        if (resource >= Rlimit.RLIM_NLIMITS)
        {
            return Errno.EINVAL;
        }

        RlimitBuf before = target.Group.Limits[(int)resource];
        if (!limit.IsNull)
        {
            Errno error = Set(task, target.Group, resource, wanted);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        return !old.IsNull && !old.TryWrite(task, before) ? Errno.EFAULT : 0;
    }

    /// <summary>do_prlimit().</summary>
    private static Errno Set(Task task, ThreadGroup group, uint resource, RlimitBuf wanted)
    {
        if (resource >= Rlimit.RLIM_NLIMITS || wanted.Cur > wanted.Max)
        {
            return Errno.EINVAL;
        }

        if (resource == Rlimit.RLIMIT_NOFILE && wanted.Max > FdTable.MaxDescriptors)
        {
            return Errno.EPERM;
        }

        ref RlimitBuf limit = ref group.Limits[(int)resource];
        if (wanted.Max > limit.Max && !task.IsCapable(Capability.CAP_SYS_RESOURCE))
        {
            return Errno.EPERM;
        }

        limit = wanted;
        if (resource == Rlimit.RLIMIT_CPU)
        {
            group.CpuLimitChanged();
        }

        return Errno.OK;
    }

    /// <summary>check_prlimit_permission().</summary>
    private static bool MayAccess(Task task, Task target)
    {
        Credentials own = task.Credentials, other = target.Credentials;
        return task == target || task.IsCapable(Capability.CAP_SYS_RESOURCE)
            || (own.Uid == other.Euid && own.Uid == other.Suid && own.Uid == other.Uid
                && own.Gid == other.Egid && own.Gid == other.Sgid && own.Gid == other.Gid);
    }

    [Syscall(Nr.getrusage, Missing = "block operations and involuntary context switches are not counted")]
    public static SyscallResult Getrusage(Task task, int who, UserPtr<RusageBuf> usage)
    {
        RusageBuf value;
        switch (who)
        {
            case Rusage.RUSAGE_SELF:
                task.Group.NoteResident(task);
                value = UsageFormat.Own(task.Group);
                break;
            case Rusage.RUSAGE_THREAD:
                return NativeAnswer.Into(task, usage);
            case Rusage.RUSAGE_CHILDREN:
                value = UsageFormat.Children(task.Group);
                break;
            default:
                return Errno.EINVAL;
        }

        return usage.TryWrite(task, value) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.times)]
    public static SyscallResult Times(Task task, UserPtr<Tms> buffer)
    {
        (long user, long system) = task.Group.CpuTime;
        UsedResources children = task.Group.ChildrenUsed;
        var value = new Tms
        {
            Utime = user / TickNanoseconds,
            Stime = system / TickNanoseconds,
            Cutime = children.User / TickNanoseconds,
            Cstime = children.System / TickNanoseconds,
        };
        if (!buffer.IsNull && !buffer.TryWrite(task, value))
        {
            return Errno.EFAULT;
        }

        return task.Kernel.Clock.Boottime / TickNanoseconds;
    }
}

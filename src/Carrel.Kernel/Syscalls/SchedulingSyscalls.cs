using System;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>sched(7): policies, priorities, affinity. The host schedules guest threads as ordinary ones; what is set is checked, kept, inherited and shown.</summary>
public static class SchedulingSyscalls
{
    private const string NoEffect = "has no effect on when threads run";
    private const int ResetOnFork = Sched.SCHED_RESET_ON_FORK;
    private const long RoundRobinInterval = 100_000_000;
    private const int SchedAttrMaximum = 4096;

    [Syscall(Nr.sched_yield)]
    public static SyscallResult SchedYield(Task task) => 0;

    // SCHED_EXT has its range whether or not there is such a scheduler.
    private const int Extension = 7;

    [Syscall(Nr.sched_get_priority_max)]
    public static SyscallResult SchedGetPriorityMax(Task task, int policy) =>
        SchedulingRules.IsRealTime(policy) ? 99 : SchedulingRules.IsValidPolicy(policy) || policy == Extension ? 0 : Errno.EINVAL;

    [Syscall(Nr.sched_get_priority_min)]
    public static SyscallResult SchedGetPriorityMin(Task task, int policy) =>
        SchedulingRules.IsRealTime(policy) ? 1 : SchedulingRules.IsValidPolicy(policy) || policy == Extension ? 0 : Errno.EINVAL;

    [Syscall(Nr.sched_setscheduler, Missing = NoEffect)]
    public static SyscallResult SchedSetscheduler(Task task, int pid, int policy, UserPtr<SchedParam> parameter)
    {
        if (policy < 0)
        {
            return Errno.EINVAL;
        }

        bool resets = (policy & ResetOnFork) != 0;
        return SetParameter(task, pid, parameter, old => (policy & ~ResetOnFork, resets));
    }

    [Syscall(Nr.sched_setparam, Missing = NoEffect)]
    public static SyscallResult SchedSetparam(Task task, int pid, UserPtr<SchedParam> parameter) =>
        SetParameter(task, pid, parameter, static old => (old.Policy, old.ResetOnFork));

    private static SyscallResult SetParameter(Task task, int pid, UserPtr<SchedParam> parameter, Func<SchedulingState, (int Policy, bool Resets)> choose)
    {
        if (parameter.IsNull || pid < 0)
        {
            return Errno.EINVAL;
        }

        if (!parameter.TryRead(task, out SchedParam value))
        {
            return Errno.EFAULT;
        }

        if (Find(task, pid) is not { } target)
        {
            return Errno.ESRCH;
        }

        (int policy, bool resets) = choose(target.Scheduling);
        return SchedulingRules.Set(task, target, target.Scheduling with { Policy = policy, Priority = value.Priority, ResetOnFork = resets });
    }

    [Syscall(Nr.sched_getscheduler)]
    public static SyscallResult SchedGetscheduler(Task task, int pid)
    {
        if (pid < 0)
        {
            return Errno.EINVAL;
        }

        return Find(task, pid) is { } target ? target.Scheduling.Policy | (target.Scheduling.ResetOnFork ? ResetOnFork : 0) : Errno.ESRCH;
    }

    [Syscall(Nr.sched_getparam)]
    public static SyscallResult SchedGetparam(Task task, int pid, UserPtr<SchedParam> parameter)
    {
        if (parameter.IsNull || pid < 0)
        {
            return Errno.EINVAL;
        }

        if (Find(task, pid) is not { } target)
        {
            return Errno.ESRCH;
        }

        return parameter.TryWrite(task, new SchedParam { Priority = target.Scheduling.Priority }) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.sched_setattr, Missing = NoEffect)]
    public static SyscallResult SchedSetattr(Task task, int pid, UserPtr<SchedAttr> pointer, uint flags)
    {
        if (pointer.IsNull || pid < 0 || flags != 0)
        {
            return Errno.EINVAL;
        }

        Result<SchedAttr> read = ReadAttributes(task, pointer);
        if (read.Failed)
        {
            return read.Error;
        }

        SchedAttr attributes = read.Value;
        if ((int)attributes.Policy < 0)
        {
            return Errno.EINVAL;
        }

        if (Find(task, pid) is not { } target)
        {
            return Errno.ESRCH;
        }

        if ((attributes.Flags & ~(ulong)Sched.SCHED_FLAG_ALL) != 0)
        {
            return Errno.EINVAL;
        }

        SchedulingState old = target.Scheduling;
        if ((attributes.Flags & Sched.SCHED_FLAG_UTIL_CLAMP) != 0)
        {
            // As without CONFIG_UCLAMP_TASK.
            return Errno.EOPNOTSUPP;
        }

        bool keepsPolicy = (attributes.Flags & Sched.SCHED_FLAG_KEEP_POLICY) != 0;
        bool keepsParameters = (attributes.Flags & Sched.SCHED_FLAG_KEEP_PARAMS) != 0;
        return SchedulingRules.Set(task, target, old with
        {
            Policy = keepsPolicy ? old.Policy : (int)attributes.Policy,
            Priority = keepsParameters ? old.Priority : (int)Math.Min(attributes.Priority, int.MaxValue),
            Nice = keepsParameters ? old.Nice : Math.Clamp(attributes.Nice, Priority.PRIO_MIN, Priority.PRIO_MAX - 1),
            ResetOnFork = (attributes.Flags & Sched.SCHED_FLAG_RESET_ON_FORK) != 0,
            Attributes = attributes,
        });
    }

    /// <summary>sched_copy_attr(): a struct of another size is fine if what is beyond ours is zero; else E2BIG and our size in its place.</summary>
    private static Result<SchedAttr> ReadAttributes(Task task, UserPtr<SchedAttr> pointer)
    {
        var sizePointer = new UserPtr<uint>(pointer.Address);
        if (!sizePointer.TryRead(task, out uint size))
        {
            return Errno.EFAULT;
        }

        size = size == 0 ? Sched.SCHED_ATTR_SIZE_VER0 : size;
        int known = Marshalled.Size<SchedAttr>();
        bool isTooBig = size is < Sched.SCHED_ATTR_SIZE_VER0 or > SchedAttrMaximum;
        var bytes = new byte[Math.Max(known, isTooBig ? 0 : (int)size)];
        if (!isTooBig && !task.Mm.Read(pointer.Address, bytes.AsSpan(0, (int)size)))
        {
            return Errno.EFAULT;
        }

        if (isTooBig || bytes.AsSpan(known).ContainsAnyExcept((byte)0))
        {
            sizePointer.TryWrite(task, (uint)known);
            return Errno.E2BIG;
        }

        SchedAttr attributes = Marshalled.FromBytes<SchedAttr>(bytes);
        return (attributes.Flags & Sched.SCHED_FLAG_UTIL_CLAMP) != 0 && size < Sched.SCHED_ATTR_SIZE_VER1 ? Errno.EINVAL : attributes;
    }

    [Syscall(Nr.sched_getattr)]
    public static SyscallResult SchedGetattr(Task task, int pid, UserPtr<SchedAttr> pointer, uint size, uint flags)
    {
        if (pointer.IsNull || pid < 0 || size is > SchedAttrMaximum or < Sched.SCHED_ATTR_SIZE_VER0 || flags != 0)
        {
            return Errno.EINVAL;
        }

        if (Find(task, pid) is not { } target)
        {
            return Errno.ESRCH;
        }

        SchedulingState state = target.Scheduling;
        bool isDeadline = state.Policy == Sched.SCHED_DEADLINE;
        int known = Marshalled.Size<SchedAttr>();
        byte[] bytes = Marshalled.ToBytes(new SchedAttr
        {
            Size = Math.Min(size, (uint)known),
            Policy = (uint)state.Policy,
            Flags = state.ResetOnFork ? (ulong)Sched.SCHED_FLAG_RESET_ON_FORK : 0,
            Nice = SchedulingRules.IsFair(state.Policy) ? state.Nice : 0,
            Priority = SchedulingRules.IsRealTime(state.Policy) ? (uint)state.Priority : 0,
            Runtime = isDeadline ? state.Attributes.Runtime : 0,
            Deadline = isDeadline ? state.Attributes.Deadline : 0,
            Period = isDeadline ? state.Attributes.Period : 0,
            UtilMax = 1024,
        });
        return task.Mm.Write(pointer.Address, bytes.AsSpan(0, Math.Min(known, (int)size))) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.sched_rr_get_interval)]
    public static SyscallResult SchedRrGetInterval(Task task, int pid, UserPtr<TimeSpec> interval)
    {
        if (pid < 0)
        {
            return Errno.EINVAL;
        }

        if (Find(task, pid) is not { } target)
        {
            return Errno.ESRCH;
        }

        // FIFO threads have no slice; the base slice of others is 3 ms.
        long slice = target.Scheduling.Policy switch
        {
            Sched.SCHED_FIFO or Sched.SCHED_DEADLINE => 0,
            Sched.SCHED_RR => RoundRobinInterval,
            _ => 3_000_000,
        };
        return interval.TryWrite(task, new TimeSpec(0, slice)) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.sched_setaffinity, Missing = NoEffect)]
    public static SyscallResult SchedSetaffinity(Task task, int pid, uint length, UserPtr<byte> mask)
    {
        ulong[] words = AllCpus(task.Kernel);
        int size = words.Length * sizeof(ulong);
        var bytes = new byte[size];
        if (!task.Mm.Read(mask.Address, bytes.AsSpan(0, (int)Math.Min(length, (uint)size))))
        {
            return Errno.EFAULT;
        }

        if (Find(task, pid) is not { } target)
        {
            return Errno.ESRCH;
        }

        if (!SchedulingRules.IsSameOwner(task, target) && !task.IsCapable(Capability.CAP_SYS_NICE))
        {
            return Errno.EPERM;
        }

        bool isEmpty = true;
        for (int i = 0; i < words.Length; i++)
        {
            words[i] &= BitConverter.ToUInt64(bytes, i * sizeof(ulong));
            isEmpty &= words[i] == 0;
        }

        if (isEmpty)
        {
            return Errno.EINVAL;
        }

        target.Scheduling = target.Scheduling with { Affinity = words };
        return 0;
    }

    [Syscall(Nr.sched_getaffinity)]
    public static SyscallResult SchedGetaffinity(Task task, int pid, uint length, UserPtr<ulong> mask)
    {
        if ((ulong)length * 8 < (ulong)task.Kernel.Options.CpuCount || length % sizeof(ulong) != 0)
        {
            return Errno.EINVAL;
        }

        if (Find(task, pid) is not { } target)
        {
            return Errno.ESRCH;
        }

        ulong[] words = target.Scheduling.Affinity is { } set ? [.. set] : AllCpus(task.Kernel);
        int count = (int)Math.Min((uint)words.Length, length / sizeof(ulong));
        return mask.TryWriteArray(task, words.AsSpan(0, count)) ? count * sizeof(ulong) : Errno.EFAULT;
    }

    [Syscall(Nr.getcpu, Missing = "always CPU 0, node 0")]
    public static SyscallResult Getcpu(Task task, UserPtr<uint> cpu, UserPtr<uint> node, ulong unused) =>
        (cpu.IsNull || cpu.TryWrite(task, 0)) && (node.IsNull || node.TryWrite(task, 0)) ? 0 : Errno.EFAULT;

    private static ulong[] AllCpus(LinuxKernel kernel)
    {
        int count = Math.Max(1, kernel.Options.CpuCount);
        var words = new ulong[(count + 63) / 64];
        for (int i = 0; i < count; i++)
        {
            words[i / 64] |= 1UL << (i % 64);
        }

        return words;
    }

    private static Task? Find(Task task, int pid) => pid == 0 ? task : task.Pids.FindTask(pid);
}

using Carrel.Abi;
using Carrel.Kernel.Mm;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>What a process has used (the accounting part of signal_struct).</summary>
public sealed partial class ThreadGroup
{
    private AddressSpace? _space;
    private long _spaceUser, _spaceSystem;
    private long _pastUser, _pastSystem;

    /// <summary>Page faults served without and with reading a file.</summary>
    public long MinorFaults { get; internal set; }

    public long MajorFaults { get; internal set; }

    /// <summary>System calls that had to wait (ru_nvcsw).</summary>
    public long VoluntarySwitches { get; internal set; }

    /// <summary>What reaped children had used, theirs included.</summary>
    public UsedResources ChildrenUsed { get; } = new();

    /// <summary>Largest resident set so far, bytes.</summary>
    public long MaxResident { get; internal set; }

    /// <summary>User and system time, nanoseconds. A process that shares its parent's address space (vfork) is not told apart from it and counts nothing.</summary>
    public (long User, long System) CpuTime
    {
        get
        {
            if (_space is null)
            {
                return (_pastUser, _pastSystem);
            }

            (long user, long system) = _space.CpuTime;
            return (_pastUser + user - _spaceUser, _pastSystem + system - _spaceSystem);
        }
    }

    /// <summary>Takes the present resident set into <see cref="MaxResident"/>.</summary>
    internal void NoteResident(Task task) => MaxResident = System.Math.Max(MaxResident, ResidentBytes(task));

    /// <summary>Frames in use. Small pieces count in full: asking the host about each would be felt in every short-lived process.</summary>
    private static long ResidentBytes(Task task)
    {
        const long Small = 16;
        long pages = 0;
        foreach (Vma vma in task.Mm.Vmas.All())
        {
            if (vma.Backing == VmaBacking.Frames)
            {
                pages += vma.Pages <= Small ? vma.Pages : task.Kernel.Frames.CountResident(vma.Frame, vma.Pages);
            }
        }

        return pages * FrameStore.PageSize;
    }

    /// <summary>From now on this process's time is that of the space.</summary>
    internal void CountTimeOf(AddressSpace? space)
    {
        (_pastUser, _pastSystem) = CpuTime;
        _space = space;
        (_spaceUser, _spaceSystem) = space?.CpuTime ?? (0, 0);
    }
}

/// <summary>Sums of resources for RUSAGE_CHILDREN.</summary>
public sealed class UsedResources
{
    public long User { get; private set; }

    public long System { get; private set; }

    public long MinorFaults { get; private set; }

    public long MajorFaults { get; private set; }

    public long MaxResident { get; private set; }

    public long VoluntarySwitches { get; private set; }

    /// <summary>wait_task_zombie(): a child and what it had reaped itself.</summary>
    internal void Add(ThreadGroup child)
    {
        (long user, long system) = child.CpuTime;
        User += user + child.ChildrenUsed.User;
        System += system + child.ChildrenUsed.System;
        MinorFaults += child.MinorFaults + child.ChildrenUsed.MinorFaults;
        MajorFaults += child.MajorFaults + child.ChildrenUsed.MajorFaults;
        VoluntarySwitches += child.VoluntarySwitches + child.ChildrenUsed.VoluntarySwitches;
        MaxResident = global::System.Math.Max(MaxResident, global::System.Math.Max(child.MaxResident, child.ChildrenUsed.MaxResident));
    }
}

/// <summary>Conversions for rusage.</summary>
internal static class UsageFormat
{
    public static TimeVal ToTimeVal(long nanoseconds) => new(nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000 / 1000);

    private static RusageBuf Of(long user, long system, long minorFaults, long majorFaults, long maxResident, long switches) => new()
    {
        Utime = ToTimeVal(user),
        Stime = ToTimeVal(system),
        Minflt = minorFaults,
        Majflt = majorFaults,
        Maxrss = maxResident / 1024,
        Nvcsw = switches,
    };

    /// <summary>RUSAGE_SELF.</summary>
    public static RusageBuf Own(ThreadGroup group)
    {
        (long user, long system) = group.CpuTime;
        return Of(user, system, group.MinorFaults, group.MajorFaults, group.MaxResident, group.VoluntarySwitches);
    }

    /// <summary>RUSAGE_CHILDREN.</summary>
    public static RusageBuf Children(ThreadGroup group) => Of(group.ChildrenUsed);

    /// <summary>RUSAGE_BOTH: what wait4 tells of a child.</summary>
    public static RusageBuf Both(ThreadGroup group)
    {
        var sum = new UsedResources();
        sum.Add(group);
        return Of(sum);
    }

    private static RusageBuf Of(UsedResources used) =>
        Of(used.User, used.System, used.MinorFaults, used.MajorFaults, used.MaxResident, used.VoluntarySwitches);
}

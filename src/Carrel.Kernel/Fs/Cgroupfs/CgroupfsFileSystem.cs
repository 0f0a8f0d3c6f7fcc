using System;
using System.Globalization;
using System.Linq;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Cgroupfs;

/// <summary>
/// cgroup2 as a process sees it in a cgroup namespace of its own: one group, that of the carrel, read-only. Programs read here how much memory and processor
/// time they have. The limits are those that the host enforces; what the carrel's kernel needs counts as used, as kernel memory does on Linux.
/// </summary>
public sealed class CgroupfsFileSystem : PseudoTree
{
    private const long DefaultPeriod = 100_000;
    private const long DefaultWeight = 100;
    private const int PageSize = Machine.FrameStore.PageSize;

    private readonly FixedDirectory _root;
    private (long User, long System) _shownTime;

    public CgroupfsFileSystem(LinuxKernel kernel)
        : base(kernel)
    {
        IsReadOnly = true;
        _root = new FixedDirectory(this, 0x16d);
        AddCore(_root);
        AddMemory(_root);
        AddCpu(_root);
        _root.AddText("pids.max", _ => Limits.HasPidsLimit ? Line(Kernel.Options.PidsLimit) : "max\n");
        _root.AddText("pids.current", _ => Line(Kernel.Pids.TaskCount));
        _root.AddText("pids.events", _ => "max 0\n");
    }

    public override string TypeName => "cgroup2";

    public override long Magic => SuperMagic.CGROUP2_SUPER_MAGIC;

    public override Inode Root => _root;

    public override string Source { get; set; } = "cgroup";

    private CgroupLimits Limits => Kernel.Options.Cgroup;

    /// <summary>What the carrel's kernel has been left of the limit.</summary>
    private long KernelBytes => Limits.Memory > 0 ? Math.Max(0, Limits.Memory - (Kernel.Frames.LimitPages * PageSize)) : 0;

    private void AddCore(FixedDirectory root)
    {
        root.AddText("cgroup.controllers", _ => "cpu memory pids\n");
        root.AddText("cgroup.subtree_control", _ => "\n");
        root.AddText("cgroup.type", _ => "domain\n");
        root.AddText("cgroup.events", _ => "populated 1\nfrozen 0\n");
        root.AddText("cgroup.stat", _ => "nr_descendants 0\nnr_dying_descendants 0\n");
        root.AddText("cgroup.max.depth", _ => "max\n");
        root.AddText("cgroup.max.descendants", _ => "max\n");
        root.AddText("cgroup.freeze", _ => "0\n");
        root.AddText("cgroup.procs", reader => Numbers(Kernel.Pids.Groups.Where(group => !group.IsZombie).Select(group => group.PidEntry.NumberIn(reader.Pids))));
        root.AddText("cgroup.threads", reader => Numbers(
            Kernel.Pids.Groups.SelectMany(group => group.Tasks).Where(task => !task.IsExiting).Select(task => task.PidEntry.NumberIn(reader.Pids))));
    }

    private void AddMemory(FixedDirectory root)
    {
        root.AddText("memory.max", _ => Limits.Memory > 0 ? Line(Limits.Memory & -PageSize) : "max\n");
        root.AddText("memory.current", _ => Line(KernelBytes + (Kernel.Frames.UsedPages * PageSize)));
        root.AddText("memory.high", _ => "max\n");
        root.AddText("memory.low", _ => "0\n");
        root.AddText("memory.min", _ => "0\n");
        root.AddText("memory.oom.group", _ => "0\n");
        root.AddText("memory.swap.max", _ => "0\n");
        root.AddText("memory.swap.current", _ => "0\n");
        root.AddText("memory.events", _ => MemoryEvents());
        root.AddText("memory.events.local", _ => MemoryEvents());
        root.AddText("memory.stat", _ => MemoryStat());
    }

    private void AddCpu(FixedDirectory root)
    {
        root.AddText("cpu.max", _ => string.Create(CultureInfo.InvariantCulture,
            $"{(Limits.CpuQuota > 0 ? Limits.CpuQuota.ToString(CultureInfo.InvariantCulture) : "max")} {(Limits.CpuPeriod > 0 ? Limits.CpuPeriod : DefaultPeriod)}\n"));
        root.AddText("cpu.max.burst", _ => "0\n");
        root.AddText("cpu.weight", _ => Line(Limits.CpuWeight > 0 ? Limits.CpuWeight : DefaultWeight));
        root.AddText("cpu.weight.nice", _ => "0\n");
        root.AddText("cpu.idle", _ => "0\n");
        root.AddText("cpu.stat", _ => CpuStat());
    }

    private string MemoryEvents() => string.Create(CultureInfo.InvariantCulture,
        $"low 0\nhigh 0\nmax {Kernel.OomKiller.Shortages}\noom {Kernel.OomKiller.Shortages}\noom_kill {Kernel.OomKiller.Kills}\noom_group_kill 0\n");

    // Guest memory is not told apart: which of its frames hold files, only their owners know.
    private string MemoryStat() => string.Create(CultureInfo.InvariantCulture,
        $"anon {Kernel.Frames.UsedPages * PageSize}\nfile 0\nkernel {KernelBytes}\nshmem 0\nfile_mapped 0\nfile_dirty 0\ninactive_file 0\nactive_file 0\nunevictable 0\n");

    // Processes that nobody inside waits for take their time with them; the sum must not go back for it.
    private string CpuStat()
    {
        (long user, long system) = (0, 0);
        foreach (ThreadGroup group in Kernel.Pids.Groups)
        {
            (long ownUser, long ownSystem) = group.CpuTime;
            user += ownUser + group.ChildrenUsed.User;
            system += ownSystem + group.ChildrenUsed.System;
        }

        _shownTime = (Math.Max(_shownTime.User, user), Math.Max(_shownTime.System, system));
        (user, system) = (_shownTime.User / 1000, _shownTime.System / 1000);
        return string.Create(CultureInfo.InvariantCulture,
            $"usage_usec {user + system}\nuser_usec {user}\nsystem_usec {system}\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\nnr_bursts 0\nburst_usec 0\n");
    }

    private static string Line(long number) => string.Create(CultureInfo.InvariantCulture, $"{number}\n");

    private static string Numbers(System.Collections.Generic.IEnumerable<int> numbers)
    {
        var text = new StringBuilder();
        foreach (int number in numbers.Order())
        {
            text.Append(CultureInfo.InvariantCulture, $"{number}\n");
        }

        return text.ToString();
    }
}

using System.Globalization;
using System.Text;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>The files of /proc that tell about the system as a whole.</summary>
internal static class GlobalFiles
{
    public static void Add(FixedDirectory root)
    {
        root.AddText("meminfo", MemInfo);
        string cpuInfo = "";
        root.AddText("cpuinfo", task => cpuInfo.Length > 0 ? cpuInfo : cpuInfo = CpuInfo.Write(task.Kernel.Options.CpuCount));
        root.AddText("uptime", Uptime);
        root.AddText("loadavg", LoadAverage);
        root.AddText("stat", Stat);
        root.AddText("version", static task => Invariant(task, $"Linux version {task.Kernel.Options.Release} (carrel@carrel) {Syscalls.UtsSyscalls.Version}\n"));
        root.AddText("cmdline", static _ => "\n");
        root.AddText("filesystems", FileSystems);
        root.AddText("devices", static _ => "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n 10 misc\n136 pts\n\nBlock devices:\n");
        root.AddText("swaps", static _ => "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
        root.AddText("partitions", static _ => "major minor  #blocks  name\n\n");
        root.AddText("diskstats", static _ => "");
        root.AddText("modules", static _ => "");
        root.AddText("misc", static _ => "");
        root.AddText("interrupts", static _ => "            CPU0       \n");
        root.AddText("softirqs", static _ => "                    CPU0       \n");
        root.AddText("locks", static _ => "");
        root.AddText("vmstat", VmStat);
        root.AddText("zoneinfo", static _ => "");
        root.AddText("buddyinfo", static _ => "");
        root.AddText("cgroups", static _ =>
            "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t0\t1\t1\ncpu\t0\t1\t1\ncpuacct\t0\t1\t1\nmemory\t0\t1\t1\npids\t0\t1\t1\n");
        root.AddText("execdomains", static _ => "0-0\tLinux           \t[kernel]\n");
        root.AddText("key-users", static _ => "");
        root.AddText("keys", static _ => "");
        root.AddText("crypto", static _ => "");
        root.AddLink("mounts", static _ => "self/mounts");
        root.AddLink("net", static _ => "self/net");
        root.AddDirectory("bus");
        root.AddDirectory("driver");
        root.AddDirectory("irq");
        root.AddDirectory("tty").AddText("drivers", static _ => "pty_slave            /dev/pts      136 0-1048575 pty:slave\npty_master           /dev/ptm      128 0-1048575 pty:master\n");
        FixedDirectory pressure = root.AddDirectory("pressure");
        foreach (string name in (string[])["cpu", "io", "memory"])
        {
            pressure.AddText(name, static _ => "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
        }
    }

    private static string Invariant(Task task, System.FormattableString text)
    {
        _ = task;
        return text.ToString(CultureInfo.InvariantCulture);
    }

    private static string MemInfo(Task task)
    {
        long total = task.Kernel.Frames.LimitPages * 4;
        long used = task.Kernel.Frames.UsedPages * 4;
        long free = System.Math.Max(0, total - used);
        var text = new StringBuilder();
        (string Name, long Kb)[] rows =
        [
            ("MemTotal", total), ("MemFree", free), ("MemAvailable", free), ("Buffers", 0), ("Cached", 0), ("SwapCached", 0), ("Active", used), ("Inactive", 0),
            ("Active(anon)", used), ("Inactive(anon)", 0), ("Active(file)", 0), ("Inactive(file)", 0), ("Unevictable", 0), ("Mlocked", 0), ("SwapTotal", 0),
            ("SwapFree", 0), ("Dirty", 0), ("Writeback", 0), ("AnonPages", used), ("Mapped", 0), ("Shmem", 0), ("KReclaimable", 0), ("Slab", 0), ("SReclaimable", 0),
            ("SUnreclaim", 0), ("KernelStack", 0), ("PageTables", 0), ("NFS_Unstable", 0), ("Bounce", 0), ("WritebackTmp", 0), ("CommitLimit", total / 2), ("Committed_AS", used),
            ("VmallocTotal", 34359738367), ("VmallocUsed", 0), ("VmallocChunk", 0), ("Percpu", 0),
        ];
        foreach ((string name, long kb) in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name + ":",-15}{kb,9} kB\n");
        }

        text.Append("HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:        0\nHugepagesize:       2048 kB\nHugetlb:               0 kB\n");
        return text.ToString();
    }

    private static string Uptime(Task task)
    {
        // Cut off, not rounded: a clock read later is never behind.
        long hundredths = task.Kernel.Clock.Boottime / 10_000_000;
        long idle = hundredths * task.Kernel.Options.CpuCount;
        return string.Create(CultureInfo.InvariantCulture, $"{hundredths / 100}.{hundredths % 100:d2} {idle / 100}.{idle % 100:d2}\n");
    }

    private static string LoadAverage(Task task)
    {
        int running = 0, all = 0;
        foreach (ThreadGroup group in task.Kernel.Pids.Groups)
        {
            foreach (Task each in group.Tasks)
            {
                all++;
                running += each.State == TaskState.Running ? 1 : 0;
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"0.00 0.00 0.00 {running}/{all} {task.Pids.Last}\n");
    }

    private static string Stat(Task task)
    {
        LinuxKernel kernel = task.Kernel;
        long user = 0, system = 0;
        int running = 0;
        foreach (ThreadGroup group in kernel.Pids.Groups)
        {
            (long u, long s) = group.CpuTime;
            user += u / ProcStat.TickNanoseconds;
            system += s / ProcStat.TickNanoseconds;
            running += group.Tasks.Exists(static t => t.State == TaskState.Running) ? 1 : 0;
        }

        int cpus = kernel.Options.CpuCount;
        long up = kernel.Clock.Boottime / ProcStat.TickNanoseconds;
        long idle = System.Math.Max(0, (up * cpus) - user - system);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"cpu  {user} 0 {system} {idle} 0 0 0 0 0 0\n");
        for (int i = 0; i < cpus; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"cpu{i} {user / cpus} 0 {system / cpus} {idle / cpus} 0 0 0 0 0 0\n");
        }

        long boot = (kernel.Clock.Realtime - kernel.Clock.Boottime) / KernelClock.NanosecondsPerSecond;
        text.Append(CultureInfo.InvariantCulture, $"intr 0\nctxt 0\nbtime {boot}\nprocesses {kernel.Pids.Last}\nprocs_running {running}\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n");
        return text.ToString();
    }

    private static string VmStat(Task task) => string.Create(CultureInfo.InvariantCulture,
        $"nr_free_pages {task.Kernel.Frames.LimitPages - task.Kernel.Frames.UsedPages}\nnr_anon_pages {task.Kernel.Frames.UsedPages}\npgfault 0\npgmajfault 0\npswpin 0\npswpout 0\npgpgin 0\npgpgout 0\n");

    private static string FileSystems(Task task)
    {
        var text = new StringBuilder();
        foreach (FileSystemType type in task.Kernel.FileSystemTypes.All)
        {
            text.Append("nodev\t").Append(type.Name).Append('\n');
        }

        return text.ToString();
    }
}

using System;
using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Mm;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/PID/status (fs/proc/array.c).</summary>
internal static class ProcStatus
{
    public static string Write(Task task, PidTable pids)
    {
        ThreadGroup group = task.Group;
        Credentials c = task.Credentials;
        var text = new StringBuilder(1024);
        text.Append("Name:\t");
        AppendEscaped(text, task.Name);
        Line(text, $"\nUmask:\t{(group.IsZombie ? "0000" : "0" + System.Convert.ToString(task.Fs.Umask, 8).PadLeft(3, '0'))}\n");
        Line(text, $"State:\t{ProcStat.StateName(task)}\n");
        Line(text, $"Tgid:\t{group.PidEntry.NumberIn(pids)}\nNgid:\t0\nPid:\t{task.PidEntry.NumberIn(pids)}\nPPid:\t{group.ParentPidIn(pids)}\nTracerPid:\t{task.TracerGroup?.PidEntry.NumberIn(pids) ?? 0}\n");
        UserNamespace viewer = task.Kernel.Current?.Credentials.User ?? UserNamespace.Initial;
        (IdMap uids, IdMap gids) = (viewer.Uids, viewer.Gids);
        Line(text, $"Uid:\t{uids.Show(c.Uid)}\t{uids.Show(c.Euid)}\t{uids.Show(c.Suid)}\t{uids.Show(c.Fsuid)}\n");
        Line(text, $"Gid:\t{gids.Show(c.Gid)}\t{gids.Show(c.Egid)}\t{gids.Show(c.Sgid)}\t{gids.Show(c.Fsgid)}\n");
        Line(text, $"FDSize:\t{(group.IsZombie ? 0 : task.Files.Capacity)}\nGroups:\t");
        foreach (uint id in c.Groups)
        {
            Line(text, $"{gids.Show(id)} ");
        }

        Line(text, $"\nNStgid:{From(group.PidEntry, pids)}\nNSpid:{From(task.PidEntry, pids)}\nNSpgid:{From(group.ProcessGroup.PidEntry, pids)}\nNSsid:{From(group.Session.PidEntry, pids)}\nKthread:\t0\n");
        if (!group.IsZombie)
        {
            AppendMemory(text, task);
        }

        Line(text, $"Threads:\t{group.Tasks.Count}\nSigQ:\t0/{group.Limits.Soft(Rlimit.RLIMIT_SIGPENDING)}\n");
        (ulong ignored, ulong caught) = Actions(group);
        Line(text, $"SigPnd:\t{task.Signals.Pending.Set:x16}\nShdPnd:\t{group.SharedPending.Set:x16}\nSigBlk:\t{task.Signals.Blocked:x16}\nSigIgn:\t{ignored:x16}\nSigCgt:\t{caught:x16}\n");
        Line(text, $"CapInh:\t{c.Inheritable:x16}\nCapPrm:\t{c.Permitted:x16}\nCapEff:\t{c.Effective:x16}\nCapBnd:\t{c.Bounding:x16}\nCapAmb:\t{c.Ambient:x16}\n");
        Line(text, $"NoNewPrivs:\t{(task.NoNewPrivileges ? 1 : 0)}\nSeccomp:\t{task.SeccompMode}\nSeccomp_filters:\t{task.SeccompFilter?.Count ?? 0}\n");
        text.Append("Speculation_Store_Bypass:\tnot vulnerable\nSpeculationIndirectBranch:\tunknown\n");
        int cpus = task.Kernel.Options.CpuCount;
        Line(text, $"Cpus_allowed:\t{(1UL << System.Math.Min(cpus, 63)) - 1:x}\nCpus_allowed_list:\t{(cpus == 1 ? "0" : Invariant($"0-{cpus - 1}"))}\n");
        text.Append("Mems_allowed:\t1\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n");
        return text.ToString();
    }

    // The numbers in this namespace and those below it.
    private static string From(PidEntry entry, PidTable pids)
    {
        var text = new StringBuilder();
        foreach ((PidTable table, int number) in entry.Numbers)
        {
            if (table.Level >= pids.Level)
            {
                text.Append(CultureInfo.InvariantCulture, $"\t{number}");
            }
        }

        return text.ToString();
    }

    /// <summary>Ignored and caught signals, bit N-1 for signal N.</summary>
    public static (ulong Ignored, ulong Caught) Actions(ThreadGroup group)
    {
        ulong ignored = 0, caught = 0;
        for (int signal = 1; signal <= Signal.NSIG; signal++)
        {
            ulong handler = group.Actions[signal].Handler;
            if (handler == Signal.SIG_IGN)
            {
                ignored |= 1UL << (signal - 1);
            }
            else if (handler != Signal.SIG_DFL)
            {
                caught |= 1UL << (signal - 1);
            }
        }

        return (ignored, caught);
    }

    private static void AppendMemory(StringBuilder text, Task task)
    {
        MemorySizes sizes = MemorySizes.Of(task.Mm);
        Line(text, $"VmPeak:\t{sizes.PeakTotal,8} kB\nVmSize:\t{sizes.Total,8} kB\nVmLck:\t{sizes.Locked,8} kB\nVmPin:\t{0,8} kB\n");
        Line(text, $"VmHWM:\t{sizes.Resident,8} kB\nVmRSS:\t{sizes.Resident,8} kB\nRssAnon:\t{sizes.Resident,8} kB\nRssFile:\t{0,8} kB\nRssShmem:\t{0,8} kB\n");
        Line(text, $"VmData:\t{sizes.Data,8} kB\nVmStk:\t{sizes.Stack,8} kB\nVmExe:\t{sizes.Text,8} kB\nVmLib:\t{0,8} kB\nVmPTE:\t{64,8} kB\nVmSwap:\t{0,8} kB\n");
        text.Append("HugetlbPages:\t       0 kB\nCoreDumping:\t0\nTHP_enabled:\t0\nuntag_mask:\t0xffffffffffffffff\n");
    }

    private static void AppendEscaped(StringBuilder text, string name) =>
        text.Append(name.Replace("\\", "\\\\", System.StringComparison.Ordinal).Replace("\n", "\\n", System.StringComparison.Ordinal));

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Sizes of an address space in KiB, for status, statm and stat.</summary>
internal readonly record struct MemorySizes(long Total, long PeakTotal, long Resident, long Locked, long Data, long Stack, long Text)
{
    private const long PageKb = 4;

    public static MemorySizes Of(MemoryManager mm)
    {
        long stack = 0, text = 0;
        foreach (VmaRange range in mm.MergedVmas())
        {
            long kb = (long)(range.End - range.Start) / 1024;
            if ((range.First.Flags & VmaFlags.Stack) != 0)
            {
                stack += kb;
            }

            if ((range.First.Prot & Prot.PROT_EXEC) != 0)
            {
                text += kb;
            }
        }

        return new MemorySizes(mm.TotalPages * PageKb, mm.PeakTotalPages * PageKb, mm.ResidentPages * PageKb, mm.LockedPages * PageKb, mm.DataPages * PageKb, stack, text);
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>What both versions of cpuset share: the list format and the file names.</summary>
internal static class CpusetSettings
{
    public static void Apply(Cgroup group, OciCpu cpu)
    {
        Set(group, "linux.resources.cpu.cpus", "cpuset.cpus", cpu.Cpus);
        Set(group, "linux.resources.cpu.mems", "cpuset.mems", cpu.Mems);
    }

    public static void ReadStats(Cgroup group, CpusetStats stats, bool isUnified)
    {
        stats.Cpus = Parse(group.TryRead(isUnified ? "cpuset.cpus.effective" : "cpuset.cpus"));
        stats.Mems = Parse(group.TryRead(isUnified ? "cpuset.mems.effective" : "cpuset.mems"));
        stats.CpuExclusive = group.TryReadNumber("cpuset.cpu_exclusive") ?? 0;
        stats.MemHardwall = group.TryReadNumber("cpuset.mem_hardwall") ?? 0;
        stats.MemExclusive = group.TryReadNumber("cpuset.mem_exclusive") ?? 0;
        stats.MemoryMigrate = group.TryReadNumber("cpuset.memory_migrate") ?? 0;
        stats.MemorySpreadPage = group.TryReadNumber("cpuset.memory_spread_page") ?? 0;
        stats.MemorySpreadSlab = group.TryReadNumber("cpuset.memory_spread_slab") ?? 0;
        stats.MemoryPressure = group.TryReadNumber("cpuset.memory_pressure") ?? 0;
        stats.SchedLoadBalance = group.TryReadNumber("cpuset.sched_load_balance") ?? 0;
        stats.SchedRelaxDomainLevel = long.TryParse(group.TryRead("cpuset.sched_relax_domain_level"), CultureInfo.InvariantCulture, out long level) ? level : 0;
    }

    /// <summary>cpuset(7), "List format": "0-3,7". Null if it is none.</summary>
    public static List<ushort>? Parse(string? text)
    {
        var numbers = new List<ushort>();
        foreach (string part in (text ?? "").Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2 || !ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
                || !ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last))
            {
                return null;
            }

            for (int number = first; number <= last; number++)
            {
                numbers.Add((ushort)number);
            }
        }

        return numbers.Count == 0 ? null : numbers;
    }

    private static void Set(Cgroup group, string field, string file, string? list)
    {
        if (string.IsNullOrEmpty(list))
        {
            return;
        }

        if (Parse(list) is null)
        {
            throw new RuntimeException($"{field}: \"{list}\" is not a list such as 0-3,7");
        }

        group.Set(field, file, list.Trim());
    }
}

using System;
using System.Globalization;
using System.Linq;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v1 cpuacct controller: figures only.</summary>
internal sealed class CpuacctV1 : CgroupController
{
    private const ulong NanosecondsPerTick = 1_000_000_000 / 100; // USER_HZ is 100 on every Linux

    public override string Name => "cpuacct";

    public override void Apply(Cgroup group, OciResources resources)
    {
    }

    public override void ReadStats(Cgroup group, CgroupStats stats)
    {
        FlatKeyed ticks = FlatKeyed.Parse(group.TryRead("cpuacct.stat"));
        CpuUsageStats usage = stats.Cpu.Usage;
        usage.Total = group.TryReadNumber("cpuacct.usage") ?? 0;
        usage.Percpu = Numbers(group.TryRead("cpuacct.usage_percpu"));
        usage.PercpuKernel = Numbers(group.TryRead("cpuacct.usage_percpu_sys"));
        usage.PercpuUser = Numbers(group.TryRead("cpuacct.usage_percpu_user"));
        usage.User = ticks["user"] * NanosecondsPerTick;
        usage.Kernel = ticks["system"] * NanosecondsPerTick;
    }

    private static ulong[]? Numbers(string? text) =>
        text?.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(word => ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : 0).ToArray() is { Length: > 0 } numbers ? numbers : null;
}

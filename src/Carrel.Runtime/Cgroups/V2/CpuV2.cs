using System;
using System.Globalization;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v2 cpu controller, cgroup-v2.rst "CPU".</summary>
internal sealed class CpuV2 : CgroupController
{
    private const string Field = "linux.resources.cpu.";
    private const ulong NanosecondsPerMicrosecond = 1000;
    private const ulong DefaultPeriod = 100_000; // microseconds

    public override string Name => "cpu";

    public override void Apply(Cgroup group, OciResources resources)
    {
        if (resources.Cpu is not { } cpu)
        {
            return;
        }

        if (cpu.RealtimeRuntime is not (null or 0) || cpu.RealtimePeriod is not (null or 0))
        {
            throw new RuntimeException($"{Field}{(cpu.RealtimeRuntime is not (null or 0) ? "realtimeRuntime" : "realtimePeriod")}: cgroup v2 has no such setting");
        }

        // An idle group's weight is fixed, so idle comes first.
        if (cpu.Idle is { } idle)
        {
            group.Set(Field + "idle", "cpu.idle", idle);
        }

        if (cpu.Shares is { } shares and not 0 && cpu.Idle != 1)
        {
            group.Set(Field + "shares", "cpu.weight", WeightOf(shares));
        }

        ApplyBandwidth(group, cpu);
    }

    public override void ReadStats(Cgroup group, CgroupStats stats)
    {
        FlatKeyed keyed = FlatKeyed.Parse(group.TryRead("cpu.stat"));
        stats.Cpu.Usage.Total = keyed["usage_usec"] * NanosecondsPerMicrosecond;
        stats.Cpu.Usage.User = keyed["user_usec"] * NanosecondsPerMicrosecond;
        stats.Cpu.Usage.Kernel = keyed["system_usec"] * NanosecondsPerMicrosecond;
        stats.Cpu.Throttling = new ThrottlingStats
        {
            Periods = keyed["nr_periods"], ThrottledPeriods = keyed["nr_throttled"], ThrottledTime = keyed["throttled_usec"] * NanosecondsPerMicrosecond,
        };
        stats.Cpu.Pressure = PressureFile.Read(group, "cpu.pressure");
    }

    /// <summary>
    /// v1 shares (2 to 262144, usually 1024) as a v2 weight (1 to 10000, usually 100): the quadratic in log2 through these three points that runc and crun
    /// have used since 2025. The older straight line made the usual 1024 a mere 39.
    /// </summary>
    internal static ulong WeightOf(ulong shares)
    {
        if (shares <= 2)
        {
            return 1;
        }

        if (shares >= 262144)
        {
            return 10000;
        }

        double log = Math.Log2(shares);
        return (ulong)Math.Ceiling(Math.Pow(10, (((log * log) + (125 * log)) / 612.0) - (7.0 / 34.0)));
    }

    // cpu.max is "quota period"; the one that is not given stays. The burst may not exceed the quota: raised after it, lowered before it.
    private static void ApplyBandwidth(Cgroup group, OciCpu cpu)
    {
        string[] now = (group.TryRead("cpu.max") ?? "").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        bool burstFirst = cpu.Burst is { } burst && burst < (group.TryReadNumber("cpu.max.burst") ?? 0);
        if (burstFirst)
        {
            group.Set(Field + "burst", "cpu.max.burst", cpu.Burst!.Value);
        }

        if (cpu.Quota is not (null or 0) || cpu.Period is not (null or 0))
        {
            string quota = cpu.Quota is null or 0 ? (now.Length > 0 ? now[0] : "max") : cpu.Quota < 0 ? "max" : cpu.Quota.Value.ToString(CultureInfo.InvariantCulture);
            string period = cpu.Period is null or 0 ? (now.Length > 1 ? now[1] : DefaultPeriod.ToString(CultureInfo.InvariantCulture)) : cpu.Period.Value.ToString(CultureInfo.InvariantCulture);
            group.Set(Field + (cpu.Quota is null or 0 ? "period" : "quota"), "cpu.max", $"{quota} {period}");
        }

        if (cpu.Burst is not null && !burstFirst)
        {
            group.Set(Field + "burst", "cpu.max.burst", cpu.Burst.Value);
        }
    }
}

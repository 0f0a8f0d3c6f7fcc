using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v1 cpu controller, Documentation/scheduler/sched-bwc.rst and sched-rt-group.rst.</summary>
internal sealed class CpuV1 : CgroupController
{
    public override string Name => "cpu";

    public override void Apply(Cgroup group, OciResources resources)
    {
        if (resources.Cpu is not { } cpu)
        {
            return;
        }

        // An idle group's shares are fixed, so idle comes first.
        if (cpu.Idle is { } idle)
        {
            group.Set("linux.resources.cpu.idle", "cpu.idle", idle);
        }

        ApplyShares(group, cpu);
        ApplyPair(group, "period", "cpu.cfs_period_us", Number(cpu.Period), "quota", "cpu.cfs_quota_us", cpu.Quota is 0 ? null : cpu.Quota, cpu.Burst);
        ApplyPair(group, "realtimePeriod", "cpu.rt_period_us", Number(cpu.RealtimePeriod), "realtimeRuntime", "cpu.rt_runtime_us", cpu.RealtimeRuntime is 0 ? null : cpu.RealtimeRuntime, null);
    }

    public override void ReadStats(Cgroup group, CgroupStats stats)
    {
        FlatKeyed keyed = FlatKeyed.Parse(group.TryRead("cpu.stat"));
        stats.Cpu.Throttling = new ThrottlingStats { Periods = keyed["nr_periods"], ThrottledPeriods = keyed["nr_throttled"], ThrottledTime = keyed["throttled_time"] };
    }

    // The kernel clamps shares in silence; a value that was not taken is an error.
    private static void ApplyShares(Cgroup group, OciCpu cpu)
    {
        if (cpu.Shares is null or 0 || cpu.Idle == 1)
        {
            return;
        }

        const string Field = "linux.resources.cpu.shares";
        group.Set(Field, "cpu.shares", cpu.Shares.Value);
        ulong taken = group.TryReadNumber("cpu.shares") ?? cpu.Shares.Value;
        if (taken != cpu.Shares.Value)
        {
            throw new RuntimeException($"{Field}: {cpu.Shares} is not possible, the {(cpu.Shares > taken ? "most" : "least")} is {taken}");
        }
    }

    // A parent's share of time bounds quota/period, so either order of the two writes may be refused half-way. The period is tried first, and if that is
    // refused again after the quota. The burst may not exceed the quota: likewise.
    private static void ApplyPair(Cgroup group, string periodName, string periodFile, long? period, string quotaName, string quotaFile, long? quota, ulong? burst)
    {
        const string Cpu = "linux.resources.cpu.";
        bool periodIsDue = period is not null && !TrySetEarly(group, Cpu + periodName, periodFile, period.Value, mayWait: quota is not null);
        bool burstIsDue = burst is not null && !TrySetEarly(group, Cpu + "burst", "cpu.cfs_burst_us", (long)burst.Value, mayWait: quota is not null);
        if (quota is not null)
        {
            group.Set(Cpu + quotaName, quotaFile, quota.Value);
        }

        if (periodIsDue)
        {
            group.Set(Cpu + periodName, periodFile, period!.Value);
        }

        if (burstIsDue)
        {
            group.Set(Cpu + "burst", "cpu.cfs_burst_us", burst!.Value);
        }
    }

    private static bool TrySetEarly(Cgroup group, string field, string file, long value, bool mayWait)
    {
        Errno error = group.TryWrite(file, value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return error == Errno.OK || (mayWait && error == Errno.EINVAL ? false : throw group.Failure(field, file, value.ToString(System.Globalization.CultureInfo.InvariantCulture), error));
    }

    private static long? Number(ulong? value) => value is null or 0 ? null : (long)value.Value;
}

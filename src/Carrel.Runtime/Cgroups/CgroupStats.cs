using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Carrel.Runtime;

/// <summary>The figures of a container, in the shape in which `runc events --stats` prints its "data". Times in nanoseconds, sizes in bytes.</summary>
public sealed class CgroupStats
{
    [JsonPropertyName("cpu")]
    public CpuStats Cpu { get; } = new();

    [JsonPropertyName("cpuset")]
    public CpusetStats CpuSet { get; } = new();

    [JsonPropertyName("memory")]
    public MemoryStats Memory { get; } = new();

    [JsonPropertyName("pids")]
    public PidsStats Pids { get; set; } = new();

    [JsonPropertyName("blkio")]
    public BlkioStats Blkio { get; } = new();

    /// <summary>By page size, "2MB".</summary>
    [JsonPropertyName("hugetlb")]
    public Dictionary<string, HugetlbStats> Hugetlb { get; } = [];

    /// <summary>Always empty: Intel RDT is refused.</summary>
    [JsonPropertyName("intel_rdt")]
    public Dictionary<string, ulong> IntelRdt { get; } = [];

    /// <summary>Always null, as of runc for a network namespace that it did not configure.</summary>
    [JsonPropertyName("network_interfaces")]
    public List<string>? NetworkInterfaces { get; }
}

public sealed class CpuStats
{
    [JsonPropertyName("usage")]
    public CpuUsageStats Usage { get; } = new();

    [JsonPropertyName("throttling")]
    public ThrottlingStats Throttling { get; set; } = new();

    [JsonPropertyName("psi"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PressureStats? Pressure { get; set; }
}

public sealed class CpuUsageStats
{
    [JsonPropertyName("total"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Total { get; set; }

    [JsonPropertyName("percpu"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong[]? Percpu { get; set; }

    [JsonPropertyName("percpu_kernel"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong[]? PercpuKernel { get; set; }

    [JsonPropertyName("percpu_user"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong[]? PercpuUser { get; set; }

    [JsonPropertyName("kernel")]
    public ulong Kernel { get; set; }

    [JsonPropertyName("user")]
    public ulong User { get; set; }
}

public sealed class ThrottlingStats
{
    [JsonPropertyName("periods"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Periods { get; init; }

    [JsonPropertyName("throttledPeriods"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong ThrottledPeriods { get; init; }

    [JsonPropertyName("throttledTime"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong ThrottledTime { get; init; }
}

public sealed class CpusetStats
{
    [JsonPropertyName("cpus"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<ushort>? Cpus { get; set; }

    [JsonPropertyName("cpu_exclusive")]
    public ulong CpuExclusive { get; set; }

    [JsonPropertyName("mems"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<ushort>? Mems { get; set; }

    [JsonPropertyName("mem_hardwall")]
    public ulong MemHardwall { get; set; }

    [JsonPropertyName("mem_exclusive")]
    public ulong MemExclusive { get; set; }

    [JsonPropertyName("memory_migrate")]
    public ulong MemoryMigrate { get; set; }

    [JsonPropertyName("memory_spread_page")]
    public ulong MemorySpreadPage { get; set; }

    [JsonPropertyName("memory_spread_slab")]
    public ulong MemorySpreadSlab { get; set; }

    [JsonPropertyName("memory_pressure")]
    public ulong MemoryPressure { get; set; }

    [JsonPropertyName("sched_load_balance")]
    public ulong SchedLoadBalance { get; set; }

    [JsonPropertyName("sched_relax_domain_level")]
    public long SchedRelaxDomainLevel { get; set; }
}

public sealed class MemoryStats
{
    [JsonPropertyName("cache"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Cache { get; set; }

    [JsonPropertyName("usage")]
    public MemoryEntryStats Usage { get; set; } = new();

    /// <summary>Memory and swap together.</summary>
    [JsonPropertyName("swap")]
    public MemoryEntryStats Swap { get; set; } = new();

    [JsonPropertyName("kernel")]
    public MemoryEntryStats Kernel { get; set; } = new();

    [JsonPropertyName("kernelTCP")]
    public MemoryEntryStats KernelTCP { get; set; } = new();

    /// <summary>memory.stat.</summary>
    [JsonPropertyName("raw"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, ulong>? Raw { get; set; }

    [JsonPropertyName("psi"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PressureStats? Pressure { get; set; }
}

public sealed class MemoryEntryStats
{
    [JsonPropertyName("limit")]
    public ulong Limit { get; init; }

    [JsonPropertyName("usage"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Usage { get; init; }

    [JsonPropertyName("max"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Max { get; init; }

    [JsonPropertyName("failcnt")]
    public ulong Failcnt { get; init; }
}

public sealed class PidsStats
{
    [JsonPropertyName("current"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Current { get; init; }

    /// <summary>0: none.</summary>
    [JsonPropertyName("limit"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Limit { get; init; }
}

public sealed class HugetlbStats
{
    [JsonPropertyName("usage"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Usage { get; init; }

    [JsonPropertyName("max"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Max { get; init; }

    [JsonPropertyName("failcnt")]
    public ulong Failcnt { get; init; }
}

public sealed class BlkioStats
{
    [JsonPropertyName("ioServiceBytesRecursive"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<BlkioEntryStats>? IoServiceBytesRecursive { get; set; }

    [JsonPropertyName("ioServicedRecursive"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<BlkioEntryStats>? IoServicedRecursive { get; set; }

    [JsonPropertyName("ioQueueRecursive"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<BlkioEntryStats>? IoQueueRecursive { get; set; }

    [JsonPropertyName("ioServiceTimeRecursive"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<BlkioEntryStats>? IoServiceTimeRecursive { get; set; }

    [JsonPropertyName("ioWaitTimeRecursive"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<BlkioEntryStats>? IoWaitTimeRecursive { get; set; }

    [JsonPropertyName("ioMergedRecursive"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<BlkioEntryStats>? IoMergedRecursive { get; set; }

    [JsonPropertyName("ioTimeRecursive"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<BlkioEntryStats>? IoTimeRecursive { get; set; }

    [JsonPropertyName("sectorsRecursive"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<BlkioEntryStats>? SectorsRecursive { get; set; }

    [JsonPropertyName("psi"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PressureStats? Pressure { get; set; }
}

public sealed class BlkioEntryStats
{
    [JsonPropertyName("major"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Major { get; init; }

    [JsonPropertyName("minor"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Minor { get; init; }

    [JsonPropertyName("op")]
    public string Op { get; init; } = "";

    [JsonPropertyName("value"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Value { get; init; }
}

/// <summary>Pressure stall information, Documentation/accounting/psi.rst.</summary>
public sealed class PressureStats
{
    [JsonPropertyName("some")]
    public PressureLine Some { get; init; } = new();

    [JsonPropertyName("full")]
    public PressureLine Full { get; init; } = new();
}

public sealed class PressureLine
{
    [JsonPropertyName("avg10")]
    public double Avg10 { get; init; }

    [JsonPropertyName("avg60")]
    public double Avg60 { get; init; }

    [JsonPropertyName("avg300")]
    public double Avg300 { get; init; }

    /// <summary>Microseconds.</summary>
    [JsonPropertyName("total")]
    public ulong Total { get; init; }
}

/// <summary>One line of `carrel events`.</summary>
public sealed class CgroupEvent
{
    /// <summary>"stats" or "oom".</summary>
    [JsonPropertyName("type")]
    public string Type { get; init; } = "";

    [JsonPropertyName("id")]
    public string Id { get; init; } = "";

    [JsonPropertyName("data"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CgroupStats? Data { get; init; }

    /// <summary>One line of JSON.</summary>
    public string ToJson() => System.Text.Json.JsonSerializer.Serialize(this, CgroupJson.Default.CgroupEvent);
}

[JsonSerializable(typeof(CgroupEvent))]
internal sealed partial class CgroupJson : JsonSerializerContext;

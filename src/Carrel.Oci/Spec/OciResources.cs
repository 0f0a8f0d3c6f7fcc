using System.Collections.Generic;

namespace Carrel.Oci;

/// <summary>config-linux.md, "Control groups"; also the document of `update --resources`.</summary>
public sealed class OciResources
{
    public List<OciDeviceRule>? Devices { get; set; }

    public OciMemory? Memory { get; set; }

    public OciCpu? Cpu { get; set; }

    public OciPids? Pids { get; set; }

    public OciBlockIo? BlockIO { get; set; }

    public List<OciHugepageLimit>? HugepageLimits { get; set; }

    public OciNetwork? Network { get; set; }

    public Dictionary<string, OciRdma>? Rdma { get; set; }

    /// <summary>cgroup v2 files by name.</summary>
    public Dictionary<string, string>? Unified { get; set; }
}

public sealed class OciDeviceRule
{
    public bool Allow { get; set; }

    public string? Type { get; set; }

    public long? Major { get; set; }

    public long? Minor { get; set; }

    public string? Access { get; set; }
}

/// <summary>Bytes; -1 is no limit.</summary>
public sealed class OciMemory
{
    public long? Limit { get; set; }

    public long? Reservation { get; set; }

    public long? Swap { get; set; }

    public long? Kernel { get; set; }

    public long? KernelTCP { get; set; }

    public ulong? Swappiness { get; set; }

    public bool? DisableOOMKiller { get; set; }

    public bool? UseHierarchy { get; set; }

    public bool? CheckBeforeUpdate { get; set; }
}

public sealed class OciCpu
{
    public ulong? Shares { get; set; }

    public long? Quota { get; set; }

    public ulong? Burst { get; set; }

    public ulong? Period { get; set; }

    public long? RealtimeRuntime { get; set; }

    public ulong? RealtimePeriod { get; set; }

    public string? Cpus { get; set; }

    public string? Mems { get; set; }

    public long? Idle { get; set; }
}

public sealed class OciPids
{
    public long? Limit { get; set; }
}

public sealed class OciBlockIo
{
    public ushort? Weight { get; set; }

    public ushort? LeafWeight { get; set; }

    public List<OciWeightDevice>? WeightDevice { get; set; }

    public List<OciThrottleDevice>? ThrottleReadBpsDevice { get; set; }

    public List<OciThrottleDevice>? ThrottleWriteBpsDevice { get; set; }

    public List<OciThrottleDevice>? ThrottleReadIOPSDevice { get; set; }

    public List<OciThrottleDevice>? ThrottleWriteIOPSDevice { get; set; }
}

public sealed class OciWeightDevice
{
    public long Major { get; set; }

    public long Minor { get; set; }

    public ushort? Weight { get; set; }

    public ushort? LeafWeight { get; set; }
}

public sealed class OciThrottleDevice
{
    public long Major { get; set; }

    public long Minor { get; set; }

    public ulong Rate { get; set; }
}

public sealed class OciHugepageLimit
{
    public string PageSize { get; set; } = "";

    public ulong Limit { get; set; }
}

public sealed class OciNetwork
{
    public uint? ClassID { get; set; }

    public List<OciInterfacePriority>? Priorities { get; set; }
}

public sealed class OciInterfacePriority
{
    public string Name { get; set; } = "";

    public uint Priority { get; set; }
}

public sealed class OciRdma
{
    public uint? HcaHandles { get; set; }

    public uint? HcaObjects { get; set; }
}

using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>Which field of linux.resources asks something of a controller, for the error when the host does not have it.</summary>
internal static class AskedFields
{
    /// <summary>Every controller that some field of linux.resources may ask for.</summary>
    public static readonly string[] Controllers = ["devices", "memory", "cpu", "cpuset", "pids", "blkio", "hugetlb", "net_cls", "net_prio", "rdma"];

    /// <summary>The first field that needs the controller; null: none does.</summary>
    public static string? Of(string controller, OciResources resources)
    {
        string? name = controller switch
        {
            "devices" => resources.Devices is { Count: > 0 } ? "devices" : null,
            "memory" => Memory(resources.Memory),
            "cpu" => Cpu(resources.Cpu),
            "cpuset" => !string.IsNullOrEmpty(resources.Cpu?.Cpus) ? "cpu.cpus" : !string.IsNullOrEmpty(resources.Cpu?.Mems) ? "cpu.mems" : null,
            "pids" => resources.Pids?.Limit is not (null or 0) ? "pids.limit" : null,
            "blkio" => BlockIo(resources.BlockIO),
            "hugetlb" => resources.HugepageLimits is { Count: > 0 } ? "hugepageLimits" : null,
            "net_cls" => resources.Network?.ClassID is not (null or 0) ? "network.classID" : null,
            "net_prio" => resources.Network?.Priorities is { Count: > 0 } ? "network.priorities" : null,
            "rdma" => resources.Rdma is { Count: > 0 } ? "rdma" : null,
            _ => null,
        };
        return name is null ? null : "linux.resources." + name;
    }

    /// <summary>Some limit is asked for; device rules do not count, they are in every configuration.</summary>
    public static string? AnyLimit(OciResources? resources)
    {
        if (resources is null)
        {
            return null;
        }

        foreach (string controller in Controllers)
        {
            if (controller != "devices" && Of(controller, resources) is { } field)
            {
                return field;
            }
        }

        return resources.Unified is { Count: > 0 } ? "linux.resources.unified" : null;
    }

    private static string? Memory(OciMemory? memory) => memory switch
    {
        null => null,
        { Limit: not (null or 0) } => "memory.limit",
        { Reservation: not (null or 0) } => "memory.reservation",
        { Swap: not (null or 0) } => "memory.swap",
        { Kernel: not (null or 0) } => "memory.kernel",
        { KernelTCP: not (null or 0) } => "memory.kernelTCP",
        { Swappiness: not null } => "memory.swappiness",
        { DisableOOMKiller: true } => "memory.disableOOMKiller",
        _ => null,
    };

    private static string? Cpu(OciCpu? cpu) => cpu switch
    {
        null => null,
        { Shares: not (null or 0) } => "cpu.shares",
        { Quota: not (null or 0) } => "cpu.quota",
        { Period: not (null or 0) } => "cpu.period",
        { Burst: not null } => "cpu.burst",
        { RealtimeRuntime: not (null or 0) } => "cpu.realtimeRuntime",
        { RealtimePeriod: not (null or 0) } => "cpu.realtimePeriod",
        { Idle: not null } => "cpu.idle",
        _ => null,
    };

    private static string? BlockIo(OciBlockIo? io) => io switch
    {
        null => null,
        { Weight: not (null or 0) } => "blockIO.weight",
        { LeafWeight: not (null or 0) } => "blockIO.leafWeight",
        { WeightDevice.Count: > 0 } => "blockIO.weightDevice",
        { ThrottleReadBpsDevice.Count: > 0 } => "blockIO.throttleReadBpsDevice",
        { ThrottleWriteBpsDevice.Count: > 0 } => "blockIO.throttleWriteBpsDevice",
        { ThrottleReadIOPSDevice.Count: > 0 } => "blockIO.throttleReadIOPSDevice",
        { ThrottleWriteIOPSDevice.Count: > 0 } => "blockIO.throttleWriteIOPSDevice",
        _ => null,
    };
}

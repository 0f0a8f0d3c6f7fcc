namespace Carrel.Oci;

/// <summary>config-linux.md, "Control groups".</summary>
internal static class ResourcesReader
{
    internal static bool Resources(ref JsonCursor json, OciResources resources, string name)
    {
        switch (name)
        {
            case "devices": resources.Devices = json.Objects<OciDeviceRule>(DeviceRule); break;
            case "memory": resources.Memory = json.Object<OciMemory>(Memory); break;
            case "cpu": resources.Cpu = json.Object<OciCpu>(Cpu); break;
            case "pids": resources.Pids = json.Object<OciPids>(Pids); break;
            case "blockIO": resources.BlockIO = json.Object<OciBlockIo>(BlockIo); break;
            case "hugepageLimits": resources.HugepageLimits = json.Objects<OciHugepageLimit>(Hugepages); break;
            case "network": resources.Network = json.Object<OciNetwork>(Network); break;
            case "rdma": resources.Rdma = json.Map(static (ref JsonCursor each) => each.Object<OciRdma>(Rdma) ?? throw each.Error("null")); break;
            case "unified": resources.Unified = json.TextMap(); break;
            default: return false;
        }

        return true;
    }

    private static bool DeviceRule(ref JsonCursor json, OciDeviceRule rule, string name)
    {
        switch (name)
        {
            case "allow": rule.Allow = json.Bool(); break;
            case "type": rule.Type = json.Text(); break;
            case "major": rule.Major = json.OptionalInt64(); break;
            case "minor": rule.Minor = json.OptionalInt64(); break;
            case "access": rule.Access = json.Text(); break;
            default: return false;
        }

        return true;
    }

    private static bool Memory(ref JsonCursor json, OciMemory memory, string name)
    {
        switch (name)
        {
            case "limit": memory.Limit = json.OptionalInt64(); break;
            case "reservation": memory.Reservation = json.OptionalInt64(); break;
            case "swap": memory.Swap = json.OptionalInt64(); break;
            case "kernel": memory.Kernel = json.OptionalInt64(); break;
            case "kernelTCP": memory.KernelTCP = json.OptionalInt64(); break;
            case "swappiness": memory.Swappiness = json.OptionalUInt64(); break;
            case "disableOOMKiller": memory.DisableOOMKiller = json.OptionalBool(); break;
            case "useHierarchy": memory.UseHierarchy = json.OptionalBool(); break;
            case "checkBeforeUpdate": memory.CheckBeforeUpdate = json.OptionalBool(); break;
            default: return false;
        }

        return true;
    }

    private static bool Cpu(ref JsonCursor json, OciCpu cpu, string name)
    {
        switch (name)
        {
            case "shares": cpu.Shares = json.OptionalUInt64(); break;
            case "quota": cpu.Quota = json.OptionalInt64(); break;
            case "burst": cpu.Burst = json.OptionalUInt64(); break;
            case "period": cpu.Period = json.OptionalUInt64(); break;
            case "realtimeRuntime": cpu.RealtimeRuntime = json.OptionalInt64(); break;
            case "realtimePeriod": cpu.RealtimePeriod = json.OptionalUInt64(); break;
            case "cpus": cpu.Cpus = json.Text(); break;
            case "mems": cpu.Mems = json.Text(); break;
            case "idle": cpu.Idle = json.OptionalInt64(); break;
            default: return false;
        }

        return true;
    }

    private static bool Pids(ref JsonCursor json, OciPids pids, string name)
    {
        switch (name)
        {
            case "limit": pids.Limit = json.OptionalInt64(); break;
            default: return false;
        }

        return true;
    }

    private static bool BlockIo(ref JsonCursor json, OciBlockIo io, string name)
    {
        switch (name)
        {
            case "weight": io.Weight = json.OptionalUInt16(); break;
            case "leafWeight": io.LeafWeight = json.OptionalUInt16(); break;
            case "weightDevice": io.WeightDevice = json.Objects<OciWeightDevice>(WeightDevice); break;
            case "throttleReadBpsDevice": io.ThrottleReadBpsDevice = json.Objects<OciThrottleDevice>(ThrottleDevice); break;
            case "throttleWriteBpsDevice": io.ThrottleWriteBpsDevice = json.Objects<OciThrottleDevice>(ThrottleDevice); break;
            case "throttleReadIOPSDevice": io.ThrottleReadIOPSDevice = json.Objects<OciThrottleDevice>(ThrottleDevice); break;
            case "throttleWriteIOPSDevice": io.ThrottleWriteIOPSDevice = json.Objects<OciThrottleDevice>(ThrottleDevice); break;
            default: return false;
        }

        return true;
    }

    private static bool WeightDevice(ref JsonCursor json, OciWeightDevice device, string name)
    {
        switch (name)
        {
            case "major": device.Major = json.Int64(); break;
            case "minor": device.Minor = json.Int64(); break;
            case "weight": device.Weight = json.OptionalUInt16(); break;
            case "leafWeight": device.LeafWeight = json.OptionalUInt16(); break;
            default: return false;
        }

        return true;
    }

    private static bool ThrottleDevice(ref JsonCursor json, OciThrottleDevice device, string name)
    {
        switch (name)
        {
            case "major": device.Major = json.Int64(); break;
            case "minor": device.Minor = json.Int64(); break;
            case "rate": device.Rate = json.UInt64(); break;
            default: return false;
        }

        return true;
    }

    private static bool Hugepages(ref JsonCursor json, OciHugepageLimit limit, string name)
    {
        switch (name)
        {
            case "pageSize": limit.PageSize = json.Text() ?? ""; break;
            case "limit": limit.Limit = json.UInt64(); break;
            default: return false;
        }

        return true;
    }

    private static bool Network(ref JsonCursor json, OciNetwork network, string name)
    {
        switch (name)
        {
            case "classID": network.ClassID = json.OptionalUInt32(); break;
            case "priorities": network.Priorities = json.Objects<OciInterfacePriority>(Priority); break;
            default: return false;
        }

        return true;
    }

    private static bool Priority(ref JsonCursor json, OciInterfacePriority priority, string name)
    {
        switch (name)
        {
            case "name": priority.Name = json.Text() ?? ""; break;
            case "priority": priority.Priority = json.UInt32(); break;
            default: return false;
        }

        return true;
    }

    private static bool Rdma(ref JsonCursor json, OciRdma rdma, string name)
    {
        switch (name)
        {
            case "hcaHandles": rdma.HcaHandles = json.OptionalUInt32(); break;
            case "hcaObjects": rdma.HcaObjects = json.OptionalUInt32(); break;
            default: return false;
        }

        return true;
    }
}

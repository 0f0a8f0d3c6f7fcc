using System;
using System.Collections.Generic;
using System.Globalization;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v1 blkio controller, Documentation/admin-guide/cgroup-v1/blkio-controller.rst. Weights belong to the BFQ scheduler, before Linux 5.0 to CFQ.</summary>
internal sealed class BlkioV1 : CgroupController
{
    private const string Field = "linux.resources.blockIO.";

    public override string Name => "blkio";

    public override void Apply(Cgroup group, OciResources resources)
    {
        if (resources.BlockIO is not { } io)
        {
            return;
        }

        bool isBfq = group.Has("blkio.bfq.weight");
        if (io.Weight is { } weight and not 0)
        {
            group.Set(Field + "weight", isBfq ? "blkio.bfq.weight" : "blkio.weight", (ulong)weight);
        }

        if (io.LeafWeight is { } leaf and not 0)
        {
            group.Set(Field + "leafWeight", "blkio.leaf_weight", (ulong)leaf);
        }

        foreach (OciWeightDevice device in io.WeightDevice ?? [])
        {
            SetDevice(group, "weightDevice", isBfq ? "blkio.bfq.weight_device" : "blkio.weight_device", device.Major, device.Minor, device.Weight);
            SetDevice(group, "weightDevice", "blkio.leaf_weight_device", device.Major, device.Minor, device.LeafWeight);
        }

        Throttle(group, "throttleReadBpsDevice", "read_bps", io.ThrottleReadBpsDevice);
        Throttle(group, "throttleWriteBpsDevice", "write_bps", io.ThrottleWriteBpsDevice);
        Throttle(group, "throttleReadIOPSDevice", "read_iops", io.ThrottleReadIOPSDevice);
        Throttle(group, "throttleWriteIOPSDevice", "write_iops", io.ThrottleWriteIOPSDevice);
    }

    public override void ReadStats(Cgroup group, CgroupStats stats)
    {
        BlkioStats io = stats.Blkio;
        io.IoServiceBytesRecursive = First(group, "blkio.bfq.io_service_bytes_recursive", "blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes");
        io.IoServicedRecursive = First(group, "blkio.bfq.io_serviced_recursive", "blkio.throttle.io_serviced_recursive", "blkio.throttle.io_serviced");
        io.IoQueueRecursive = First(group, "blkio.bfq.io_queued_recursive", "blkio.io_queued_recursive");
        io.IoServiceTimeRecursive = First(group, "blkio.bfq.io_service_time_recursive", "blkio.io_service_time_recursive");
        io.IoWaitTimeRecursive = First(group, "blkio.bfq.io_wait_time_recursive", "blkio.io_wait_time_recursive");
        io.IoMergedRecursive = First(group, "blkio.bfq.io_merged_recursive", "blkio.io_merged_recursive");
        io.IoTimeRecursive = First(group, "blkio.bfq.time_recursive", "blkio.time_recursive");
        io.SectorsRecursive = First(group, "blkio.bfq.sectors_recursive", "blkio.sectors_recursive");
    }

    private static void SetDevice(Cgroup group, string name, string file, long major, long minor, ushort? weight)
    {
        if (weight is { } value and not 0)
        {
            group.Set(Field + name, file, $"{BlockDevice.Format(Field + name, major, minor)} {value}");
        }
    }

    private static void Throttle(Cgroup group, string name, string file, List<OciThrottleDevice>? devices)
    {
        foreach (OciThrottleDevice device in devices ?? [])
        {
            group.Set(Field + name, $"blkio.throttle.{file}_device", $"{BlockDevice.Format(Field + name, device.Major, device.Minor)} {device.Rate}");
        }
    }

    // The first of the files that has figures; which one has depends on the I/O scheduler.
    private static List<BlkioEntryStats>? First(Cgroup group, params ReadOnlySpan<string> files)
    {
        foreach (string file in files)
        {
            if (Parse(group.TryRead(file)) is { Count: > 0 } entries)
            {
                return entries;
            }
        }

        return null;
    }

    // "8:0 Read 4096" or "8:0 4096", and a last line "Total 4096".
    private static List<BlkioEntryStats> Parse(string? text)
    {
        var entries = new List<BlkioEntryStats>();
        foreach (string line in (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length is 3 or 4 && ulong.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong major)
                && ulong.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong minor)
                && ulong.TryParse(fields[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
            {
                entries.Add(new BlkioEntryStats { Major = major, Minor = minor, Op = fields.Length == 4 ? fields[2] : "", Value = value });
            }
        }

        return entries;
    }
}

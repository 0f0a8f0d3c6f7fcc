using System;
using System.Collections.Generic;
using System.Globalization;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v2 io controller, cgroup-v2.rst "IO".</summary>
internal sealed class IoV2 : CgroupController
{
    private const string Field = "linux.resources.blockIO.";

    public override string Name => "blkio";

    public override void Apply(Cgroup group, OciResources resources)
    {
        if (resources.BlockIO is not { } io)
        {
            return;
        }

        if (io.LeafWeight is not (null or 0))
        {
            throw new RuntimeException($"{Field}leafWeight: cgroup v2 has no such setting");
        }

        bool isBfq = group.Has("io.bfq.weight");
        if (io.Weight is { } weight and not 0)
        {
            SetWeight(group, "weight", isBfq, "", weight);
        }

        foreach (OciWeightDevice device in io.WeightDevice ?? [])
        {
            if (device.LeafWeight is not (null or 0))
            {
                throw new RuntimeException($"{Field}weightDevice: cgroup v2 has no leafWeight");
            }

            if (device.Weight is { } own and not 0)
            {
                SetWeight(group, "weightDevice", isBfq, BlockDevice.Format(Field + "weightDevice", device.Major, device.Minor) + " ", own);
            }
        }

        Throttle(group, "throttleReadBpsDevice", "rbps", io.ThrottleReadBpsDevice);
        Throttle(group, "throttleWriteBpsDevice", "wbps", io.ThrottleWriteBpsDevice);
        Throttle(group, "throttleReadIOPSDevice", "riops", io.ThrottleReadIOPSDevice);
        Throttle(group, "throttleWriteIOPSDevice", "wiops", io.ThrottleWriteIOPSDevice);
    }

    public override void ReadStats(Cgroup group, CgroupStats stats)
    {
        // "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6"
        foreach (string line in (group.TryRead("io.stat") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 2 && ulong.TryParse(fields[0], out ulong major) && ulong.TryParse(fields[1], out ulong minor))
            {
                for (int i = 2; i < fields.Length; i++)
                {
                    Add(stats.Blkio, major, minor, fields[i]);
                }
            }
        }

        stats.Blkio.Pressure = PressureFile.Read(group, "io.pressure");
    }

    /// <summary>A v1 weight (10 to 1000) as one of io.weight (1 to 10000).</summary>
    internal static ulong WeightOf(ushort weight) => 1 + (((ulong)Math.Max(weight, (ushort)10) - 10) * 9999 / 990);

    private static void Add(BlkioStats stats, ulong major, ulong minor, string pair)
    {
        int equals = pair.IndexOf('=');
        if (equals < 0 || !ulong.TryParse(pair.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
        {
            return;
        }

        string? operation = pair[0] switch { 'r' => "Read", 'w' => "Write", 'd' => "Discard", _ => null };
        var entry = new BlkioEntryStats { Major = major, Minor = minor, Op = operation ?? "", Value = value };
        switch (operation is null ? "" : pair[1..equals])
        {
            case "bytes": (stats.IoServiceBytesRecursive ??= []).Add(entry); break;
            case "ios": (stats.IoServicedRecursive ??= []).Add(entry); break;
        }
    }

    private static void SetWeight(Cgroup group, string name, bool isBfq, string device, ushort weight) =>
        group.Set(Field + name, isBfq ? "io.bfq.weight" : "io.weight", device + (isBfq ? weight : WeightOf(weight)).ToString(CultureInfo.InvariantCulture));

    private static void Throttle(Cgroup group, string name, string key, List<OciThrottleDevice>? devices)
    {
        foreach (OciThrottleDevice device in devices ?? [])
        {
            group.Set(Field + name, "io.max", $"{BlockDevice.Format(Field + name, device.Major, device.Minor)} {key}={(device.Rate == 0 ? "max" : device.Rate.ToString(CultureInfo.InvariantCulture))}");
        }
    }
}

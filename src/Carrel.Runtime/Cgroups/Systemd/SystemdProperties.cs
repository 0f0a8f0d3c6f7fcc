using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>
/// linux.resources as properties of a unit, systemd.resource-control(5). The files are written as well; systemd must know the limits only so that it does not put its own
/// defaults there when it is reloaded.
/// </summary>
internal static class SystemdProperties
{
    private const ulong Infinity = ulong.MaxValue;
    private const long MicrosecondsPerSecond = 1_000_000;
    private const long QuotaGrain = 10_000; // microseconds per second: systemd counts in hundredths of a percent

    public static List<KeyValuePair<string, object>> Of(OciResources resources, bool isUnified)
    {
        var properties = new List<KeyValuePair<string, object>>();
        void Add(string name, object? value)
        {
            if (value is not null)
            {
                properties.Add(new(name, value));
            }
        }

        if (resources.Memory is { } memory)
        {
            Add(isUnified ? "MemoryMax" : "MemoryLimit", Limit(memory.Limit));
            if (isUnified)
            {
                Add("MemoryLow", Limit(memory.Reservation));
                Add("MemorySwapMax", memory.Swap is -1 ? Infinity : memory.Swap > 0 && memory.Limit > 0 && memory.Swap >= memory.Limit ? (ulong)(memory.Swap - memory.Limit) : null);
            }
        }

        AddCpu(resources.Cpu, isUnified, Add);
        Add("TasksMax", Limit(resources.Pids?.Limit));
        if (resources.BlockIO?.Weight is { } weight and not 0)
        {
            Add(isUnified ? "IOWeight" : "BlockIOWeight", isUnified ? IoV2.WeightOf(weight) : weight);
        }

        return properties;
    }

    /// <summary>Device rules. Without them systemd would open every device again when it is reloaded.</summary>
    /// <param name="procDevices">Text of /proc/devices: systemd names whole classes of devices by driver.</param>
    public static IEnumerable<KeyValuePair<string, object>> OfDevices(DeviceRules rules, string procDevices)
    {
        var allowed = new List<(string, string)>();
        if (!rules.AllowsByDefault)
        {
            foreach ((DeviceKey key, DeviceAccess access) in rules.Exceptions)
            {
                if (NameOf(key, procDevices) is { } name)
                {
                    string rule = DeviceRules.Format(key, access);
                    allowed.Add((name, rule[(rule.LastIndexOf(' ') + 1)..]));
                }
            }
        }

        return [new("DevicePolicy", rules.AllowsByDefault ? "auto" : "strict"), new("DeviceAllow", allowed.ToArray())];
    }

    /// <summary>A list of processors as the bytes of a mask, bit 0 of byte 0 first.</summary>
    internal static byte[]? Mask(string? list)
    {
        if (CpusetSettings.Parse(list) is not { } numbers)
        {
            return null;
        }

        var mask = new byte[(numbers.Max() / 8) + 1];
        foreach (ushort number in numbers)
        {
            mask[number / 8] |= (byte)(1 << (number % 8));
        }

        return mask;
    }

    private static void AddCpu(OciCpu? cpu, bool isUnified, Action<string, object?> add)
    {
        if (cpu is null)
        {
            return;
        }

        if (cpu.Shares is { } shares and not 0)
        {
            add(isUnified ? "CPUWeight" : "CPUShares", isUnified ? CpuV2.WeightOf(shares) : shares);
        }

        if (cpu.Quota is { } quota and not 0)
        {
            long period = cpu.Period is { } given and > 0 and <= MicrosecondsPerSecond ? (long)given : 100_000;
            long perSecond = quota < 0 || quota > long.MaxValue / MicrosecondsPerSecond ? -1 : quota * MicrosecondsPerSecond / period;
            add("CPUQuotaPerSecUSec", perSecond < 0 ? Infinity : (ulong)((perSecond + QuotaGrain - 1) / QuotaGrain * QuotaGrain));
        }

        if (cpu.Period is { } known and not 0)
        {
            add("CPUQuotaPeriodUSec", known);
        }

        if (isUnified)
        {
            add("AllowedCPUs", Mask(cpu.Cpus));
            add("AllowedMemoryNodes", Mask(cpu.Mems));
        }
    }

    private static string? NameOf(DeviceKey key, string procDevices)
    {
        bool isBlock = key.Type == 'b';
        if (key.Major < 0)
        {
            return key.Minor < 0 ? (isBlock ? "block-*" : "char-*") : null;
        }

        if (key.Minor >= 0)
        {
            return $"/dev/{(isBlock ? "block" : "char")}/{key.Major}:{key.Minor}";
        }

        bool inSection = false;
        foreach (string line in procDevices.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (line.EndsWith("devices:", StringComparison.Ordinal))
            {
                inSection = line.StartsWith(isBlock ? "Block" : "Character", StringComparison.Ordinal);
            }
            else if (inSection && words.Length == 2 && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out long major) && major == key.Major)
            {
                return (isBlock ? "block-" : "char-") + words[1];
            }
        }

        return null;
    }

    private static object? Limit(long? value) => value switch
    {
        null or 0 => null,
        < 0 => Infinity,
        { } number => (ulong)number,
    };
}

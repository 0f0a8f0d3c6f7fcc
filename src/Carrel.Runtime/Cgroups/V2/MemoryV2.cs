using System.Globalization;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v2 memory controller, cgroup-v2.rst "Memory".</summary>
internal sealed class MemoryV2 : CgroupController
{
    private const string Field = "linux.resources.memory.";

    public override string Name => "memory";

    public override void Apply(Cgroup group, OciResources resources)
    {
        if (resources.Memory is not { } memory)
        {
            return;
        }

        RefuseWhatV2Lacks(memory);
        string? swap = SwapMax(memory.Swap ?? 0, memory.Limit is null or 0 ? LimitOf(group) : memory.Limit.Value);
        CheckUsage(group, memory);

        // Without swap the host has no such file; then "no limit" and "none at all" are both true already.
        if (swap is not null && (group.Has("memory.swap.max") || swap is not ("max" or "0")))
        {
            group.Set(Field + "swap", "memory.swap.max", swap);
        }

        if (Text(memory.Limit) is { } limit)
        {
            group.Set(Field + "limit", "memory.max", limit);
        }

        if (Text(memory.Reservation) is { } reservation)
        {
            group.Set(Field + "reservation", "memory.low", reservation);
        }
    }

    public override void ReadStats(Cgroup group, CgroupStats stats)
    {
        FlatKeyed keyed = FlatKeyed.Parse(group.TryRead("memory.stat"));
        FlatKeyed events = FlatKeyed.Parse(group.TryRead("memory.events"));
        MemoryStats memory = stats.Memory;
        memory.Raw = keyed.Values;
        memory.Cache = keyed["file"];
        ulong usage = group.TryReadNumber("memory.current") ?? 0;
        ulong limit = group.TryReadNumber("memory.max") ?? ulong.MaxValue;
        memory.Usage = new MemoryEntryStats { Usage = usage, Limit = limit, Max = group.TryReadNumber("memory.peak") ?? 0, Failcnt = events["max"] };

        // As in v1, memory and swap together.
        ulong swapUsage = group.TryReadNumber("memory.swap.current") ?? 0;
        ulong swapLimit = group.TryReadNumber("memory.swap.max") ?? ulong.MaxValue;
        memory.Swap = new MemoryEntryStats
        {
            Usage = usage + swapUsage,
            Limit = limit > ulong.MaxValue - swapLimit ? ulong.MaxValue : limit + swapLimit,
            Failcnt = FlatKeyed.Parse(group.TryRead("memory.swap.events"))["fail"],
        };
        memory.Pressure = PressureFile.Read(group, "memory.pressure");
    }

    /// <summary>The specification's swap is memory and swap together, v2's is swap alone. Null: leave it as it is.</summary>
    /// <param name="limit">The memory limit that will hold; 0 or -1: none.</param>
    internal static string? SwapMax(long swap, long limit)
    {
        if (swap == 0)
        {
            return limit == -1 ? "max" : null;
        }

        return swap switch
        {
            -1 => "max",
            < -1 => throw new RuntimeException($"{Field}swap: {swap} is not a size"),
            _ when limit is 0 or -1 => throw new RuntimeException($"{Field}swap: {swap} bytes of memory and swap together need a memory limit (cgroup v2)"),
            _ when swap < limit => throw new RuntimeException($"{Field}swap: {swap}, memory and swap together, is below the memory limit {limit}"),
            _ => (swap - limit).ToString(CultureInfo.InvariantCulture),
        };
    }

    // An update of swap alone refers to the limit that is set; "no limit" must then not turn into "raise the swap".
    private static long LimitOf(Cgroup group) => group.TryReadNumber("memory.max") is { } limit and <= long.MaxValue ? (long)limit : 0;

    private static string? Text(long? value) => value switch
    {
        null or 0 => null,
        -1 => "max",
        { } bytes => bytes.ToString(CultureInfo.InvariantCulture),
    };

    private static void CheckUsage(Cgroup group, OciMemory memory)
    {
        ulong usage = memory.CheckBeforeUpdate == true ? group.TryReadNumber("memory.current") ?? 0 : 0;
        if (memory.Limit > 0 && (ulong)memory.Limit.Value < usage)
        {
            throw new RuntimeException($"{Field}limit: {memory.Limit} is below the {usage} bytes in use (checkBeforeUpdate)");
        }
    }

    private static void RefuseWhatV2Lacks(OciMemory memory)
    {
        string? name = memory.Kernel > 0 ? "kernel" : memory.KernelTCP > 0 ? "kernelTCP" : memory.Swappiness is not null ? "swappiness" : memory.DisableOOMKiller == true ? "disableOOMKiller" : null;
        if (name is not null)
        {
            throw new RuntimeException($"{Field}{name}: cgroup v2 has no such setting");
        }
    }
}

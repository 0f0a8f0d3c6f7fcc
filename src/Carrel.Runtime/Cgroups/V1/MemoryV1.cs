using System.Globalization;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v1 memory controller, Documentation/admin-guide/cgroup-v1/memory.rst.</summary>
internal sealed class MemoryV1 : CgroupController
{
    private const string Field = "linux.resources.memory.";
    private const string LimitFile = "memory.limit_in_bytes";
    private const string SwapFile = "memory.memsw.limit_in_bytes";

    public override string Name => "memory";

    public override void Apply(Cgroup group, OciResources resources)
    {
        if (resources.Memory is not { } memory)
        {
            return;
        }

        if (memory.UseHierarchy == true && group.TryReadNumber("memory.use_hierarchy") == 0)
        {
            group.Set(Field + "useHierarchy", "memory.use_hierarchy", 1);
        }

        CheckUsage(group, memory);
        ApplyLimitAndSwap(group, memory.Limit ?? 0, memory.Swap ?? 0);
        SetIfAsked(group, "reservation", "memory.soft_limit_in_bytes", memory.Reservation);
        SetIfAsked(group, "kernel", "memory.kmem.limit_in_bytes", memory.Kernel);
        SetIfAsked(group, "kernelTCP", "memory.kmem.tcp.limit_in_bytes", memory.KernelTCP);
        if (memory.DisableOOMKiller == true)
        {
            group.Set(Field + "disableOOMKiller", "memory.oom_control", 1);
        }

        ApplySwappiness(group, memory.Swappiness);
    }

    public override void ReadStats(Cgroup group, CgroupStats stats)
    {
        FlatKeyed keyed = FlatKeyed.Parse(group.TryRead("memory.stat"));
        MemoryStats memory = stats.Memory;
        memory.Raw = keyed.Values;
        memory.Cache = keyed["cache"];
        memory.Usage = Entry(group, "memory");
        memory.Swap = Entry(group, "memory.memsw");
        memory.Kernel = Entry(group, "memory.kmem");
        memory.KernelTCP = Entry(group, "memory.kmem.tcp");
    }

    private static MemoryEntryStats Entry(Cgroup group, string name) => new()
    {
        Usage = group.TryReadNumber(name + ".usage_in_bytes") ?? 0,
        Max = group.TryReadNumber(name + ".max_usage_in_bytes") ?? 0,
        Failcnt = group.TryReadNumber(name + ".failcnt") ?? 0,
        Limit = group.TryReadNumber(name + ".limit_in_bytes") ?? 0,
    };

    // The kernel reclaims to get below a new limit and may kill; checkBeforeUpdate asks for a refusal instead.
    private static void CheckUsage(Cgroup group, OciMemory memory)
    {
        ulong usage = memory.CheckBeforeUpdate == true ? group.TryReadNumber("memory.usage_in_bytes") ?? 0 : 0;
        if (memory.Limit > 0 && (ulong)memory.Limit.Value < usage)
        {
            throw new RuntimeException($"{Field}limit: {memory.Limit} is below the {usage} bytes in use (checkBeforeUpdate)");
        }
    }

    // The kernel holds limit <= memory+swap at every moment, so when both are raised the sum goes first, when both are lowered the limit.
    private static void ApplyLimitAndSwap(Cgroup group, long limit, long swap)
    {
        if (limit == -1 && swap == 0 && group.Has(SwapFile))
        {
            swap = -1;
        }

        bool swapFirst = limit != 0 && swap != 0 && (swap == -1 || (group.TryReadNumber(LimitFile) ?? 0) < (ulong)swap);
        if (swapFirst)
        {
            SetIfAsked(group, "swap", SwapFile, swap);
        }

        if (limit != 0)
        {
            SetLimit(group, limit);
        }

        if (!swapFirst)
        {
            SetIfAsked(group, "swap", SwapFile, swap);
        }
    }

    private static void SetLimit(Cgroup group, long limit)
    {
        string value = limit.ToString(CultureInfo.InvariantCulture);
        Errno error = group.TryWrite(LimitFile, value);
        if (error == Errno.EBUSY)
        {
            throw new RuntimeException($"{Field}limit: {limit} is not possible, {group.TryReadNumber("memory.usage_in_bytes")} bytes are in use (peak {group.TryReadNumber("memory.max_usage_in_bytes")})");
        }

        if (error != Errno.OK)
        {
            throw group.Failure(Field + "limit", LimitFile, value, error);
        }
    }

    private static void ApplySwappiness(Cgroup group, ulong? swappiness)
    {
        if (swappiness > 100)
        {
            throw new RuntimeException($"{Field}swappiness: {swappiness} is not between 0 and 100");
        }

        if (swappiness is { } value)
        {
            group.Set(Field + "swappiness", "memory.swappiness", value);
        }
    }

    private static void SetIfAsked(Cgroup group, string name, string file, long? value)
    {
        if (value is { } number and not 0)
        {
            group.Set(Field + name, file, number);
        }
    }
}

using System.Collections.Generic;
using System.Linq;

namespace Carrel.Oci;

/// <summary>config-linux.md, "Control groups": what no kernel could make sense of. What the host's cgroups lack, the cgroup manager reports.</summary>
internal static class ResourceValidator
{
    internal static void Check(OciResources resources, string path)
    {
        CheckDevices(resources.Devices ?? [], path + "devices");
        CheckMemory(resources.Memory, path + "memory");
        CheckBlockIo(resources.BlockIO, path + "blockIO");
        if (resources.Pids?.Limit is < -1)
        {
            throw new OciException($"{path}pids.limit: out of range: {resources.Pids.Limit}");
        }

        if (resources.Cpu?.Idle is < 0 or > 1)
        {
            throw new OciException($"{path}cpu.idle: not 0 or 1: {resources.Cpu.Idle}");
        }

        foreach (string name in resources.Unified?.Keys ?? Enumerable.Empty<string>())
        {
            if (name.Length == 0 || name.Contains('/') || name[0] == '.')
            {
                throw new OciException($"{path}unified: {name}: not the name of a cgroup file");
            }
        }

        for (int i = 0; i < (resources.HugepageLimits?.Count ?? 0); i++)
        {
            string size = resources.HugepageLimits![i].PageSize;
            if (size.Length < 3 || !(size.EndsWith("KB", System.StringComparison.Ordinal) || size.EndsWith("MB", System.StringComparison.Ordinal) || size.EndsWith("GB", System.StringComparison.Ordinal)) || !size[..^2].All(char.IsAsciiDigit))
            {
                throw new OciException($"{path}hugepageLimits[{i}].pageSize: not a size such as 2MB: {size}");
            }
        }

        foreach (OciInterfacePriority priority in resources.Network?.Priorities ?? [])
        {
            if (priority.Name.Length == 0)
            {
                throw new OciException($"{path}network.priorities: an interface without a name");
            }
        }
    }

    private static void CheckDevices(List<OciDeviceRule> rules, string field)
    {
        for (int i = 0; i < rules.Count; i++)
        {
            OciDeviceRule rule = rules[i];
            if (rule.Type is { Length: > 0 } type)
            {
                SpecValidator.CheckOneOf(type, $"{field}[{i}].type", "a", "c", "b");
            }

            if (rule.Access?.Any(c => c is not ('r' or 'w' or 'm')) == true)
            {
                throw new OciException($"{field}[{i}].access: not of r, w and m: {rule.Access}");
            }

            if (rule.Major is < -1 or > uint.MaxValue || rule.Minor is < -1 or > uint.MaxValue)
            {
                throw new OciException($"{field}[{i}]: not a device number: {rule.Major}:{rule.Minor}");
            }
        }
    }

    private static void CheckMemory(OciMemory? memory, string field)
    {
        if (memory is null)
        {
            return;
        }

        CheckSize(memory.Limit, field + ".limit");
        CheckSize(memory.Reservation, field + ".reservation");
        CheckSize(memory.Swap, field + ".swap");
        CheckSize(memory.Kernel, field + ".kernel");
        CheckSize(memory.KernelTCP, field + ".kernelTCP");
        if (memory is { Limit: > 0, Swap: > 0 } && memory.Swap < memory.Limit)
        {
            throw new OciException($"{field}.swap: memory and swap together are less than the memory: {memory.Swap} < {memory.Limit}");
        }

        // Docker writes -1 for "not set" as the unsigned number that it is then.
        if (memory.Swappiness is > 200 and not ulong.MaxValue)
        {
            throw new OciException($"{field}.swappiness: not between 0 and 200: {memory.Swappiness}");
        }
    }

    private static void CheckSize(long? value, string field)
    {
        if (value is < -1)
        {
            throw new OciException($"{field}: out of range: {value}");
        }
    }

    private static void CheckBlockIo(OciBlockIo? io, string field)
    {
        if (io is null)
        {
            return;
        }

        CheckWeight(io.Weight, field + ".weight");
        CheckWeight(io.LeafWeight, field + ".leafWeight");
        for (int i = 0; i < (io.WeightDevice?.Count ?? 0); i++)
        {
            CheckWeight(io.WeightDevice![i].Weight, $"{field}.weightDevice[{i}].weight");
            CheckWeight(io.WeightDevice[i].LeafWeight, $"{field}.weightDevice[{i}].leafWeight");
        }
    }

    private static void CheckWeight(ushort? weight, string field)
    {
        if (weight is not (null or 0) and (< 10 or > 1000))
        {
            throw new OciException($"{field}: not between 10 and 1000: {weight}");
        }
    }
}

using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Carrel.Oci;

/// <summary>config-linux.md.</summary>
internal static class LinuxValidator
{
    private const uint MostMode = 0xfff;

    private static readonly string[] s_propagations =
        ["shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable", "runbindable"];

    internal static void Check(OciLinux linux, bool usesNamespaces)
    {
        Refuse(linux.IntelRdt, "linux.intelRdt");
        Refuse(linux.TimeOffsets, "linux.timeOffsets");
        Refuse(linux.NetDevices, "linux.netDevices");
        if (linux.MountLabel is { Length: > 0 })
        {
            throw new OciException("linux.mountLabel: SELinux is not supported");
        }

        CheckNamespaces(linux.Namespaces ?? []);
        CheckMappings(linux.UidMappings, "linux.uidMappings");
        CheckMappings(linux.GidMappings, "linux.gidMappings");
        CheckDevices(linux.Devices ?? []);
        CheckPaths(linux.MaskedPaths, "linux.maskedPaths");
        CheckPaths(linux.ReadonlyPaths, "linux.readonlyPaths");
        SpecValidator.CheckText(linux.CgroupsPath, "linux.cgroupsPath");
        if (linux.RootfsPropagation is { Length: > 0 } propagation)
        {
            SpecValidator.CheckOneOf(propagation, "linux.rootfsPropagation", s_propagations);
        }

        if (linux.Personality is { } personality)
        {
            SpecValidator.CheckOneOf(personality.Domain, "linux.personality.domain", "LINUX", "LINUX32");
            if (personality.Flags is { Count: > 0 } flags)
            {
                throw new OciException($"linux.personality.flags: {flags[0]}: the specification knows no flag");
            }
        }

        if (linux.Resources is { } resources)
        {
            ResourceValidator.Check(resources, "linux.resources.");
        }

        if (usesNamespaces)
        {
            CheckUserNamespace(linux);
            SysctlValidator.Check(linux);
        }
    }

    internal static void CheckMappings(List<OciIdMapping>? mappings, string field)
    {
        for (int i = 0; i < (mappings?.Count ?? 0); i++)
        {
            OciIdMapping mapping = mappings![i];
            if (mapping.Size == 0)
            {
                throw new OciException($"{field}[{i}].size: 0");
            }

            if ((ulong)mapping.ContainerID + mapping.Size > uint.MaxValue || (ulong)mapping.HostID + mapping.Size > uint.MaxValue)
            {
                throw new OciException($"{field}[{i}]: ends beyond the last id");
            }

            if (mappings.Take(i).Any(other => Overlap(other.ContainerID, other.Size, mapping.ContainerID, mapping.Size) || Overlap(other.HostID, other.Size, mapping.HostID, mapping.Size)))
            {
                throw new OciException($"{field}[{i}]: overlaps another range");
            }
        }
    }

    private static bool Overlap(uint first, uint firstSize, uint second, uint secondSize) => first < (ulong)second + secondSize && second < (ulong)first + firstSize;

    /// <summary>A setting that is known and cannot be had: present and not empty is an error.</summary>
    private static void Refuse(JsonElement? value, string field)
    {
        if (value is { } element && element.ValueKind switch
            {
                JsonValueKind.Null or JsonValueKind.Undefined => false,
                JsonValueKind.Object => element.EnumerateObject().Any(),
                JsonValueKind.Array => element.GetArrayLength() > 0,
                _ => true,
            })
        {
            throw new OciException($"{field}: not supported");
        }
    }

    private static void CheckNamespaces(List<OciNamespace> namespaces)
    {
        for (int i = 0; i < namespaces.Count; i++)
        {
            OciNamespace each = namespaces[i];
            SpecValidator.CheckOneOf(each.Type, $"linux.namespaces[{i}].type", "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time");
            if (namespaces.Take(i).Any(other => other.Type == each.Type))
            {
                throw new OciException($"linux.namespaces[{i}].type: {each.Type} is there twice");
            }

            if (each.Path is { Length: > 0 } path)
            {
                SpecValidator.CheckAbsolute(path, $"linux.namespaces[{i}].path");
            }
        }
    }

    private static void CheckUserNamespace(OciLinux linux)
    {
        OciNamespace? user = linux.Namespaces?.Find(each => each.Type == "user");
        bool isNew = user is { Path: null or "" };
        bool hasMappings = linux.UidMappings is { Count: > 0 } || linux.GidMappings is { Count: > 0 };
        if (hasMappings && user is null)
        {
            throw new OciException("linux.uidMappings: id mappings need a user namespace (linux.namespaces)");
        }

        if (isNew && linux.UidMappings is not { Count: > 0 })
        {
            throw new OciException("linux.uidMappings: missing: a user namespace has nobody without them");
        }

        if (isNew && linux.GidMappings is not { Count: > 0 })
        {
            throw new OciException("linux.gidMappings: missing: a user namespace has no group without them");
        }
    }

    private static void CheckDevices(List<OciDevice> devices)
    {
        for (int i = 0; i < devices.Count; i++)
        {
            string field = $"linux.devices[{i}]";
            OciDevice device = devices[i];
            SpecValidator.CheckOneOf(device.Type, $"{field}.type", "c", "b", "u", "p");
            SpecValidator.CheckAbsolute(device.Path, $"{field}.path");
            if (device.FileMode > MostMode && (device.FileMode & ~MostMode & ~0xf000u) != 0)
            {
                throw new OciException($"{field}.fileMode: out of range: {device.FileMode}");
            }

            if (device.Type != "p" && (device.Major is < 0 or > uint.MaxValue || device.Minor is < 0 or > uint.MaxValue))
            {
                throw new OciException($"{field}: not a device number: {device.Major}:{device.Minor}");
            }
        }
    }

    private static void CheckPaths(List<string>? paths, string field)
    {
        for (int i = 0; i < (paths?.Count ?? 0); i++)
        {
            SpecValidator.CheckAbsolute(paths![i], $"{field}[{i}]");
        }
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>What may be done with a device; the values are those of BPF_DEVCG_ACC_*.</summary>
[Flags]
internal enum DeviceAccess
{
    None = 0,
    Mknod = 1,
    Read = 2,
    Write = 4,
    All = 7,
}

/// <summary>Devices of a kind ('b' or 'c'); a number of -1 is every number.</summary>
internal readonly record struct DeviceKey(char Type, long Major, long Minor)
{
    public const long Any = -1;

    /// <summary>Every device of <paramref name="other"/> is one of these.</summary>
    public bool Covers(DeviceKey other) =>
        Type == other.Type && (Major == Any || Major == other.Major) && (Minor == Any || Minor == other.Minor);
}

/// <summary>
/// The outcome of a list of device rules: what holds for most devices, and the exceptions. That is the form in which the v1 controller keeps them
/// (security/device_cgroup.c) and from which the v2 program is made, so both versions allow the same.
/// </summary>
internal sealed class DeviceRules
{
    private const string Field = "linux.resources.devices";

    // What a program may take for granted (config-linux.md, "Default Devices"), terminals, tun; and mknod of anything, since a node is worth nothing without access.
    private static readonly (DeviceKey Key, DeviceAccess Access)[] Defaults =
    [
        (new('c', DeviceKey.Any, DeviceKey.Any), DeviceAccess.Mknod), (new('b', DeviceKey.Any, DeviceKey.Any), DeviceAccess.Mknod),
        (new('c', 1, 3), DeviceAccess.All), (new('c', 1, 8), DeviceAccess.All), (new('c', 1, 7), DeviceAccess.All), (new('c', 5, 0), DeviceAccess.All),
        (new('c', 1, 5), DeviceAccess.All), (new('c', 1, 9), DeviceAccess.All), (new('c', 136, DeviceKey.Any), DeviceAccess.All),
        (new('c', 5, 2), DeviceAccess.All), (new('c', 10, 200), DeviceAccess.All),
    ];

    private readonly Dictionary<DeviceKey, DeviceAccess> _exceptions = [];

    /// <summary>Whether a device that is in no exception may be used. Not until a rule says so.</summary>
    public bool AllowsByDefault { get; private set; }

    public IReadOnlyDictionary<DeviceKey, DeviceAccess> Exceptions => _exceptions;

    /// <summary>The rules of a configuration and after them the defaults.</summary>
    public static DeviceRules Of(List<OciDeviceRule>? configured)
    {
        var rules = new DeviceRules();
        for (int i = 0; i < (configured?.Count ?? 0); i++)
        {
            rules.Add(configured![i], $"{Field}[{i}]");
        }

        foreach ((DeviceKey key, DeviceAccess access) in Defaults)
        {
            rules.Add(allow: true, key, access, Field);
        }

        return rules;
    }

    /// <summary>devices.list of v1: the exceptions, or "a *:* rwm" alone when everything is allowed (exceptions then do not show).</summary>
    public static DeviceRules Parse(string list)
    {
        var rules = new DeviceRules();
        foreach (string line in list.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(' ', ':');
            if (fields.Length != 4 || fields[0] == "a")
            {
                rules.AllowsByDefault |= fields[0] == "a";
                continue;
            }

            var key = new DeviceKey(fields[0][0], NumberOf(fields[1]), NumberOf(fields[2]));
            rules._exceptions[key] = AccessOf(fields[3]) ?? DeviceAccess.None;
        }

        return rules;
    }

    public static bool IsDefault(DeviceKey key) => Array.Exists(Defaults, rule => rule.Key == key);

    /// <summary>As the v1 files take it.</summary>
    public static string Format(DeviceKey key, DeviceAccess access) =>
        $"{key.Type} {(key.Major < 0 ? "*" : key.Major)}:{(key.Minor < 0 ? "*" : key.Minor)} "
        + (access.HasFlag(DeviceAccess.Read) ? "r" : "") + (access.HasFlag(DeviceAccess.Write) ? "w" : "") + (access.HasFlag(DeviceAccess.Mknod) ? "m" : "");

    private void Add(OciDeviceRule rule, string field)
    {
        DeviceAccess access = AccessOf(rule.Access ?? "") is { } some and not DeviceAccess.None ? some : throw new RuntimeException($"{field}.access: \"{rule.Access}\" is not some of r, w and m");
        long major = Number(rule.Major, field + ".major");
        long minor = Number(rule.Minor, field + ".minor");
        switch (rule.Type)
        {
            case null or "" or "a":
                if (major >= 0 || minor >= 0 || access != DeviceAccess.All)
                {
                    throw new RuntimeException($"{field}: a rule for all types (\"a\") covers every device with rwm, it cannot be narrowed");
                }

                AllowsByDefault = rule.Allow;
                _exceptions.Clear();
                break;
            case "b" or "c":
                Add(rule.Allow, new DeviceKey(rule.Type[0], major, minor), access, field);
                break;
            default:
                throw new RuntimeException($"{field}.type: \"{rule.Type}\" is not a, b or c");
        }
    }

    private void Add(bool allow, DeviceKey key, DeviceAccess access, string field)
    {
        if (allow != AllowsByDefault)
        {
            _exceptions[key] = _exceptions.GetValueOrDefault(key) | access;
            return;
        }

        // The rule takes something back. Narrower exceptions go; a hole in a wider one has no form in the kernel, and to leave it out would be a false promise.
        foreach ((DeviceKey other, DeviceAccess had) in _exceptions.ToArray())
        {
            if (key.Covers(other))
            {
                SetOrRemove(other, had & ~access);
            }
            else if (other.Covers(key) && (had & access) != 0)
            {
                throw new RuntimeException($"{field}: \"{Format(key, access)}\" cannot be taken out of the earlier \"{Format(other, had)}\"");
            }
        }
    }

    private void SetOrRemove(DeviceKey key, DeviceAccess access)
    {
        if (access == DeviceAccess.None)
        {
            _exceptions.Remove(key);
        }
        else
        {
            _exceptions[key] = access;
        }
    }

    private static long Number(long? number, string field) => number switch
    {
        null or -1 => DeviceKey.Any,
        < 0 or > int.MaxValue => throw new RuntimeException($"{field}: {number} is not a device number"),
        { } value => value,
    };

    private static long NumberOf(string text) => uint.TryParse(text, out uint number) ? number : DeviceKey.Any;

    private static DeviceAccess? AccessOf(string letters)
    {
        DeviceAccess access = DeviceAccess.None;
        foreach (char letter in letters)
        {
            switch (letter)
            {
                case 'r': access |= DeviceAccess.Read; break;
                case 'w': access |= DeviceAccess.Write; break;
                case 'm': access |= DeviceAccess.Mknod; break;
                default: return null;
            }
        }

        return access;
    }
}

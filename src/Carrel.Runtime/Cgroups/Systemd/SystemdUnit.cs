using System;
using System.Linq;
using System.Text;

namespace Carrel.Runtime.Cgroups;

/// <summary>The scope of a container and the slice above it, from cgroupsPath "slice:prefix:name".</summary>
/// <param name="Name">"prefix-name.scope".</param>
internal readonly record struct SystemdUnit(string Slice, string Name)
{
    private const string Field = "linux.cgroupsPath";
    private const string DefaultPrefix = "carrel";
    private const int MaxName = 255; // UNIT_NAME_MAX - 1

    public static SystemdUnit Parse(string id, string? cgroupsPath, bool isRootless)
    {
        string[] parts = string.IsNullOrEmpty(cgroupsPath) ? ["", DefaultPrefix, id] : cgroupsPath.Split(':');
        if (parts.Length != 3 || parts[2].Length == 0)
        {
            throw new RuntimeException($"{Field}: \"{cgroupsPath}\" is not of the form slice:prefix:name, which --systemd-cgroup needs");
        }

        string slice = parts[0].Length > 0 ? parts[0] : isRootless ? "user.slice" : "system.slice";
        string name = (parts[1].Length > 0 ? $"{parts[1]}-{parts[2]}" : parts[2]) + ".scope";
        if (!IsSlice(slice))
        {
            throw new RuntimeException($"{Field}: \"{slice}\" is not the name of a slice");
        }

        return IsUnitName(name) ? new SystemdUnit(slice, name) : throw new RuntimeException($"{Field}: \"{name}\" is not the name of a unit");
    }

    // systemd.slice(5): "a-b.slice" lies in "a.slice"; no empty parts, "-.slice" is the root.
    private static bool IsSlice(string slice) =>
        slice.EndsWith(".slice", StringComparison.Ordinal) && IsUnitName(slice) && (slice == "-.slice" || slice[..^".slice".Length].Split('-').All(part => part.Length > 0));

    // systemd.unit(5): ASCII letters, digits and :-_.\@
    private static bool IsUnitName(string name) => name.Length <= MaxName && Encoding.UTF8.GetByteCount(name) == name.Length && name.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\' or '@');
}

using System;
using System.Linq;

namespace Carrel.Runtime.Cgroups;

/// <summary>linux.cgroupsPath (config-linux.md, "Cgroups Path") on its way to a directory of each hierarchy.</summary>
internal static class CgroupPath
{
    private const string Field = "linux.cgroupsPath";

    private const int MaxName = 255;

    /// <summary>
    /// The container's directory relative to a mount. Absolute: below the mount; relative, or none ("ID"): below the runtime's own cgroup. On v2 below the
    /// parent of that, because a cgroup with processes of its own, such as ours, cannot hand controllers to its children ("no internal processes").
    /// </summary>
    public static string DirectoryFor(CgroupMount mount, string id, string? cgroupsPath)
    {
        string path = string.IsNullOrEmpty(cgroupsPath) ? id : cgroupsPath;
        string inner = Clean(path);
        if (path[0] == '/')
        {
            return inner;
        }

        string parent = mount.IsUnified ? ParentOf(mount.Own) : mount.Own;
        return parent.Length == 0 ? inner : parent + "/" + inner;
    }

    /// <summary>The directory above; "" is the mount.</summary>
    public static string ParentOf(string directory) => directory.LastIndexOf('/') is > 0 and var slash ? directory[..slash] : "";

    /// <summary>A relative path of ordinary names: nothing in it leads up, is empty or ends a line.</summary>
    public static bool IsPlain(string directory) =>
        directory.Length > 0 && directory.Split('/').All(name => name.Length is > 0 and <= MaxName && name is not ("." or "..") && name.AsSpan().IndexOfAny('\0', '\n') < 0);

    // As path.Clean("/" + path): ".." never leads above the root, "." and doubled slashes vanish.
    private static string Clean(string path)
    {
        var names = new System.Collections.Generic.List<string>();
        foreach (string name in path.Split('/'))
        {
            if (name == ".." && names.Count > 0)
            {
                names.RemoveAt(names.Count - 1);
            }
            else if (name is not ("" or "." or ".."))
            {
                names.Add(name);
            }
        }

        string clean = string.Join('/', names);
        return IsPlain(clean) ? clean : throw new RuntimeException($"{Field}: \"{path}\" names no cgroup of its own");
    }
}

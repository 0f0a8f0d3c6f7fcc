using System;
using System.Collections.Generic;
using System.Linq;

namespace Carrel.Runtime.Cgroups;

/// <summary>
/// Which cgroup hierarchies this host shows us and where we are in them, from /proc/self/mountinfo and /proc/self/cgroup. The runtime may itself run in a
/// container or below a cgroup, so neither the mount's root nor our own place is taken for granted.
/// </summary>
internal sealed class CgroupHierarchies
{
    private const string Usual = "/sys/fs/cgroup";

    private readonly List<CgroupMount> _mounts = [];

    /// <param name="mountinfo">Text of /proc/self/mountinfo.</param>
    /// <param name="cgroup">Text of /proc/self/cgroup.</param>
    public CgroupHierarchies(string mountinfo, string cgroup)
    {
        Dictionary<string, string> own = ParseOwn(cgroup);
        foreach (string line in mountinfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (ParseMount(line, own) is not { } mount)
            {
                continue;
            }

            // The same hierarchy may be mounted several times; the usual place wins, then the first.
            int known = _mounts.FindIndex(other => other.IsUnified == mount.IsUnified && other.Controllers.SequenceEqual(mount.Controllers));
            if (known < 0)
            {
                _mounts.Add(mount);
            }
            else if (IsUsual(mount) && !IsUsual(_mounts[known]))
            {
                _mounts[known] = mount;
            }
        }
    }

    /// <summary>The v1 hierarchies.</summary>
    public IEnumerable<CgroupMount> Legacy => _mounts.Where(mount => !mount.IsUnified);

    /// <summary>The v2 hierarchy; null: not mounted.</summary>
    public CgroupMount? Unified => _mounts.Find(mount => mount.IsUnified);

    /// <summary>v2 alone: no v1 controller is mounted.</summary>
    public bool IsUnified => Unified is not null && !Legacy.Any();

    /// <summary>v1 controllers beside a v2 mount.</summary>
    public bool IsHybrid => Unified is not null && Legacy.Any();

    public bool IsEmpty => _mounts.Count == 0;

    public static CgroupHierarchies Detect() => new(ProcFile.ReadText("/proc/self/mountinfo") ?? "", ProcFile.ReadText("/proc/self/cgroup") ?? "");

    /// <summary>The hierarchy that holds an absolute path, and the path relative to it.</summary>
    /// <exception cref="RuntimeException">None does, or the path is not plain.</exception>
    public (CgroupMount Mount, string Directory) Locate(string path)
    {
        CgroupMount? best = null;
        foreach (CgroupMount mount in _mounts)
        {
            if (path.StartsWith(mount.MountPoint + "/", StringComparison.Ordinal) && mount.MountPoint.Length > (best?.MountPoint.Length ?? 0))
            {
                best = mount;
            }
        }

        string directory = best is null ? "" : path[(best.MountPoint.Length + 1)..];
        return best is not null && CgroupPath.IsPlain(directory) ? (best, directory) : throw new RuntimeException($"cgroup {path}: not below a cgroup mount of this host");
    }

    private static bool IsUsual(CgroupMount mount) => mount.MountPoint == Usual || mount.MountPoint.StartsWith(Usual + "/", StringComparison.Ordinal);

    // /proc/self/cgroup, cgroups(7): hierarchy-ID:controller-list:path, "0::path" for v2. A path may hold a colon.
    private static Dictionary<string, string> ParseOwn(string cgroup)
    {
        var own = new Dictionary<string, string>();
        foreach (string line in cgroup.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':', 3);
            if (fields.Length == 3)
            {
                foreach (string controller in fields[1].Split(','))
                {
                    own.TryAdd(controller, fields[2]);
                }
            }
        }

        return own;
    }

    // proc(5): 36 35 98:0 /root /mount/point options [optional]... - type source super-options
    private static CgroupMount? ParseMount(string line, Dictionary<string, string> own)
    {
        int separator = line.IndexOf(" - ", StringComparison.Ordinal);
        string[] head = separator < 0 ? [] : line[..separator].Split(' ');
        string[] tail = separator < 0 ? [] : line[(separator + 3)..].Split(' ');
        if (head.Length < 6 || tail.Length < 3 || tail[0] is not ("cgroup" or "cgroup2"))
        {
            return null;
        }

        bool isUnified = tail[0] == "cgroup2";
        string[] controllers = isUnified ? [] : tail[2].Split(',').Where(own.ContainsKey).ToArray();
        if (!isUnified && controllers.Length == 0)
        {
            return null;
        }

        string place = own.GetValueOrDefault(isUnified ? "" : controllers[0], "/");
        return new CgroupMount(Unescape(head[4]), controllers, isUnified, Below(Unescape(head[3]), place));
    }

    // Our place in the hierarchy as seen through a mount whose root is not the hierarchy's. Outside of it ("/../x" in a cgroup namespace): the mount itself.
    private static string Below(string root, string place)
    {
        string below = root == "/" ? place
            : place == root ? ""
            : place.StartsWith(root + "/", StringComparison.Ordinal) ? place[root.Length..]
            : "";
        below = below.Trim('/');
        return below.Length == 0 || CgroupPath.IsPlain(below) ? below : "";
    }

    // The kernel writes space, tab, newline and backslash as \ooo.
    private static string Unescape(string field)
    {
        if (!field.Contains('\\'))
        {
            return field;
        }

        var text = new System.Text.StringBuilder();
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }
}

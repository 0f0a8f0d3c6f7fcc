using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>The namespaces of a container: which are new, which are joined by path, which stay the runtime's (config-linux.md, "Namespaces").</summary>
internal sealed class Namespaces
{
    private static readonly (string Type, CloneFlags Flag, string File)[] Known =
    [
        ("user", CloneFlags.CLONE_NEWUSER, "user"),
        ("pid", CloneFlags.CLONE_NEWPID, "pid"),
        ("network", CloneFlags.CLONE_NEWNET, "net"),
        ("mount", CloneFlags.CLONE_NEWNS, "mnt"),
        ("ipc", CloneFlags.CLONE_NEWIPC, "ipc"),
        ("uts", CloneFlags.CLONE_NEWUTS, "uts"),
        ("cgroup", CloneFlags.CLONE_NEWCGROUP, "cgroup"),
        ("time", CloneFlags.CLONE_NEWTIME, "time"),
    ];

    private readonly List<(CloneFlags Flag, string Type, string Path)> _joined = [];

    internal Namespaces(OciLinux? linux)
    {
        foreach (OciNamespace entry in linux?.Namespaces ?? [])
        {
            CloneFlags flag = FlagOf(entry.Type);
            if ((All & flag) != 0)
            {
                throw new RuntimeException($"linux.namespaces: {entry.Type} is given twice");
            }

            if (string.IsNullOrEmpty(entry.Path))
            {
                New |= flag;
            }
            else
            {
                _joined.Add((flag, entry.Type, entry.Path));
                JoinedFlags |= flag;
            }
        }
    }

    /// <summary>To be made.</summary>
    internal CloneFlags New { get; }

    internal CloneFlags JoinedFlags { get; }

    internal CloneFlags All => New | JoinedFlags;

    internal IReadOnlyList<(CloneFlags Flag, string Type, string Path)> Joined => _joined;

    internal bool IsNew(CloneFlags flag) => (New & flag) != 0;

    internal bool IsJoined(CloneFlags flag) => (JoinedFlags & flag) != 0;

    /// <summary>New or joined: not the runtime's own.</summary>
    internal bool Has(CloneFlags flag) => (All & flag) != 0;

    /// <summary>The namespaces of a process that are not our own. Asked of the host's /proc.</summary>
    /// <param name="process">/proc/PID.</param>
    internal static CloneFlags Differing(string process)
    {
        CloneFlags kinds = 0;
        foreach ((_, CloneFlags flag, string file) in Known)
        {
            if (HostPath.StatAt(At.AT_FDCWD, $"{process}/ns/{file}", 0, out Stat theirs) == 0 && HostPath.StatAt(At.AT_FDCWD, $"/proc/self/ns/{file}", 0, out Stat ours) == 0
                && theirs.Ino != ours.Ino)
            {
                kinds |= flag;
            }
        }

        return kinds;
    }

    private static CloneFlags FlagOf(string type)
    {
        foreach ((string name, CloneFlags flag, _) in Known)
        {
            if (name == type)
            {
                return flag;
            }
        }

        throw new RuntimeException($"linux.namespaces: type {type} is unknown");
    }
}

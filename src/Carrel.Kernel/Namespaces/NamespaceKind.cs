using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Namespaces;

/// <summary>A kind of namespace, namespaces(7): its name in /proc/PID/ns and the member of a task's set.</summary>
/// <param name="Link">Name of the link.</param>
/// <param name="Name">Name within the link's text.</param>
/// <param name="Flag">CLONE_NEW*.</param>
/// <param name="InitialNumber">Inode number of the first one, that of Linux's initial namespace.</param>
/// <param name="Get">The object.</param>
internal sealed record NamespaceKind(string Link, string Name, CloneFlags Flag, uint InitialNumber, Func<Task, object> Get)
{
    public static IReadOnlyList<NamespaceKind> All { get; } =
    [
        new("cgroup", "cgroup", CloneFlags.CLONE_NEWCGROUP, 0xEFFFFFFB, static task => task.Namespaces.Cgroup),
        new("ipc", "ipc", CloneFlags.CLONE_NEWIPC, 0xEFFFFFFF, static task => task.Namespaces.Ipc),
        new("mnt", "mnt", CloneFlags.CLONE_NEWNS, 0xF0000000, static task => task.Namespaces.Mounts),
        new("net", "net", CloneFlags.CLONE_NEWNET, 0xF0000098, static task => task.Namespaces.NetworkOf(task)),
        new("pid", "pid", CloneFlags.CLONE_NEWPID, 0xEFFFFFFC, static task => task.Pids),
        new("pid_for_children", "pid", CloneFlags.CLONE_NEWPID, 0xEFFFFFFC, static task => task.Namespaces.PidsOfChildren(task)),
        new("user", "user", CloneFlags.CLONE_NEWUSER, 0xEFFFFFFD, static task => task.Credentials.User),
        new("uts", "uts", CloneFlags.CLONE_NEWUTS, 0xEFFFFFFE, static task => task.Namespaces.Uts),
    ];

    public static NamespaceKind User { get; } = Find("user")!;

    /// <summary>By the name of the link; null for the kinds that this kernel is without (time).</summary>
    public static NamespaceKind? Find(string link)
    {
        foreach (NamespaceKind kind in All)
        {
            if (kind.Link == link)
            {
                return kind;
            }
        }

        return null;
    }

    /// <summary>The user namespace before those it owns.</summary>
    public static IEnumerable<NamespaceKind> InOrderOfEntry
    {
        get
        {
            foreach (bool isUser in (bool[])[true, false])
            {
                foreach (NamespaceKind kind in All)
                {
                    if (kind.Flag == CloneFlags.CLONE_NEWUSER == isUser)
                    {
                        yield return kind;
                    }
                }
            }
        }
    }

    /// <summary>The user namespace that owns a namespace; a user namespace's parent.</summary>
    public static UserNamespace OwnerOf(object value) => value switch
    {
        UtsNamespace uts => uts.Owner,
        Ipc.IpcNamespace ipc => ipc.Owner,
        Vfs.MountNamespace mounts => mounts.Owner,
        PidTable pids => pids.Owner,
        CgroupNamespace cgroup => cgroup.Owner,
        NetworkNamespace network => network.Owner,
        UserNamespace user => user.Parent ?? UserNamespace.Initial,
        _ => UserNamespace.Initial,
    };
}

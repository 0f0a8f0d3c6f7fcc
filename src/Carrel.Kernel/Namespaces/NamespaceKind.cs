using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Namespaces;

/// <summary>A kind of namespace, namespaces(7): its name in /proc/PID/ns and the member of a task's set.</summary>
/// <param name="Link">Name of the link.</param>
/// <param name="Name">Name within the link's text.</param>
/// <param name="Flag">CLONE_NEW*.</param>
/// <param name="InitialNumber">Inode number of the first one, that of Linux's initial namespace.</param>
/// <param name="Get">The object; kinds that this kernel has only one of give the kernel.</param>
internal sealed record NamespaceKind(string Link, string Name, CloneFlags Flag, uint InitialNumber, Func<Task, object> Get)
{
    private static readonly Func<Task, object> _single = static task => task.Kernel;

    public static IReadOnlyList<NamespaceKind> All { get; } =
    [
        new("cgroup", "cgroup", CloneFlags.CLONE_NEWCGROUP, 0xEFFFFFFB, _single),
        new("ipc", "ipc", CloneFlags.CLONE_NEWIPC, 0xEFFFFFFF, static task => task.Namespaces.Ipc),
        new("mnt", "mnt", CloneFlags.CLONE_NEWNS, 0xF0000000, static task => task.Namespaces.Mounts),
        new("net", "net", CloneFlags.CLONE_NEWNET, 0xF0000098, _single),
        new("pid", "pid", CloneFlags.CLONE_NEWPID, 0xEFFFFFFC, static task => task.Pids),
        new("pid_for_children", "pid", CloneFlags.CLONE_NEWPID, 0xEFFFFFFC, static task => task.Namespaces.PidsOfChildren(task)),
        new("time", "time", CloneFlags.CLONE_NEWTIME, 0xEFFFFFFA, _single),
        new("time_for_children", "time", CloneFlags.CLONE_NEWTIME, 0xEFFFFFFA, _single),
        new("user", "user", CloneFlags.CLONE_NEWUSER, 0xEFFFFFFD, _single),
        new("uts", "uts", CloneFlags.CLONE_NEWUTS, 0xEFFFFFFE, static task => task.Namespaces.Uts),
    ];
}

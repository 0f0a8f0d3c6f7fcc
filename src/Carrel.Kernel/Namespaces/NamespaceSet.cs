using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

/// <summary>The namespaces a task is in (Linux's nsproxy). Replaced as a whole; each member may be shared with other sets.</summary>
public sealed partial class NamespaceSet
{
    /// <summary>Namespaces that this kernel can make anew.</summary>
    public const CloneFlags Supported = CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWIPC | CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID;

    private const CloneFlags All = Supported | CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWNET
        | CloneFlags.CLONE_NEWCGROUP | CloneFlags.CLONE_NEWTIME;

    /// <summary>Host name and domain name.</summary>
    public UtsNamespace Uts { get; private set; } = new();

    /// <summary>Where children are born (pid_ns_for_children); null: in the first namespace.</summary>
    private PidTable? _pids;

    public NamespaceSet(UtsNamespace uts, MountNamespace mounts)
    {
        Uts = uts;
        Mounts = mounts;
    }

    /// <summary>copy_namespaces(): what a child with these clone flags gets. EPERM without CAP_SYS_ADMIN, EINVAL for namespaces that this kernel lacks.</summary>
    internal Result<NamespaceSet> ForClone(Task task, CloneFlags flags)
    {
        flags &= All;
        if (flags == 0)
        {
            return this;
        }

        if ((flags & ~CloneFlags.CLONE_NEWUSER) != 0 && !task.IsCapable(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        // As on a kernel built without user, net, cgroup and time namespaces.
        if ((flags & ~Supported) != 0)
        {
            return Errno.EINVAL;
        }

        if ((flags & CloneFlags.CLONE_NEWPID) != 0 && (PidsOfChildren(task) != task.Pids || task.Pids.Level >= PidTable.MaximumLevel))
        {
            // copy_pid_ns()
            return PidsOfChildren(task) != task.Pids ? Errno.EINVAL : Errno.ENOSPC;
        }

        var copy = (NamespaceSet)MemberwiseClone();
        if ((flags & CloneFlags.CLONE_NEWPID) != 0)
        {
            copy._pids = new PidTable(task.Pids);
        }

        if ((flags & CloneFlags.CLONE_NEWUTS) != 0)
        {
            copy.Uts = Uts.Copy();
        }

        if ((flags & CloneFlags.CLONE_NEWIPC) != 0)
        {
            copy.Ipc = new Ipc.IpcNamespace(task.Kernel);
        }

        return copy;
    }

    /// <summary>Called for the task that has just been given this set: in a copy of the mount tree it walks from the copies of its root and working directory.</summary>
    internal void Enter(Task task, CloneFlags flags)
    {
        if ((flags & CloneFlags.CLONE_NEWNS) == 0)
        {
            return;
        }

        Mounts = Mounts.Clone(out Dictionary<Mount, Mount> copies);
        task.Fs.Root = Moved(task.Fs.Root, copies);
        task.Fs.WorkingDirectory = Moved(task.Fs.WorkingDirectory, copies);
    }

    internal PidTable PidsOfChildren(Task task) => _pids ?? task.Kernel.Pids;

    internal NamespaceSet With(PidTable pids)
    {
        var copy = (NamespaceSet)MemberwiseClone();
        copy._pids = pids;
        return copy;
    }

    internal NamespaceSet With(UtsNamespace uts)
    {
        var copy = (NamespaceSet)MemberwiseClone();
        copy.Uts = uts;
        return copy;
    }

    internal NamespaceSet With(Ipc.IpcNamespace ipc)
    {
        var copy = (NamespaceSet)MemberwiseClone();
        copy.Ipc = ipc;
        return copy;
    }

    internal NamespaceSet With(MountNamespace mounts)
    {
        var copy = (NamespaceSet)MemberwiseClone();
        copy.Mounts = mounts;
        return copy;
    }

    private static Path Moved(Path path, Dictionary<Mount, Mount> copies) =>
        path.IsValid && copies.TryGetValue(path.Mount, out Mount? copy) ? new Path(copy, path.Dentry) : path;
}

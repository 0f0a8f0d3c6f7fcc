using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

/// <summary>The namespaces a task is in (Linux's nsproxy). Replaced as a whole; each member may be shared with other sets.</summary>
public sealed partial class NamespaceSet
{
    /// <summary>Namespaces that this kernel can make anew.</summary>
    public const CloneFlags Supported = CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWIPC | CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID
        | CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWCGROUP | CloneFlags.CLONE_NEWNET;

    private const CloneFlags All = Supported | CloneFlags.CLONE_NEWTIME;

    /// <summary>Host name and domain name.</summary>
    public UtsNamespace Uts { get; private set; } = new();

    /// <summary>There is one cgroup, so that it hides nothing.</summary>
    internal CgroupNamespace Cgroup { get; private set; } = CgroupNamespace.Initial;

    /// <summary>Where children are born (pid_ns_for_children); null: in the first namespace.</summary>
    private PidTable? _pids;

    // Null: the first one.
    private NetworkNamespace? _network;

    public NamespaceSet(UtsNamespace uts, MountNamespace mounts)
    {
        Uts = uts;
        Mounts = mounts;
    }

    /// <summary>copy_namespaces(): what a child with these clone flags gets. EPERM without CAP_SYS_ADMIN, EINVAL for namespaces that this kernel lacks.</summary>
    /// <param name="task">Who asks.</param>
    /// <param name="flags">CLONE_NEW*.</param>
    /// <param name="credentials">Those in a new user namespace, if one is made with the others; it owns them.</param>
    internal Result<NamespaceSet> ForClone(Task task, CloneFlags flags, Credentials credentials)
    {
        flags &= All;
        if (flags == 0)
        {
            return this;
        }

        if ((flags & ~CloneFlags.CLONE_NEWUSER) != 0 && !credentials.HasOwnCapability(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        // As on a kernel built without time namespaces.
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
            copy._pids = new PidTable(task.Pids) { Owner = credentials.User };
        }

        if ((flags & CloneFlags.CLONE_NEWUTS) != 0)
        {
            copy.Uts = Uts.Copy(credentials.User);
        }

        if ((flags & CloneFlags.CLONE_NEWIPC) != 0)
        {
            copy.Ipc = new Ipc.IpcNamespace(task.Kernel) { Owner = credentials.User };
        }

        if ((flags & CloneFlags.CLONE_NEWCGROUP) != 0)
        {
            copy.Cgroup = new CgroupNamespace(credentials.User);
        }

        if ((flags & CloneFlags.CLONE_NEWNET) != 0)
        {
            copy._network = new NetworkNamespace(credentials.User);
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

        MountNamespace old = Mounts;
        Mounts = old.Clone(out Dictionary<Mount, Mount> copies);
        Mounts.Owner = task.Credentials.User;
        if (Mounts.Owner != old.Owner)
        {
            foreach (Mount copy in copies.Values)
            {
                copy.LockFlags();
            }
        }

        Mounts.AddUser();
        task.Fs.Root = Moved(task.Fs.Root, copies);
        task.Fs.WorkingDirectory = Moved(task.Fs.WorkingDirectory, copies);
        old.DropUser();
    }

    internal PidTable PidsOfChildren(Task task) => _pids ?? task.Kernel.Pids;

    internal NetworkNamespace NetworkOf(Task task) => _network ?? task.Kernel.Network;

    internal NamespaceSet With(NetworkNamespace network) => Changed(copy => copy._network = network);

    internal NamespaceSet With(CgroupNamespace cgroup) => Changed(copy => copy.Cgroup = cgroup);

    internal NamespaceSet With(PidTable pids) => Changed(copy => copy._pids = pids);

    internal NamespaceSet With(UtsNamespace uts) => Changed(copy => copy.Uts = uts);

    internal NamespaceSet With(Ipc.IpcNamespace ipc) => Changed(copy => copy.Ipc = ipc);

    internal NamespaceSet With(MountNamespace mounts) => Changed(copy => copy.Mounts = mounts);

    private NamespaceSet Changed(Action<NamespaceSet> change)
    {
        var copy = (NamespaceSet)MemberwiseClone();
        change(copy);
        return copy;
    }

    private static Path Moved(Path path, Dictionary<Mount, Mount> copies) =>
        path.IsValid && copies.TryGetValue(path.Mount, out Mount? copy) ? new Path(copy, path.Dentry) : path;
}

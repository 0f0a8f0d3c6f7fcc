using System.Collections.Generic;
using System.Numerics;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>
/// What mount(2), umount2(2) and pivot_root(2) do once their arguments are copied: fs/namespace.c. Propagation types are kept and shown, but a mount made
/// below a shared one appears only where it was made.
/// </summary>
internal static class MountOperations
{
    /// <summary>Flags of a mount, as opposed to its file system.</summary>
    public const MountFlags PerMount = MountFlags.MS_RDONLY | MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC | MountFlags.MS_NOATIME
        | MountFlags.MS_NODIRATIME | MountFlags.MS_RELATIME | MountFlags.MS_NOSYMFOLLOW;

    private const MountFlags AccessTimes = MountFlags.MS_NOATIME | MountFlags.MS_NODIRATIME | MountFlags.MS_RELATIME;
    private const MountFlags Propagations = MountFlags.MS_SHARED | MountFlags.MS_PRIVATE | MountFlags.MS_SLAVE | MountFlags.MS_UNBINDABLE;

    /// <summary>may_mount().</summary>
    public static bool MayMount(Task task) => task.Credentials.HasCapabilityIn(task.Namespaces.Mounts.Owner, Capability.CAP_SYS_ADMIN);

    /// <summary>check_mnt(): the mount is part of the caller's tree.</summary>
    public static bool IsOurs(Task task, Mount mount) => mount.Namespace is not null && mount.Namespace == task.Namespaces.Mounts;

    /// <summary>path_mounted(): the path is the root of its mount.</summary>
    public static bool IsMountRoot(Path path) => path.Dentry == path.Mount.Root;

    /// <summary>do_new_mount().</summary>
    public static Errno New(Task task, Path at, string? type, string source, MountFlags flags, MountFlags mountFlags, string options)
    {
        if (type is null)
        {
            return Errno.EINVAL;
        }

        Result<FileSystemType> found = task.Kernel.FileSystemTypes.Find(type);
        if (found.Failed)
        {
            return found.Error;
        }

        Result<FileSystem> made = Make(task, found.Value, source, options);
        if (made.Failed)
        {
            return made.Error;
        }

        if ((flags & MountFlags.MS_RDONLY) != 0)
        {
            made.Value.IsReadOnly |= made.Value.MountCount == 0;
        }

        return Add(task, MountNamespace.CreateDetached(task.Kernel, made.Value, made.Value.RootDentry, mountFlags), at);
    }

    /// <summary>mount_capable(): outside the first user namespace only some kinds can be mounted, and what shows a namespace only by its owner. EPERM.</summary>
    public static Result<FileSystem> Make(Task task, FileSystemType type, string source, string options)
    {
        Credentials own = task.Credentials;
        bool isCapable = type.Name switch
        {
            "tmpfs" or "ramfs" or "devpts" or "overlay" => own.HasOwnCapability(Capability.CAP_SYS_ADMIN),
            "proc" => own.HasCapabilityIn(task.Pids.Owner, Capability.CAP_SYS_ADMIN),
            "mqueue" => own.HasCapabilityIn(task.Namespaces.Ipc.Owner, Capability.CAP_SYS_ADMIN),
            "sysfs" => own.HasCapabilityIn(task.Namespaces.NetworkOf(task).Owner, Capability.CAP_SYS_ADMIN),
            _ => own.HasCapability(Capability.CAP_SYS_ADMIN),
        };
        if (!isCapable)
        {
            return Errno.EPERM;
        }

        Result<FileSystem> made = type.Create(task, source, options);
        if (made.Succeeded && made.Value.MountCount == 0)
        {
            made.Value.Owner = own.User;
        }

        return made;
    }

    /// <summary>do_add_mount(): the same file system is not mounted twice on one place.</summary>
    public static Errno Add(Task task, Mount mount, Path at)
    {
        Errno error = IsOurs(task, at.Mount) ? Errno.OK : Errno.EINVAL;
        if (error == Errno.OK && at.Mount.FileSystem == mount.FileSystem && IsMountRoot(at))
        {
            error = Errno.EBUSY;
        }

        return Graft(task, mount, at, error);
    }

    /// <summary>do_loopback(): a bind mount.</summary>
    public static Errno Bind(Task task, Path at, string? source, bool isRecursive)
    {
        if (string.IsNullOrEmpty(source))
        {
            return Errno.EINVAL;
        }

        Result<Path> found = Namei.Lookup(task, new Fd(At.AT_FDCWD), source, LookupFlags.Follow);
        if (found.Failed)
        {
            return found.Error;
        }

        Path from = found.Value;
        if (!IsOurs(task, at.Mount) || !IsOurs(task, from.Mount) || from.Mount.Propagation == MountFlags.MS_UNBINDABLE)
        {
            return Errno.EINVAL;
        }

        if (isRecursive && task.Namespaces.Mounts.Count >= MountNamespace.MaxMounts / 2)
        {
            return Errno.ENOSPC;
        }

        Mount copy = MountNamespace.CopyTree(task.Kernel, from.Mount, from.Dentry, isRecursive, null, skipUnbindable: true);
        return Graft(task, copy, at, Errno.OK);
    }

    /// <summary>do_remount(): flags and options of the file system, flags of the mount.</summary>
    public static Errno Remount(Task task, Path at, MountFlags flags, MountFlags mountFlags, string options)
    {
        Mount mount = at.Mount;
        if (!IsOurs(task, mount) || !IsMountRoot(at))
        {
            return Errno.EINVAL;
        }

        if (!mount.MayBecome(mountFlags))
        {
            return Errno.EPERM;
        }

        FileSystem fileSystem = mount.FileSystem;
        if (!task.Credentials.HasCapabilityIn(fileSystem.Owner, Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        bool isReadOnly = (flags & MountFlags.MS_RDONLY) != 0;
        if (isReadOnly && !fileSystem.IsReadOnly && HasWriters(task.Namespaces.Mounts, fileSystem))
        {
            return Errno.EBUSY;
        }

        Errno error = fileSystem.Remount(options);
        if (error != Errno.OK)
        {
            return error;
        }

        fileSystem.IsReadOnly = isReadOnly;
        SetFlags(mount, mountFlags);
        return Errno.OK;
    }

    /// <summary>do_reconfigure_mnt(): MS_REMOUNT | MS_BIND changes the mount alone.</summary>
    public static Errno Reconfigure(Task task, Path at, MountFlags mountFlags)
    {
        if (!IsOurs(task, at.Mount) || !IsMountRoot(at))
        {
            return Errno.EINVAL;
        }

        return at.Mount.MayBecome(mountFlags) ? ChangeFlags(at.Mount, mountFlags) : Errno.EPERM;
    }

    /// <summary>Sets a mount's flags; EBUSY if it becomes read-only while something is open for writing.</summary>
    public static Errno ChangeFlags(Mount mount, MountFlags mountFlags)
    {
        bool becomesReadOnly = (mountFlags & MountFlags.MS_RDONLY) != 0 && (mount.Flags & MountFlags.MS_RDONLY) == 0;
        if (becomesReadOnly && mount.WriterCount > 0)
        {
            return Errno.EBUSY;
        }

        SetFlags(mount, mountFlags);
        return Errno.OK;
    }

    /// <summary>do_change_type().</summary>
    public static Errno ChangePropagation(Task task, Path at, MountFlags flags)
    {
        if (!IsMountRoot(at))
        {
            return Errno.EINVAL;
        }

        MountFlags type = flags & ~(MountFlags.MS_REC | MountFlags.MS_SILENT);
        if ((type & ~Propagations) != 0 || BitOperations.PopCount((ulong)type) != 1 || !IsOurs(task, at.Mount))
        {
            return Errno.EINVAL;
        }

        IEnumerable<Mount> changed = (flags & MountFlags.MS_REC) != 0 ? MountNamespace.Tree(at.Mount) : [at.Mount];
        foreach (Mount mount in changed)
        {
            mount.Propagation = type;
        }

        at.Mount.Namespace?.Touch();
        return Errno.OK;
    }

    /// <summary>MS_MOVE (do_move_mount_old()).</summary>
    public static Errno Move(Task task, Path at, string? source)
    {
        if (string.IsNullOrEmpty(source))
        {
            return Errno.EINVAL;
        }

        Result<Path> from = Namei.Lookup(task, new Fd(At.AT_FDCWD), source, LookupFlags.Follow);
        return from.Failed ? from.Error : Move(task, from.Value, at);
    }

    /// <summary>do_move_mount(): an attached mount to another place, or a detached tree to its first.</summary>
    public static Errno Move(Task task, Path from, Path at)
    {
        Mount mount = from.Mount;
        bool isAttached = mount.Namespace is not null;
        if (!IsOurs(task, at.Mount) || (isAttached && !IsOurs(task, mount)) || !IsMountRoot(from) || mount.IsDetached
            || (!isAttached && mount.Parent is not null))
        {
            return Errno.EINVAL;
        }

        if (isAttached && (mount.Parent is not { } parent || parent.Propagation == MountFlags.MS_SHARED))
        {
            return Errno.EINVAL;
        }

        if (from.Inode.IsDirectory != at.Inode.IsDirectory)
        {
            return Errno.EINVAL;
        }

        for (Mount? above = at.Mount; above is not null; above = above.Parent)
        {
            if (above == mount)
            {
                return Errno.ELOOP;
            }
        }

        if (PathName.IsUnlinked(at))
        {
            return Errno.ENOENT;
        }

        if (!isAttached)
        {
            return task.Namespaces.Mounts.Attach(mount, at);
        }

        task.Namespaces.Mounts.Move(mount, at);
        return Errno.OK;
    }

    /// <summary>can_umount() and do_umount().</summary>
    public static Errno Unmount(Task task, Path at, int flags)
    {
        const int Force = (int)MountFlags.MNT_FORCE;
        const int Detach = (int)MountFlags.MNT_DETACH;
        if (!MayMount(task))
        {
            return Errno.EPERM;
        }

        Mount mount = at.Mount;
        if (!IsMountRoot(at) || !IsOurs(task, mount))
        {
            return Errno.EINVAL;
        }

        if ((flags & (int)MountFlags.MNT_EXPIRE) != 0)
        {
            if (mount == task.Fs.Root.Mount || (flags & (Force | Detach)) != 0)
            {
                return Errno.EINVAL;
            }

            if (IsBusy(mount))
            {
                return Errno.EBUSY;
            }

            if (!mount.IsExpiring)
            {
                mount.IsExpiring = true;
                return Errno.EAGAIN;
            }
        }

        MountNamespace tree = task.Namespaces.Mounts;
        if (mount == tree.Root)
        {
            return Errno.EINVAL;
        }

        if ((flags & Detach) == 0 && IsBusy(mount))
        {
            return Errno.EBUSY;
        }

        tree.Detach(mount);
        return Errno.OK;
    }

    /// <summary>pivot_root(2) after the look-ups.</summary>
    public static Errno Pivot(Task task, Path root, Path old)
    {
        Path current = task.Fs.Root;
        Mount currentMount = current.Mount;
        if (old.Mount.Propagation == MountFlags.MS_SHARED || root.Mount.Parent?.Propagation == MountFlags.MS_SHARED
            || currentMount.Parent?.Propagation == MountFlags.MS_SHARED)
        {
            return Errno.EINVAL;
        }

        if (!IsOurs(task, currentMount) || !IsOurs(task, root.Mount))
        {
            return Errno.EINVAL;
        }

        if (PathName.IsUnlinked(root) || PathName.IsUnlinked(old))
        {
            return Errno.ENOENT;
        }

        if (root.Mount == currentMount || old.Mount == currentMount)
        {
            return Errno.EBUSY;
        }

        if (!IsMountRoot(current) || !IsMountRoot(root) || root.Mount.Parent is null || !IsReachable(old, root) || !IsReachable(root, current))
        {
            return Errno.EINVAL;
        }

        task.Namespaces.Mounts.Pivot(root.Mount, currentMount, old);
        MoveEverybody(task.Kernel, current, root);
        return Errno.OK;
    }

    /// <summary>is_path_reachable().</summary>
    private static bool IsReachable(Path path, Path root)
    {
        (Mount mount, Dentry dentry) = (path.Mount, path.Dentry);
        while (mount != root.Mount && mount.Parent is not null)
        {
            (dentry, mount) = (mount.MountPoint!, mount.Parent);
        }

        return mount == root.Mount && dentry.IsBelow(root.Dentry);
    }

    /// <summary>chroot_fs_refs(): whoever had the old root as root or working directory has the new one.</summary>
    private static void MoveEverybody(LinuxKernel kernel, Path old, Path root)
    {
        foreach (ThreadGroup group in kernel.Pids.Groups)
        {
            foreach (Task each in group.Tasks)
            {
                if (each.Fs.Root == old)
                {
                    each.Fs.Root = root;
                }

                if (each.Fs.WorkingDirectory == old)
                {
                    each.Fs.WorkingDirectory = root;
                }
            }
        }
    }

    /// <summary>graft_tree(); a mount that cannot be grafted ends.</summary>
    private static Errno Graft(Task task, Mount mount, Path at, Errno error)
    {
        if (error == Errno.OK && PathName.IsUnlinked(at))
        {
            error = Errno.ENOENT;
        }

        if (error == Errno.OK && at.Inode.IsDirectory != mount.Root.Inode!.IsDirectory)
        {
            error = Errno.ENOTDIR;
        }

        if (error == Errno.OK)
        {
            error = task.Namespaces.Mounts.Attach(mount, at);
        }

        if (error != Errno.OK)
        {
            MountNamespace.Dissolve(mount);
        }

        return error;
    }

    private static bool IsBusy(Mount mount) => mount.UseCount > 0 || mount.Children.Count > 0;

    private static bool HasWriters(MountNamespace tree, FileSystem fileSystem)
    {
        foreach (Mount mount in tree.All)
        {
            if (mount.FileSystem == fileSystem && mount.WriterCount > 0)
            {
                return true;
            }
        }

        return false;
    }

    private static void SetFlags(Mount mount, MountFlags mountFlags)
    {
        mount.Flags = mountFlags & PerMount;
        mount.Namespace?.Touch();
    }

    /// <summary>path_mount(): which flags the mount gets.</summary>
    public static MountFlags MountFlagsOf(MountFlags flags, Mount current)
    {
        MountFlags result = flags & PerMount;
        if ((flags & MountFlags.MS_NOATIME) == 0)
        {
            result |= MountFlags.MS_RELATIME;
        }

        if ((flags & MountFlags.MS_STRICTATIME) != 0)
        {
            result &= ~(MountFlags.MS_RELATIME | MountFlags.MS_NOATIME);
        }

        bool saysNothing = (flags & (AccessTimes | MountFlags.MS_STRICTATIME)) == 0;
        return (flags & MountFlags.MS_REMOUNT) != 0 && saysNothing ? (result & ~AccessTimes) | (current.Flags & AccessTimes) : result;
    }
}

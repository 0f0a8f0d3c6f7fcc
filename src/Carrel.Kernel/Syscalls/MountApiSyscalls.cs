using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>The file-descriptor based mount calls: fsopen(2), fsconfig(2), fsmount(2), fspick(2), open_tree(2), move_mount(2), mount_setattr(2).</summary>
public static class MountApiSyscalls
{
    private const int PageSize = 4096;
    private const MountAttr SimpleAttributes = MountAttr.MOUNT_ATTR_RDONLY | MountAttr.MOUNT_ATTR_NOSUID | MountAttr.MOUNT_ATTR_NODEV
        | MountAttr.MOUNT_ATTR_NOEXEC | MountAttr.MOUNT_ATTR__ATIME | MountAttr.MOUNT_ATTR_NODIRATIME | MountAttr.MOUNT_ATTR_NOSYMFOLLOW;

    [Syscall(Nr.fsopen)]
    public static SyscallResult FsOpen(Task task, UserString type, uint flags)
    {
        if (!MountOperations.MayMount(task))
        {
            return Errno.EPERM;
        }

        if ((flags & ~(uint)Abi.FsOpen.FSOPEN_CLOEXEC) != 0)
        {
            return Errno.EINVAL;
        }

        Result<string> name = type.Read(task, PageSize, Errno.EINVAL);
        if (name.Failed)
        {
            return name.Error;
        }

        Result<FileSystemType> found = task.Kernel.FileSystemTypes.Find(name.Value);
        return found.Failed
            ? found.Error
            : task.Files.InstallOrRelease(task, new MountContext(task.Kernel, found.Value), (flags & Abi.FsOpen.FSOPEN_CLOEXEC) != 0);
    }

    [Syscall(Nr.fspick)]
    public static SyscallResult FsPick(Task task, Fd directory, UserString path, uint flags)
    {
        const uint Known = Abi.FsOpen.FSPICK_CLOEXEC | Abi.FsOpen.FSPICK_SYMLINK_NOFOLLOW | Abi.FsOpen.FSPICK_NO_AUTOMOUNT | Abi.FsOpen.FSPICK_EMPTY_PATH;
        if (!MountOperations.MayMount(task))
        {
            return Errno.EPERM;
        }

        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        LookupFlags lookup = (flags & Abi.FsOpen.FSPICK_SYMLINK_NOFOLLOW) != 0 ? 0 : LookupFlags.Follow;
        lookup |= (flags & Abi.FsOpen.FSPICK_EMPTY_PATH) != 0 ? LookupFlags.AllowEmpty : 0;
        Result<Path> found = Namei.Lookup(task, directory, path, lookup);
        if (found.Failed)
        {
            return found.Error;
        }

        return MountOperations.IsMountRoot(found.Value)
            ? task.Files.InstallOrRelease(task, new MountContext(task.Kernel, found.Value.Mount), (flags & Abi.FsOpen.FSPICK_CLOEXEC) != 0)
            : Errno.EINVAL;
    }

    [Syscall(Nr.fsconfig, Missing = "FSCONFIG_SET_BINARY, SET_PATH, SET_FD")]
    public static SyscallResult FsConfig(Task task, Fd fd, uint command, UserString key, UserString value, int auxiliary)
    {
        Errno error = CheckConfig(fd, command, key, value, auxiliary);
        if (error != Errno.OK)
        {
            return error;
        }

        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        if (file.Value is not MountContext context)
        {
            return Errno.EINVAL;
        }

        Result<string> name = key.IsNull ? "" : key.Read(task, 256, Errno.EINVAL);
        if (name.Failed)
        {
            return name.Error;
        }

        Result<string> text = value.IsNull ? "" : value.Read(task, 256, Errno.EINVAL);
        if (text.Failed)
        {
            return text.Error;
        }

        return (int)command switch
        {
            Abi.FsOpen.FSCONFIG_SET_FLAG => context.SetOption(name.Value, null),
            Abi.FsOpen.FSCONFIG_SET_STRING => context.SetOption(name.Value, text.Value),
            Abi.FsOpen.FSCONFIG_CMD_CREATE or Abi.FsOpen.FSCONFIG_CMD_CREATE_EXCL => MountOperations.MayMount(task) ? context.Make(task) : Errno.EPERM,
            Abi.FsOpen.FSCONFIG_CMD_RECONFIGURE => MountOperations.MayMount(task) ? context.Reconfigure() : Errno.EPERM,
            _ => Errno.EOPNOTSUPP,
        };
    }

    [Syscall(Nr.fsmount)]
    public static SyscallResult FsMount(Task task, Fd fd, uint flags, MountAttr attributes)
    {
        if (!MountOperations.MayMount(task))
        {
            return Errno.EPERM;
        }

        if ((flags & ~(uint)Abi.FsOpen.FSMOUNT_CLOEXEC) != 0 || (attributes & ~SimpleAttributes) != 0)
        {
            return Errno.EINVAL;
        }

        Result<MountFlags> mountFlags = ToFlags(0, attributes, MountAttr.MOUNT_ATTR__ATIME);
        if (mountFlags.Failed)
        {
            return mountFlags.Error;
        }

        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        if (file.Value is not MountContext context)
        {
            return Errno.EINVAL;
        }

        Result<Mount> mount = context.ToMount(mountFlags.Value);
        return mount.Failed ? mount.Error : InstallDetached(task, mount.Value, (flags & Abi.FsOpen.FSMOUNT_CLOEXEC) != 0);
    }

    [Syscall(Nr.open_tree)]
    public static SyscallResult OpenTree(Task task, Fd directory, UserString path, uint flags)
    {
        const uint Clone = (uint)OpenTreeFlags.OPEN_TREE_CLONE;
        const uint CloseOnExec = (uint)OpenTreeFlags.OPEN_TREE_CLOEXEC;
        const int AtFlags = At.AT_EMPTY_PATH | At.AT_NO_AUTOMOUNT | At.AT_RECURSIVE | At.AT_SYMLINK_NOFOLLOW;
        if ((flags & ~(AtFlags | Clone | CloseOnExec)) != 0 || ((flags & At.AT_RECURSIVE) != 0 && (flags & Clone) == 0))
        {
            return Errno.EINVAL;
        }

        if ((flags & Clone) != 0 && !MountOperations.MayMount(task))
        {
            return Errno.EPERM;
        }

        Result<Path> found = Namei.Lookup(task, directory, path, Syscalls.AtFlags.ToLookup((int)flags, followByDefault: true));
        if (found.Failed)
        {
            return found.Error;
        }

        Path from = found.Value;
        if ((flags & Clone) == 0)
        {
            var file = new PathFile(task.Kernel, from, OpenFlags.O_PATH) { Path = from };
            file.Opened(countsAsWriter: false);
            return task.Files.InstallOrRelease(task, file, (flags & CloseOnExec) != 0);
        }

        if (!MountOperations.IsOurs(task, from.Mount) || from.Mount.Propagation == MountFlags.MS_UNBINDABLE)
        {
            return Errno.EINVAL;
        }

        Mount copy = MountNamespace.CopyTree(task.Kernel, from.Mount, from.Dentry, (flags & At.AT_RECURSIVE) != 0, null, skipUnbindable: true);
        return InstallDetached(task, copy, (flags & CloseOnExec) != 0);
    }

    [Syscall(Nr.move_mount, Missing = "MOVE_MOUNT_SET_GROUP, MOVE_MOUNT_BENEATH")]
    public static SyscallResult MoveMount(Task task, Fd fromDirectory, UserString fromPath, Fd toDirectory, UserString toPath, MoveMountFlags flags)
    {
        const MoveMountFlags Known = MoveMountFlags.MOVE_MOUNT_F_SYMLINKS | MoveMountFlags.MOVE_MOUNT_F_AUTOMOUNTS | MoveMountFlags.MOVE_MOUNT_F_EMPTY_PATH
            | MoveMountFlags.MOVE_MOUNT_T_SYMLINKS | MoveMountFlags.MOVE_MOUNT_T_AUTOMOUNTS | MoveMountFlags.MOVE_MOUNT_T_EMPTY_PATH;
        if (!MountOperations.MayMount(task))
        {
            return Errno.EPERM;
        }

        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        Result<Path> from = LookupEnd(task, fromDirectory, fromPath, (flags & MoveMountFlags.MOVE_MOUNT_F_SYMLINKS) != 0, (flags & MoveMountFlags.MOVE_MOUNT_F_EMPTY_PATH) != 0);
        if (from.Failed)
        {
            return from.Error;
        }

        Result<Path> to = LookupEnd(task, toDirectory, toPath, (flags & MoveMountFlags.MOVE_MOUNT_T_SYMLINKS) != 0, (flags & MoveMountFlags.MOVE_MOUNT_T_EMPTY_PATH) != 0);
        return to.Failed ? to.Error : MountOperations.Move(task, from.Value, to.Value);
    }

    [Syscall(Nr.mount_setattr, Missing = "MOUNT_ATTR_IDMAP")]
    public static SyscallResult MountSetAttributes(Task task, Fd directory, UserString path, uint flags, UserPtr<MountAttrBuf> attributes, ulong size)
    {
        const int AtFlags = At.AT_EMPTY_PATH | At.AT_RECURSIVE | At.AT_SYMLINK_NOFOLLOW | At.AT_NO_AUTOMOUNT;
        if ((flags & ~AtFlags) != 0)
        {
            return Errno.EINVAL;
        }

        if (size > PageSize)
        {
            return Errno.E2BIG;
        }

        if (size < MountAttrBuf.MOUNT_ATTR_SIZE_VER0)
        {
            return Errno.EINVAL;
        }

        if (!MountOperations.MayMount(task))
        {
            return Errno.EPERM;
        }

        Result<MountAttrBuf> copy = UserStruct.Read<MountAttrBuf>(task, attributes.Address, size);
        if (copy.Failed)
        {
            return copy.Error;
        }

        MountAttrBuf wanted = copy.Value;
        if (wanted.AttrSet == 0 && wanted.AttrClr == 0 && wanted.Propagation == 0)
        {
            return 0;
        }

        Errno error = CheckAttributes(wanted);
        if (error != Errno.OK)
        {
            return error;
        }

        Result<Path> found = Namei.Lookup(task, directory, path, Syscalls.AtFlags.ToLookup((int)flags, followByDefault: true));
        return found.Failed ? found.Error : SetAttributes(task, found.Value, (flags & At.AT_RECURSIVE) != 0, wanted);
    }

    private static Errno SetAttributes(Task task, Path at, bool isRecursive, MountAttrBuf wanted)
    {
        Mount top = at.Mount;
        bool isOurs = MountOperations.IsOurs(task, top) || (top.Namespace is null && top.Parent is null && !top.IsDetached);
        if (!isOurs || !MountOperations.IsMountRoot(at))
        {
            return Errno.EINVAL;
        }

        List<Mount> mounts = isRecursive ? [.. MountNamespace.Tree(top)] : [top];
        (var set, var clear) = ((MountAttr)wanted.AttrSet, (MountAttr)wanted.AttrClr);
        foreach (Mount mount in mounts)
        {
            Result<MountFlags> flags = ToFlags(mount.Flags, set, clear);
            if (flags.Succeeded && !mount.MayBecome(flags.Value))
            {
                return Errno.EPERM;
            }

            bool becomesReadOnly = (set & MountAttr.MOUNT_ATTR_RDONLY) != 0 && (mount.Flags & MountFlags.MS_RDONLY) == 0;
            if (becomesReadOnly && mount.WriterCount > 0)
            {
                return Errno.EBUSY;
            }
        }

        foreach (Mount mount in mounts)
        {
            Result<MountFlags> flags = ToFlags(mount.Flags, set, clear);
            MountOperations.ChangeFlags(mount, flags.Succeeded ? flags.Value : mount.Flags);
            mount.Propagation = wanted.Propagation != 0 ? (MountFlags)wanted.Propagation : mount.Propagation;
        }

        return Errno.OK;
    }

    /// <summary>build_mount_kattr().</summary>
    private static Errno CheckAttributes(MountAttrBuf wanted)
    {
        const ulong Propagations = (ulong)(MountFlags.MS_SHARED | MountFlags.MS_PRIVATE | MountFlags.MS_SLAVE | MountFlags.MS_UNBINDABLE);
        const ulong AccessTime = (ulong)MountAttr.MOUNT_ATTR__ATIME;
        if ((wanted.Propagation & ~Propagations) != 0 || (wanted.Propagation & (wanted.Propagation - 1)) != 0)
        {
            return Errno.EINVAL;
        }

        if (((wanted.AttrSet | wanted.AttrClr) & ~(ulong)SimpleAttributes) != 0)
        {
            return Errno.EINVAL;
        }

        // A new access time mode must clear the old one as a whole.
        bool clearsSome = (wanted.AttrClr & AccessTime) != 0;
        bool clearsAll = (wanted.AttrClr & AccessTime) == AccessTime;
        if (clearsAll && (MountAttr)(wanted.AttrSet & AccessTime) is not (0 or MountAttr.MOUNT_ATTR_NOATIME or MountAttr.MOUNT_ATTR_STRICTATIME))
        {
            return Errno.EINVAL;
        }

        return clearsSome != clearsAll || (!clearsSome && (wanted.AttrSet & AccessTime) != 0) ? Errno.EINVAL : Errno.OK;
    }

    private static Errno CheckConfig(Fd fd, uint command, UserString key, UserString value, int auxiliary)
    {
        if (fd.Number < 0)
        {
            return Errno.EINVAL;
        }

        bool isValid = (int)command switch
        {
            Abi.FsOpen.FSCONFIG_SET_FLAG => !key.IsNull && value.IsNull && auxiliary == 0,
            Abi.FsOpen.FSCONFIG_SET_STRING => !key.IsNull && !value.IsNull && auxiliary == 0,
            Abi.FsOpen.FSCONFIG_CMD_CREATE or Abi.FsOpen.FSCONFIG_CMD_CREATE_EXCL or Abi.FsOpen.FSCONFIG_CMD_RECONFIGURE =>
                key.IsNull && value.IsNull && auxiliary == 0,
            _ => false,
        };
        if (isValid)
        {
            return Errno.OK;
        }

        const int MaxBinary = 1024 * 1024;
        if (command == Abi.FsOpen.FSCONFIG_SET_BINARY && (key.IsNull || value.IsNull || auxiliary is <= 0 or > MaxBinary))
        {
            return Errno.EINVAL;
        }

        return command is Abi.FsOpen.FSCONFIG_SET_BINARY or Abi.FsOpen.FSCONFIG_SET_PATH or Abi.FsOpen.FSCONFIG_SET_PATH_EMPTY or Abi.FsOpen.FSCONFIG_SET_FD
            or > Abi.FsOpen.FSCONFIG_CMD_CREATE_EXCL
            ? Errno.EOPNOTSUPP
            : Errno.EINVAL;
    }

    private static Result<MountFlags> ToFlags(MountFlags before, MountAttr set, MountAttr clear)
    {
        MountFlags flags = before;
        (MountAttr Attribute, MountFlags Flag)[] simple =
        [
            (MountAttr.MOUNT_ATTR_RDONLY, MountFlags.MS_RDONLY), (MountAttr.MOUNT_ATTR_NOSUID, MountFlags.MS_NOSUID),
            (MountAttr.MOUNT_ATTR_NODEV, MountFlags.MS_NODEV), (MountAttr.MOUNT_ATTR_NOEXEC, MountFlags.MS_NOEXEC),
            (MountAttr.MOUNT_ATTR_NODIRATIME, MountFlags.MS_NODIRATIME), (MountAttr.MOUNT_ATTR_NOSYMFOLLOW, MountFlags.MS_NOSYMFOLLOW),
        ];
        foreach ((MountAttr attribute, MountFlags flag) in simple)
        {
            flags = (clear & attribute) != 0 ? flags & ~flag : flags;
            flags = (set & attribute) != 0 ? flags | flag : flags;
        }

        if ((clear & MountAttr.MOUNT_ATTR__ATIME) == 0)
        {
            return flags;
        }

        flags &= ~(MountFlags.MS_RELATIME | MountFlags.MS_NOATIME);
        return (set & MountAttr.MOUNT_ATTR__ATIME) switch
        {
            MountAttr.MOUNT_ATTR_RELATIME => flags | MountFlags.MS_RELATIME,
            MountAttr.MOUNT_ATTR_NOATIME => flags | MountFlags.MS_NOATIME,
            MountAttr.MOUNT_ATTR_STRICTATIME => flags,
            _ => Errno.EINVAL,
        };
    }

    private static Result<Path> LookupEnd(Task task, Fd directory, UserString path, bool follows, bool allowsEmpty) =>
        Namei.Lookup(task, directory, path, (follows ? LookupFlags.Follow : 0) | (allowsEmpty ? LookupFlags.AllowEmpty : 0));

    private static SyscallResult InstallDetached(Task task, Mount mount, bool isCloseOnExec)
    {
        var path = new Path(mount, mount.Root);
        var file = new DetachedMountFile(task.Kernel, mount) { Path = path };
        file.Opened(countsAsWriter: false);
        return task.Files.InstallOrRelease(task, file, isCloseOnExec);
    }
}

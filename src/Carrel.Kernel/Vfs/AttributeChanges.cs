using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>What utimensat(2) asks for: nanoseconds may be UTIME_NOW or UTIME_OMIT.</summary>
public readonly record struct FileTimes(TimeSpec Access, TimeSpec Modify)
{
    /// <summary>Both now: the form that needs only write permission.</summary>
    public static FileTimes Now { get; } = new(new TimeSpec(0, Utime.UTIME_NOW), new TimeSpec(0, Utime.UTIME_NOW));

    public bool IsNow => Access.Nsec == Utime.UTIME_NOW && Modify.Nsec == Utime.UTIME_NOW;
}

/// <summary>notify_change() and its callers: who may change which attribute, and what changes along with it.</summary>
public static class AttributeChanges
{
    /// <summary>chmod_common().</summary>
    public static Errno ChangeMode(Task task, Path path, uint mode)
    {
        Inode inode = path.Inode;
        Errno error = path.Mount.WantWrite();
        if (error == Errno.OK)
        {
            error = inode.Refresh();
        }

        if (error != Errno.OK)
        {
            return error;
        }

        if (inode.IsSymlink)
        {
            return Errno.EOPNOTSUPP;
        }

        if (!Permission.IsOwnerOrCapable(task.Credentials, inode))
        {
            return Errno.EPERM;
        }

        mode &= Mode.S_IALLUGO;
        if (!IsInGroupOrCapable(task.Credentials, inode.Gid))
        {
            mode &= ~Mode.S_ISGID;
        }

        return Apply(task, path.Dentry, new AttributeChange { Mode = mode }, Inotify.IN_ATTRIB);
    }

    /// <summary>chown_common(): null leaves an id alone. Set-id bits of everything but directories go, for root too.</summary>
    public static Errno ChangeOwner(Task task, Dentry dentry, uint? uid, uint? gid)
    {
        Inode inode = dentry.Inode!;
        Credentials credentials = task.Credentials;
        Errno error = inode.Refresh();
        if (error != Errno.OK)
        {
            return error;
        }

        bool isOwner = credentials.Fsuid == inode.Uid;
        bool isCapable = credentials.HasCapabilityOver(inode, Capability.CAP_CHOWN);
        if (uid is not null && !(isOwner && uid == inode.Uid) && !isCapable)
        {
            return Errno.EPERM;
        }

        if (gid is not null && !(isOwner && (credentials.IsInGroup(gid.Value) || gid == inode.Gid)) && !isCapable)
        {
            return Errno.EPERM;
        }

        uint? mode = null;
        if (!inode.IsDirectory)
        {
            uint kept = AttributeRules.WithoutSetId(inode.Mode);
            if ((kept & Mode.S_ISGID) != 0 && !IsInGroupOrCapable(credentials, inode.Gid))
            {
                kept &= ~Mode.S_ISGID;
            }

            if (kept != inode.Mode)
            {
                if (!Permission.IsOwnerOrCapable(credentials, inode))
                {
                    return Errno.EPERM;
                }

                mode = kept & Mode.S_IALLUGO;
            }

            AttributeRules.DropFileCapabilities(inode);
        }

        return Apply(task, dentry, new AttributeChange { Uid = uid, Gid = gid, Mode = mode }, uid is null && gid is null ? 0 : Inotify.IN_ATTRIB);
    }

    /// <summary>vfs_utimes().</summary>
    public static Errno SetTimes(Task task, Path path, FileTimes times)
    {
        if (!IsValid(times.Access) || !IsValid(times.Modify))
        {
            return Errno.EINVAL;
        }

        Inode inode = path.Inode;
        Errno error = path.Mount.WantWrite();
        if (error == Errno.OK)
        {
            error = inode.Refresh();
        }

        if (error == Errno.OK && inode.IsImmutable)
        {
            error = Errno.EPERM;
        }

        if (error == Errno.OK && !Permission.IsOwnerOrCapable(task.Credentials, inode))
        {
            error = times.IsNow ? Permission.Check(task, inode, Permission.MayWrite) : Errno.EPERM;
        }

        if (error != Errno.OK)
        {
            return error;
        }

        TimeSpec now = task.Kernel.Clock.RealtimeSpec;
        var change = new AttributeChange { AccessTime = Choose(times.Access, now), ModifyTime = Choose(times.Modify, now) };
        uint events = (change.AccessTime, change.ModifyTime) switch
        {
            (not null, not null) => Inotify.IN_ATTRIB,
            (not null, null) => Inotify.IN_ACCESS,
            (null, not null) => Inotify.IN_MODIFY,
            _ => 0,
        };
        return Apply(task, path.Dentry, change, events);
    }

    /// <summary>do_truncate() with inode_newsize_ok(): EFBIG and SIGXFSZ beyond RLIMIT_FSIZE.</summary>
    /// <param name="task">The caller.</param>
    /// <param name="dentry">The file.</param>
    /// <param name="length">The new size.</param>
    /// <param name="setsTimes">ftruncate(2) and O_TRUNC set the times even if the size stays.</param>
    public static Errno Truncate(Task task, Dentry dentry, long length, bool setsTimes)
    {
        Inode inode = dentry.Inode!;
        Errno error = CheckNewSize(task, inode, length);
        if (error != Errno.OK)
        {
            return error;
        }

        AttributeRules.DropFileCapabilities(inode);
        TimeSpec now = task.Kernel.Clock.RealtimeSpec;
        var change = new AttributeChange { Size = length, Mode = AttributeRules.ModeWithoutPrivileges(task, inode) };
        if (setsTimes || length != inode.Size)
        {
            change = change with { ModifyTime = now };
        }

        return Apply(task, dentry, change, Inotify.IN_MODIFY);
    }

    /// <summary>inode_newsize_ok().</summary>
    public static Errno CheckNewSize(Task task, Inode inode, long length)
    {
        if (length <= inode.Size)
        {
            return Errno.OK;
        }

        if ((ulong)length > task.Limit(Rlimit.RLIMIT_FSIZE))
        {
            task.Signals.SendToSelf(Signal.SIGXFSZ);
            return Errno.EFBIG;
        }

        return length > inode.FileSystem.MaxFileSize ? Errno.EFBIG : Errno.OK;
    }

    /// <summary>vfs_fallocate().</summary>
    public static Errno Allocate(Task task, FileDescription file, FallocateMode mode, long offset, long length)
    {
        if (offset < 0 || length <= 0)
        {
            return Errno.EINVAL;
        }

        Errno error = CheckAllocateMode(mode);
        if (error != Errno.OK)
        {
            return error;
        }

        if (!file.IsWritable)
        {
            return Errno.EBADF;
        }

        switch (file.Inode.Type)
        {
            case Mode.S_IFIFO:
                return Errno.ESPIPE;
            case Mode.S_IFDIR:
                return Errno.EISDIR;
            case Mode.S_IFREG or Mode.S_IFBLK:
                break;
            default:
                return Errno.ENODEV;
        }

        if (offset > file.Inode.FileSystem.MaxFileSize - length)
        {
            return Errno.EFBIG;
        }

        error = file.Allocate(task, mode, offset, length);
        if (error == Errno.OK)
        {
            InotifyEvents.OnFile(file, Inotify.IN_MODIFY);
        }

        return error;
    }

    private static Errno CheckAllocateMode(FallocateMode mode)
    {
        const FallocateMode Known = FallocateMode.FALLOC_FL_KEEP_SIZE | FallocateMode.FALLOC_FL_PUNCH_HOLE | FallocateMode.FALLOC_FL_COLLAPSE_RANGE
            | FallocateMode.FALLOC_FL_ZERO_RANGE | FallocateMode.FALLOC_FL_INSERT_RANGE | FallocateMode.FALLOC_FL_UNSHARE_RANGE;
        if ((mode & ~Known) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        bool keepsSize = (mode & FallocateMode.FALLOC_FL_KEEP_SIZE) != 0;
        return (mode & ~FallocateMode.FALLOC_FL_KEEP_SIZE) switch
        {
            0 or FallocateMode.FALLOC_FL_UNSHARE_RANGE or FallocateMode.FALLOC_FL_ZERO_RANGE => Errno.OK,
            FallocateMode.FALLOC_FL_PUNCH_HOLE => keepsSize ? Errno.OK : Errno.EOPNOTSUPP,
            FallocateMode.FALLOC_FL_COLLAPSE_RANGE or FallocateMode.FALLOC_FL_INSERT_RANGE => keepsSize ? Errno.EOPNOTSUPP : Errno.OK,
            _ => Errno.EOPNOTSUPP,
        };
    }

    private static Errno Apply(Task task, Dentry dentry, in AttributeChange change, uint events)
    {
        Errno error = dentry.Inode!.SetAttributes(task, change);
        if (error == Errno.OK && events != 0)
        {
            InotifyEvents.OnPath(dentry, events);
        }

        return error;
    }

    internal static bool IsInGroupOrCapable(Credentials credentials, uint gid) =>
        credentials.IsInGroup(gid) || credentials.HasCapability(Capability.CAP_FSETID);

    private static bool IsValid(TimeSpec time) =>
        time.Nsec is Utime.UTIME_NOW or Utime.UTIME_OMIT or (>= 0 and < KernelClock.NanosecondsPerSecond);

    private static TimeSpec? Choose(TimeSpec time, TimeSpec now) => time.Nsec switch
    {
        Utime.UTIME_OMIT => null,
        Utime.UTIME_NOW => now,
        _ => time,
    };
}

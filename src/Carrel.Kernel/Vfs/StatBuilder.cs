using System;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>The attributes of an inode in the shapes that stat(2), statx(2) and statfs(2) give (vfs_getattr(), cp_new_stat(), cp_statx()).</summary>
public static class StatBuilder
{
    public static Result<Stat> Stat(Inode inode)
    {
        Errno error = inode.Refresh();
        if (error != Errno.OK)
        {
            return error;
        }

        return new Stat
        {
            Dev = inode.FileSystem.Device,
            Ino = inode.Number,
            Nlink = inode.LinkCount,
            Mode = inode.Mode,
            Uid = Viewer(inode).Uids.Show(inode.Uid),
            Gid = Viewer(inode).Gids.Show(inode.Gid),
            Rdev = inode.RawDevice,
            Size = inode.Size,
            Blksize = inode.FileSystem.BlockSize,
            Blocks = inode.Blocks,
            Atime = inode.AccessTime,
            Mtime = inode.ModifyTime,
            Ctime = inode.ChangeTime,
        };
    }

    public static Result<StatxBuf> Statx(Path path, uint mask)
    {
        Inode inode = path.Inode;
        Errno error = inode.Refresh();
        if (error != Errno.OK)
        {
            return error;
        }

        (uint deviceMajor, uint deviceMinor) = DeviceNumber.Split(inode.FileSystem.Device);
        (uint rawMajor, uint rawMinor) = DeviceNumber.Split(inode.RawDevice);
        var buffer = new StatxBuf
        {
            Mask = Abi.Statx.STATX_BASIC_STATS,
            Blksize = (uint)inode.FileSystem.BlockSize,
            Nlink = inode.LinkCount,
            Uid = Viewer(inode).Uids.Show(inode.Uid),
            Gid = Viewer(inode).Gids.Show(inode.Gid),
            Mode = (ushort)inode.Mode,
            Ino = inode.Number,
            Size = (ulong)inode.Size,
            Blocks = (ulong)inode.Blocks,
            AttributesMask = Abi.Statx.STATX_ATTR_AUTOMOUNT | Abi.Statx.STATX_ATTR_MOUNT_ROOT | Abi.Statx.STATX_ATTR_DAX,
            Attributes = path.Dentry == path.Mount.Root ? Abi.Statx.STATX_ATTR_MOUNT_ROOT : 0,
            Atime = Convert(inode.AccessTime),
            Mtime = Convert(inode.ModifyTime),
            Ctime = Convert(inode.ChangeTime),
            RdevMajor = rawMajor,
            RdevMinor = rawMinor,
            DevMajor = deviceMajor,
            DevMinor = deviceMinor,
            MntId = (mask & Abi.Statx.STATX_MNT_ID_UNIQUE) != 0 ? path.Mount.UniqueId : (ulong)path.Mount.Id,
        };
        if (inode.BirthTime.Sec != 0)
        {
            buffer.Mask |= Abi.Statx.STATX_BTIME;
            buffer.Btime = Convert(inode.BirthTime);
        }

        buffer.Mask |= (mask & Abi.Statx.STATX_MNT_ID_UNIQUE) != 0 ? Abi.Statx.STATX_MNT_ID_UNIQUE : Abi.Statx.STATX_MNT_ID;
        return buffer;
    }

    /// <summary>statfs(2) of a place: the file system's figures with the mount's flags (calculate_f_flags()).</summary>
    public static StatFs StatFs(Path path)
    {
        StatFs result = path.Mount.FileSystem.StatFs();
        MountFlags flags = path.Mount.Flags;
        StatFsFlags shown = StatFsFlags.ST_VALID;
        shown |= path.Mount.IsReadOnly ? StatFsFlags.ST_RDONLY : 0;
        shown |= (flags & MountFlags.MS_NOSUID) != 0 ? StatFsFlags.ST_NOSUID : 0;
        shown |= (flags & MountFlags.MS_NODEV) != 0 ? StatFsFlags.ST_NODEV : 0;
        shown |= (flags & MountFlags.MS_NOEXEC) != 0 ? StatFsFlags.ST_NOEXEC : 0;
        shown |= (flags & MountFlags.MS_NOATIME) != 0 ? StatFsFlags.ST_NOATIME : 0;
        shown |= (flags & MountFlags.MS_NODIRATIME) != 0 ? StatFsFlags.ST_NODIRATIME : 0;
        shown |= (flags & MountFlags.MS_RELATIME) != 0 ? StatFsFlags.ST_RELATIME : 0;
        shown |= (flags & MountFlags.MS_NOSYMFOLLOW) != 0 ? StatFsFlags.ST_NOSYMFOLLOW : 0;
        result.Flags = shown;
        result.Fsid = result.Fsid == 0 ? path.Mount.FileSystem.Device : result.Fsid;
        result.Frsize = result.Frsize == 0 ? result.Bsize : result.Frsize;
        return result;
    }

    // Ids are those of the caller's user namespace.
    private static UserNamespace Viewer(Inode inode) => inode.FileSystem.Kernel.Current?.Credentials.User ?? UserNamespace.Initial;

    private static StatxTimestamp Convert(TimeSpec time) => new(time.Sec, (uint)time.Nsec);
}

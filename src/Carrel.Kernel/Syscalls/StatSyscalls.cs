using System;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>stat(2) family, access(2) family, readlink(2), statfs(2): fs/stat.c, fs/open.c, fs/statfs.c.</summary>
public static class StatSyscalls
{
    private const int StatFlags = At.AT_SYMLINK_NOFOLLOW | At.AT_NO_AUTOMOUNT | At.AT_EMPTY_PATH | At.AT_STATX_SYNC_TYPE;

    [Syscall(Nr.stat)]
    public static SyscallResult Stat(Task task, UserString path, UserPtr<Stat> buffer) => FstatAt(task, new Fd(At.AT_FDCWD), path, buffer, 0);

    [Syscall(Nr.lstat)]
    public static SyscallResult Lstat(Task task, UserString path, UserPtr<Stat> buffer) =>
        FstatAt(task, new Fd(At.AT_FDCWD), path, buffer, At.AT_SYMLINK_NOFOLLOW);

    [Syscall(Nr.fstat)]
    public static SyscallResult Fstat(Task task, Fd fd, UserPtr<Stat> buffer)
    {
        Result<FileDescription> file = task.Files.GetAny(fd);
        return file.Failed ? file.Error : CopyOut(task, file.Value.Inode, buffer);
    }

    [Syscall(Nr.newfstatat)]
    public static SyscallResult FstatAt(Task task, Fd directory, UserString path, UserPtr<Stat> buffer, int flags)
    {
        if ((flags & ~StatFlags) != 0)
        {
            return Errno.EINVAL;
        }

        Result<Path> found = LookupForStat(task, directory, path, flags);
        return found.Failed ? found.Error : CopyOut(task, found.Value.Inode, buffer);
    }

    [Syscall(Nr.statx)]
    public static SyscallResult StatX(Task task, Fd directory, UserString path, int flags, uint mask, UserPtr<StatxBuf> buffer)
    {
        if ((mask & 0x80000000) != 0 || (flags & At.AT_STATX_SYNC_TYPE) == At.AT_STATX_SYNC_TYPE || (flags & ~StatFlags) != 0)
        {
            return Errno.EINVAL;
        }

        Result<Path> found = LookupForStat(task, directory, path, flags);
        if (found.Failed)
        {
            return found.Error;
        }

        Result<StatxBuf> stat = StatBuilder.Statx(found.Value, mask);
        if (stat.Failed)
        {
            return stat.Error;
        }

        return buffer.TryWrite(task, stat.Value) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.access)]
    public static SyscallResult Access(Task task, UserString path, int mode) => FaccessAt2(task, new Fd(At.AT_FDCWD), path, mode, 0);

    [Syscall(Nr.faccessat)]
    public static SyscallResult FaccessAt(Task task, Fd directory, UserString path, int mode) => FaccessAt2(task, directory, path, mode, 0);

    /// <summary>do_faccessat(): judged by the real ids unless AT_EACCESS.</summary>
    [Syscall(Nr.faccessat2)]
    public static SyscallResult FaccessAt2(Task task, Fd directory, UserString path, int mode, int flags)
    {
        if ((mode & ~7) != 0 || (flags & ~(At.AT_EACCESS | At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH)) != 0)
        {
            return Errno.EINVAL;
        }

        Credentials credentials = (flags & At.AT_EACCESS) != 0 ? task.Credentials : RealIds(task.Credentials);
        Result<Path> found = Namei.Lookup(task, directory, path, AtFlags.ToLookup(flags, followByDefault: true), credentials);
        if (found.Failed)
        {
            return found.Error;
        }

        Path at = found.Value;
        Inode inode = at.Inode;
        if ((mode & Abi.Access.X_OK) != 0 && inode.IsRegular && (at.Mount.Flags & MountFlags.MS_NOEXEC) != 0)
        {
            return Errno.EACCES;
        }

        Errno error = Permission.Check(task, credentials, inode, mode);
        bool isWriteToMount = (mode & Abi.Access.W_OK) != 0 && (inode.IsRegular || inode.IsDirectory || inode.IsSymlink);
        return error == Errno.OK && isWriteToMount && at.Mount.IsReadOnly ? Errno.EROFS : error;
    }

    [Syscall(Nr.readlink)]
    public static SyscallResult ReadLink(Task task, UserString path, UserPtr<byte> buffer, int size) =>
        ReadLinkAt(task, new Fd(At.AT_FDCWD), path, buffer, size);

    [Syscall(Nr.readlinkat)]
    public static SyscallResult ReadLinkAt(Task task, Fd directory, UserString path, UserPtr<byte> buffer, int size)
    {
        if (size <= 0)
        {
            return Errno.EINVAL;
        }

        Result<string> name = path.ReadPath(task);
        if (name.Failed)
        {
            return name.Error;
        }

        Result<Path> found = Namei.Lookup(task, directory, name.Value, LookupFlags.AllowEmpty);
        if (found.Failed)
        {
            return found.Error;
        }

        Inode inode = found.Value.Inode;
        if (!inode.IsSymlink)
        {
            return name.Value.Length == 0 ? Errno.ENOENT : Errno.EINVAL;
        }

        Result<string> target = inode.ReadLink(task);
        if (target.Failed)
        {
            return target.Error;
        }

        inode.TouchAccess(found.Value.Mount);
        byte[] bytes = Encoding.Latin1.GetBytes(target.Value);
        int length = Math.Min(size, bytes.Length);
        return buffer.TryWriteArray(task, bytes.AsSpan(0, length)) ? length : Errno.EFAULT;
    }

    [Syscall(Nr.statfs)]
    public static SyscallResult StatFs(Task task, UserString path, UserPtr<StatFs> buffer)
    {
        Result<Path> found = Namei.Lookup(task, new Fd(At.AT_FDCWD), path, LookupFlags.Follow);
        return found.Failed ? found.Error : CopyOut(task, found.Value, buffer);
    }

    [Syscall(Nr.fstatfs)]
    public static SyscallResult FstatFs(Task task, Fd fd, UserPtr<StatFs> buffer)
    {
        Result<FileDescription> file = task.Files.GetAny(fd);
        return file.Failed ? file.Error : CopyOut(task, file.Value.PathOrPseudo, buffer);
    }

    /// <summary>With AT_EMPTY_PATH a null pointer is as good as "".</summary>
    private static Result<Path> LookupForStat(Task task, Fd directory, UserString path, int flags)
    {
        LookupFlags lookup = AtFlags.ToLookup(flags, followByDefault: true);
        return path.IsNull && (flags & At.AT_EMPTY_PATH) != 0
            ? Namei.Lookup(task, directory, "", lookup)
            : Namei.Lookup(task, directory, path, lookup);
    }

    private static SyscallResult CopyOut(Task task, Inode inode, UserPtr<Stat> buffer)
    {
        Result<Stat> stat = StatBuilder.Stat(inode);
        if (stat.Failed)
        {
            return stat.Error;
        }

        return buffer.TryWrite(task, stat.Value) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult CopyOut(Task task, Path path, UserPtr<StatFs> buffer) =>
        buffer.TryWrite(task, StatBuilder.StatFs(path)) ? 0 : Errno.EFAULT;

    /// <summary>access_override_creds().</summary>
    private static Credentials RealIds(Credentials credentials)
    {
        bool fixesUp = (credentials.SecureBits & SecureBits.SECBIT_NO_SETUID_FIXUP) == 0;
        ulong effective = credentials.Effective;
        if (fixesUp)
        {
            effective = credentials.Uid == 0 ? credentials.Permitted : 0;
        }

        return credentials with { Fsuid = credentials.Uid, Fsgid = credentials.Gid, Effective = effective };
    }
}

/// <summary>AT_* flags as look-up flags.</summary>
internal static class AtFlags
{
    public static LookupFlags ToLookup(int flags, bool followByDefault)
    {
        bool follow = followByDefault ? (flags & At.AT_SYMLINK_NOFOLLOW) == 0 : (flags & At.AT_SYMLINK_FOLLOW) != 0;
        return (follow ? LookupFlags.Follow : 0) | ((flags & At.AT_EMPTY_PATH) != 0 ? LookupFlags.AllowEmpty : 0);
    }
}

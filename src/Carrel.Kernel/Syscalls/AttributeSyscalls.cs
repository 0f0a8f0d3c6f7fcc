using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>chmod(2), chown(2), utimensat(2), truncate(2) and their relatives: fs/open.c, fs/utimes.c, fs/attr.c.</summary>
public static class AttributeSyscalls
{
    private const int Cwd = At.AT_FDCWD;
    private const uint Unchanged = uint.MaxValue;

    [Syscall(Nr.chmod)]
    public static SyscallResult Chmod(Task task, UserString path, uint mode) => FchmodAt2(task, new Fd(Cwd), path, mode, 0);

    [Syscall(Nr.fchmodat)]
    public static SyscallResult FchmodAt(Task task, Fd directory, UserString path, uint mode) => FchmodAt2(task, directory, path, mode, 0);

    [Syscall(Nr.fchmodat2)]
    public static SyscallResult FchmodAt2(Task task, Fd directory, UserString path, uint mode, int flags)
    {
        if ((flags & ~(At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH)) != 0)
        {
            return Errno.EINVAL;
        }

        Result<Path> found = Namei.Lookup(task, directory, path, AtFlags.ToLookup(flags, followByDefault: true));
        return found.Failed ? found.Error : AttributeChanges.ChangeMode(task, found.Value, mode);
    }

    [Syscall(Nr.fchmod)]
    public static SyscallResult Fchmod(Task task, Fd fd, uint mode)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        return file.Failed ? file.Error : AttributeChanges.ChangeMode(task, file.Value.PathOrPseudo, mode);
    }

    [Syscall(Nr.chown)]
    public static SyscallResult Chown(Task task, UserString path, uint uid, uint gid) => FchownAt(task, new Fd(Cwd), path, uid, gid, 0);

    [Syscall(Nr.lchown)]
    public static SyscallResult Lchown(Task task, UserString path, uint uid, uint gid) =>
        FchownAt(task, new Fd(Cwd), path, uid, gid, At.AT_SYMLINK_NOFOLLOW);

    [Syscall(Nr.fchownat)]
    public static SyscallResult FchownAt(Task task, Fd directory, UserString path, uint uid, uint gid, int flags)
    {
        if ((flags & ~(At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH)) != 0)
        {
            return Errno.EINVAL;
        }

        Result<Path> found = Namei.Lookup(task, directory, path, AtFlags.ToLookup(flags, followByDefault: true));
        return found.Failed ? found.Error : ChangeOwner(task, found.Value, uid, gid);
    }

    [Syscall(Nr.fchown)]
    public static SyscallResult Fchown(Task task, Fd fd, uint uid, uint gid)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        return file.Failed ? file.Error : ChangeOwner(task, file.Value.PathOrPseudo, uid, gid);
    }

    [Syscall(Nr.utimensat)]
    public static SyscallResult UtimensAt(Task task, Fd directory, UserString path, UserPtr<TimeSpec> times, int flags)
    {
        FileTimes wanted = FileTimes.Now;
        if (!times.IsNull)
        {
            var pair = new TimeSpec[2];
            if (!times.TryReadArray(task, pair))
            {
                return Errno.EFAULT;
            }

            // Nothing to do: Linux does not even look at the path.
            if (pair[0].Nsec == Utime.UTIME_OMIT && pair[1].Nsec == Utime.UTIME_OMIT)
            {
                return 0;
            }

            wanted = new FileTimes(pair[0], pair[1]);
        }

        return SetTimes(task, directory, path, wanted, flags);
    }

    [Syscall(Nr.utime)]
    public static SyscallResult UtimeOf(Task task, UserString path, UserPtr<Utimbuf> times)
    {
        FileTimes wanted = FileTimes.Now;
        if (!times.IsNull)
        {
            if (!times.TryRead(task, out Utimbuf pair))
            {
                return Errno.EFAULT;
            }

            wanted = new FileTimes(new TimeSpec(pair.Actime, 0), new TimeSpec(pair.Modtime, 0));
        }

        return SetTimes(task, new Fd(Cwd), path, wanted, 0);
    }

    [Syscall(Nr.utimes)]
    public static SyscallResult Utimes(Task task, UserString path, UserPtr<TimeVal> times) => FutimesAt(task, new Fd(Cwd), path, times);

    [Syscall(Nr.futimesat)]
    public static SyscallResult FutimesAt(Task task, Fd directory, UserString path, UserPtr<TimeVal> times)
    {
        FileTimes wanted = FileTimes.Now;
        if (!times.IsNull)
        {
            var pair = new TimeVal[2];
            if (!times.TryReadArray(task, pair))
            {
                return Errno.EFAULT;
            }

            if (pair[0].Usec is < 0 or >= 1_000_000 || pair[1].Usec is < 0 or >= 1_000_000)
            {
                return Errno.EINVAL;
            }

            wanted = new FileTimes(new TimeSpec(pair[0].Sec, pair[0].Usec * 1000), new TimeSpec(pair[1].Sec, pair[1].Usec * 1000));
        }

        return SetTimes(task, directory, path, wanted, 0);
    }

    [Syscall(Nr.truncate)]
    public static SyscallResult Truncate(Task task, UserString path, long length)
    {
        if (length < 0)
        {
            return Errno.EINVAL;
        }

        Result<Path> found = Namei.Lookup(task, new Fd(Cwd), path, LookupFlags.Follow);
        if (found.Failed)
        {
            return found.Error;
        }

        Inode inode = found.Value.Inode;
        if (!inode.IsRegular)
        {
            return inode.IsDirectory ? Errno.EISDIR : Errno.EINVAL;
        }

        Errno error = found.Value.Mount.WantWrite();
        if (error == Errno.OK)
        {
            error = Permission.Check(task, inode, Permission.MayWrite);
        }

        if (error != Errno.OK)
        {
            return error;
        }

        return inode.WriteCount < 0 ? Errno.ETXTBSY : AttributeChanges.Truncate(task, found.Value.Dentry, length, setsTimes: false);
    }

    [Syscall(Nr.ftruncate)]
    public static SyscallResult Ftruncate(Task task, Fd fd, long length)
    {
        if (length < 0)
        {
            return Errno.EINVAL;
        }

        Result<FileDescription> found = task.Files.Get(fd);
        if (found.Failed)
        {
            return found.Error;
        }

        FileDescription file = found.Value;
        return !file.Inode.IsRegular || !file.IsWritable
            ? Errno.EINVAL
            : AttributeChanges.Truncate(task, file.PathOrPseudo.Dentry, length, setsTimes: true);
    }

    [Syscall(Nr.fallocate)]
    public static SyscallResult Fallocate(Task task, Fd fd, FallocateMode mode, long offset, long length)
    {
        Result<FileDescription> found = task.Files.Get(fd);
        return found.Failed ? found.Error : AttributeChanges.Allocate(task, found.Value, mode, offset, length);
    }

    private static SyscallResult ChangeOwner(Task task, Path path, uint uid, uint gid)
    {
        Errno error = path.Mount.WantWrite();
        UserNamespace user = task.Credentials.User;
        (uint kernelUid, uint kernelGid) = (uid == Unchanged ? Unchanged : user.Uids.ToKernel(uid), gid == Unchanged ? Unchanged : user.Gids.ToKernel(gid));
        if (error == Errno.OK && ((kernelUid == IdMap.None && uid != Unchanged) || (kernelGid == IdMap.None && gid != Unchanged)))
        {
            return Errno.EINVAL;
        }

        (uid, gid) = (kernelUid, kernelGid);
        return error != Errno.OK
            ? error
            : AttributeChanges.ChangeOwner(task, path.Dentry, uid == Unchanged ? null : uid, gid == Unchanged ? null : gid);
    }

    /// <summary>do_utimes(): a null path with a descriptor means the descriptor's file.</summary>
    private static SyscallResult SetTimes(Task task, Fd directory, UserString path, FileTimes times, int flags)
    {
        if (path.IsNull && directory.Number != Cwd)
        {
            if (flags != 0)
            {
                return Errno.EINVAL;
            }

            Result<FileDescription> file = task.Files.Get(directory);
            return file.Failed ? file.Error : AttributeChanges.SetTimes(task, file.Value.PathOrPseudo, times);
        }

        if ((flags & ~(At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH)) != 0)
        {
            return Errno.EINVAL;
        }

        Result<Path> found = Namei.Lookup(task, directory, path, AtFlags.ToLookup(flags, followByDefault: true));
        return found.Failed ? found.Error : AttributeChanges.SetTimes(task, found.Value, times);
    }
}

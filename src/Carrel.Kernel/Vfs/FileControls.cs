using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>The fcntl(2) commands that act on the description or inode (do_fcntl() in fs/fcntl.c).</summary>
internal static class FileControls
{
    private const OpenFlags Settable = OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT | OpenFlags.O_NOATIME;

    public static SyscallResult Invoke(Task task, Fd fd, FileDescription file, int command, ulong argument)
    {
        switch (command)
        {
            case Fcntl.F_SETFL:
                return SetFlags(task, fd, file, (OpenFlags)(uint)argument);
            case Fcntl.F_GETLK or Fcntl.F_OFD_GETLK:
                return RecordLocks.Get(task, file, command, new UserPtr<FLock>(argument));
            case Fcntl.F_SETLK or Fcntl.F_SETLKW or Fcntl.F_OFD_SETLK or Fcntl.F_OFD_SETLKW:
                return RecordLocks.Set(task, file, command, new UserPtr<FLock>(argument));
            case Fcntl.F_GETOWN:
                return file.Owner.NumberFor(task);
            case Fcntl.F_SETOWN:
                return file.Owner.SetNumber(task, (int)argument);
            case Fcntl.F_GETOWN_EX:
                return new UserPtr<FOwnerEx>(argument).TryWrite(task, file.Owner.ExtendedFor(task)) ? 0 : Errno.EFAULT;
            case Fcntl.F_SETOWN_EX:
                return new UserPtr<FOwnerEx>(argument).TryRead(task, out FOwnerEx owner) ? file.Owner.SetExtended(task, owner) : Errno.EFAULT;
            case Fcntl.F_GETOWNER_UIDS:
                return new UserPtr<uint>(argument).TryWriteArray(task, [file.Owner.Uid, file.Owner.Euid]) ? 0 : Errno.EFAULT;
            case Fcntl.F_GETSIG:
                return file.Owner.Signal;
            case Fcntl.F_SETSIG:
                if (argument > 64)
                {
                    return Errno.EINVAL;
                }

                file.Owner.Signal = (int)argument;
                return 0;
            case Fcntl.F_GETLEASE:
                return Fcntl.F_UNLCK;
            case Fcntl.F_SETPIPE_SZ:
                return file.SetPipeSize(task, (uint)argument);
            case Fcntl.F_GETPIPE_SZ:
                return file.PipeSize;
            case Fcntl.F_ADD_SEALS:
                return AddSeals(file, (int)argument);
            case Fcntl.F_GET_SEALS:
                return file.Seals;
            case Fcntl.F_GET_RW_HINT:
                return new UserPtr<ulong>(argument).TryWrite(task, file.Inode.WriteHint) ? 0 : Errno.EFAULT;
            case Fcntl.F_SET_RW_HINT:
                return SetWriteHint(task, file.Inode, new UserPtr<ulong>(argument));
            case Fcntl.F_NOTIFY:
                return DirectoryNotification.Set(task, fd, file, (uint)argument);
            default:
                // F_SETLEASE included: no file system here has leases.
                return Errno.EINVAL;
        }
    }

    /// <summary>memfd_add_seals().</summary>
    private static Errno AddSeals(FileDescription file, int seals)
    {
        const int Known = Fcntl.F_SEAL_SEAL | Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_WRITE | Fcntl.F_SEAL_FUTURE_WRITE | Fcntl.F_SEAL_EXEC;
        if (!file.IsWritable)
        {
            return Errno.EPERM;
        }

        return (seals & ~Known) != 0 ? Errno.EINVAL : file.AddSeals(seals);
    }

    /// <summary>setfl().</summary>
    private static Errno SetFlags(Task task, Fd fd, FileDescription file, OpenFlags flags)
    {
        OpenFlags added = flags & ~file.Flags;
        if ((added & OpenFlags.O_NOATIME) != 0 && !Permission.IsOwnerOrCapable(task.Credentials, file.Inode))
        {
            return Errno.EPERM;
        }

        if ((flags & OpenFlags.O_DIRECT) != 0 && !file.AllowsDirect)
        {
            return Errno.EINVAL;
        }

        Errno error = file.OnFlagsChanged(flags);
        if (error != Errno.OK)
        {
            return error;
        }

        if (file.SupportsAsync)
        {
            file.SetAsync(fd.Number, (flags & OpenFlags.FASYNC) != 0);
        }

        file.Flags = (flags & Settable) | (file.Flags & ~Settable);
        return Errno.OK;
    }

    private static SyscallResult SetWriteHint(Task task, Inode inode, UserPtr<ulong> argument)
    {
        if (!Permission.IsOwnerOrCapable(task.Credentials, inode))
        {
            return Errno.EPERM;
        }

        if (!argument.TryRead(task, out ulong hint))
        {
            return Errno.EFAULT;
        }

        if (hint > Fcntl.RWH_WRITE_LIFE_EXTREME)
        {
            return Errno.EINVAL;
        }

        inode.WriteHint = hint;
        return 0;
    }
}

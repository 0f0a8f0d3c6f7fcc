using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>read(2), write(2) and their vectored and positioned forms, lseek(2): fs/read_write.c.</summary>
public static class ReadWriteSyscalls
{
    private const RwFlags SupportedFlags = RwFlags.RWF_HIPRI | RwFlags.RWF_DSYNC | RwFlags.RWF_SYNC | RwFlags.RWF_NOWAIT
        | RwFlags.RWF_APPEND | RwFlags.RWF_NOAPPEND;

    [Syscall(Nr.read)]
    public static SyscallResult Read(Task task, Fd fd, UserBuffer buffer)
    {
        Result<FileDescription> file = GetFile(task, fd);
        if (file.Failed || !file.Value.IsReadable)
        {
            return Errno.EBADF;
        }

        if (!file.Value.CanRead)
        {
            return Errno.EINVAL;
        }

        return !buffer.IsInRange(task) ? Errno.EFAULT : Hold(task, file.Value, file.Value.Read(task, IoIterator.FromUser(task, buffer)));
    }

    [Syscall(Nr.write)]
    public static SyscallResult Write(Task task, Fd fd, UserBuffer buffer)
    {
        Result<FileDescription> file = GetFile(task, fd);
        if (file.Failed || !file.Value.IsWritable)
        {
            return Errno.EBADF;
        }

        if (!file.Value.CanWrite)
        {
            return Errno.EINVAL;
        }

        return !buffer.IsInRange(task) ? Errno.EFAULT : Hold(task, file.Value, file.Value.Write(task, IoIterator.FromUser(task, buffer)));
    }

    [Syscall(Nr.pread64)]
    public static SyscallResult Pread(Task task, Fd fd, UserBuffer buffer, long offset) => Positioned(task, fd, buffer, offset, isWrite: false);

    [Syscall(Nr.pwrite64)]
    public static SyscallResult Pwrite(Task task, Fd fd, UserBuffer buffer, long offset) => Positioned(task, fd, buffer, offset, isWrite: true);

    [Syscall(Nr.readv)]
    public static SyscallResult Readv(Task task, Fd fd, UserIoVec vector) => Vectored(task, fd, vector, offset: null, 0, isWrite: false);

    [Syscall(Nr.writev)]
    public static SyscallResult Writev(Task task, Fd fd, UserIoVec vector) => Vectored(task, fd, vector, offset: null, 0, isWrite: true);

    [Syscall(Nr.preadv)]
    public static SyscallResult Preadv(Task task, Fd fd, UserIoVec vector, long offset) => Vectored(task, fd, vector, offset, 0, isWrite: false);

    [Syscall(Nr.pwritev)]
    public static SyscallResult Pwritev(Task task, Fd fd, UserIoVec vector, long offset) => Vectored(task, fd, vector, offset, 0, isWrite: true);

    [Syscall(Nr.preadv2, Missing = "RWF_ATOMIC")]
    public static SyscallResult Preadv2(Task task, Fd fd, UserIoVec vector, long offset, long offsetHigh, RwFlags flags) =>
        Vectored(task, fd, vector, offset == -1 ? null : offset, flags, isWrite: false);

    [Syscall(Nr.pwritev2, Missing = "RWF_ATOMIC")]
    public static SyscallResult Pwritev2(Task task, Fd fd, UserIoVec vector, long offset, long offsetHigh, RwFlags flags) =>
        Vectored(task, fd, vector, offset == -1 ? null : offset, flags, isWrite: true);

    [Syscall(Nr.lseek)]
    public static SyscallResult Lseek(Task task, Fd fd, long offset, int whence)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        return (uint)whence > Seek.SEEK_MAX ? Errno.EINVAL : file.Value.Seek(offset, whence);
    }

    /// <summary>fdget(), or the description that a blocked call holds: a close by another thread does not end the call.</summary>
    internal static Result<FileDescription> GetFile(Task task, Fd fd) => task.Restart.File is { } held ? held : task.Files.Get(fd);

    /// <summary>Keeps the description of a call that has blocked.</summary>
    internal static SyscallResult Hold(Task task, FileDescription file, SyscallResult result)
    {
        if (result.IsBlocked)
        {
            task.Restart.Hold(file);
        }

        return result;
    }

    private static SyscallResult Positioned(Task task, Fd fd, UserBuffer buffer, long offset, bool isWrite)
    {
        if (offset < 0)
        {
            return Errno.EINVAL;
        }

        Result<FileDescription> found = GetFile(task, fd);
        if (found.Failed)
        {
            return Errno.EBADF;
        }

        FileDescription file = found.Value;
        if (isWrite ? !file.AllowsWriteAt : !file.AllowsReadAt)
        {
            return Errno.ESPIPE;
        }

        if (isWrite ? !file.IsWritable : !file.IsReadable)
        {
            return Errno.EBADF;
        }

        if (isWrite ? !file.CanWrite : !file.CanRead)
        {
            return Errno.EINVAL;
        }

        return !buffer.IsInRange(task) ? Errno.EFAULT : Hold(task, file, Transfer(task, file, IoIterator.FromUser(task, buffer), offset, isWrite));
    }

    private static SyscallResult Vectored(Task task, Fd fd, UserIoVec vector, long? offset, RwFlags flags, bool isWrite)
    {
        if (offset < 0)
        {
            return Errno.EINVAL;
        }

        Result<FileDescription> found = GetFile(task, fd);
        if (found.Failed)
        {
            return found.Error;
        }

        FileDescription file = found.Value;
        if (offset is not null && (isWrite ? !file.AllowsWriteAt : !file.AllowsReadAt))
        {
            return Errno.ESPIPE;
        }

        if (isWrite ? !file.IsWritable : !file.IsReadable)
        {
            return Errno.EBADF;
        }

        if (isWrite ? !file.CanWrite : !file.CanRead)
        {
            return Errno.EINVAL;
        }

        Result<IoIterator> memory = IoIterator.FromUser(task, vector);
        if (memory.Failed)
        {
            return memory.Error;
        }

        IoIterator iterator = memory.Value;
        if (iterator.Remaining == 0)
        {
            return 0;
        }

        if (isWrite ? file.WritesBySegment : file.ReadsBySegment)
        {
            return (flags & ~RwFlags.RWF_HIPRI) != 0 ? Errno.EOPNOTSUPP : Hold(task, file, BySegment(task, file, iterator, offset, isWrite));
        }

        if ((flags & ~SupportedFlags) != 0 || ((flags & RwFlags.RWF_NOWAIT) != 0 && !file.AllowsNoWait))
        {
            return Errno.EOPNOTSUPP;
        }

        const RwFlags AppendFlags = RwFlags.RWF_APPEND | RwFlags.RWF_NOAPPEND;
        if ((flags & AppendFlags) == AppendFlags)
        {
            return Errno.EINVAL;
        }

        iterator.Flags = flags;
        if ((flags & RwFlags.RWF_NOWAIT) == 0)
        {
            return Hold(task, file, Transfer(task, file, iterator, offset, isWrite));
        }

        // Nobody else sees the description before this returns.
        OpenFlags before = file.Flags;
        file.Flags |= OpenFlags.O_NONBLOCK;
        SyscallResult result = Transfer(task, file, iterator, offset, isWrite);
        file.Flags = before;
        return result;
    }

    /// <summary>do_loop_readv_writev(): each segment is a call of its own; a short one ends the loop.</summary>
    private static SyscallResult BySegment(Task task, FileDescription file, IoIterator iterator, long? offset, bool isWrite)
    {
        long total = task.Restart.Progress;
        iterator.Advance(total);
        while (iterator.Remaining > 0)
        {
            IoIterator segment = iterator.Segment();
            long length = segment.Remaining;
            SyscallResult result = Transfer(task, file, segment, offset + total, isWrite);
            if (result.IsBlocked || result.Value <= 0)
            {
                task.Restart.Progress = total;
                return result.IsBlocked || total == 0 ? result : total;
            }

            total += result.Value;
            iterator.Advance(result.Value);
            if (result.Value < length)
            {
                break;
            }
        }

        return total;
    }

    private static SyscallResult Transfer(Task task, FileDescription file, IoIterator iterator, long? offset, bool isWrite) => (isWrite, offset) switch
    {
        (true, null) => file.Write(task, iterator),
        (true, { } at) => file.WriteAt(task, iterator, at),
        (false, null) => file.Read(task, iterator),
        (false, { } at) => file.ReadAt(task, iterator, at),
    };
}

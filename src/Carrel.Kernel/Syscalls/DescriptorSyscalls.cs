using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>dup(2), close_range(2), fcntl(2), ioctl(2): fs/file.c, fs/fcntl.c, fs/ioctl.c.</summary>
public static class DescriptorSyscalls
{
    [Syscall(Nr.dup)]
    public static SyscallResult Dup(Task task, Fd fd) => Duplicate(task, fd, 0, isCloseOnExec: false);

    [Syscall(Nr.dup2)]
    public static SyscallResult Dup2(Task task, Fd oldFd, Fd newFd)
    {
        if (oldFd == newFd)
        {
            return task.Files.GetAny(oldFd).Failed ? Errno.EBADF : newFd.Number;
        }

        return Dup3(task, oldFd, newFd, 0);
    }

    [Syscall(Nr.dup3)]
    public static SyscallResult Dup3(Task task, Fd oldFd, Fd newFd, OpenFlags flags)
    {
        if ((flags & ~OpenFlags.O_CLOEXEC) != 0 || oldFd == newFd)
        {
            return Errno.EINVAL;
        }

        if ((uint)newFd.Number >= task.Files.Limit(task))
        {
            return Errno.EBADF;
        }

        Result<FileDescription> file = task.Files.GetAny(oldFd);
        if (file.Failed)
        {
            return file.Error;
        }

        Errno error = task.Files.Replace(task, newFd.Number, file.Value, (flags & OpenFlags.O_CLOEXEC) != 0);
        return error != Errno.OK ? error : newFd.Number;
    }

    [Syscall(Nr.close_range)]
    public static SyscallResult CloseRange(Task task, uint first, uint last, CloseRangeFlags flags)
    {
        const CloseRangeFlags Known = CloseRangeFlags.CLOSE_RANGE_UNSHARE | CloseRangeFlags.CLOSE_RANGE_CLOEXEC;
        if ((flags & ~Known) != 0 || first > last)
        {
            return Errno.EINVAL;
        }

        bool marksOnly = (flags & CloseRangeFlags.CLOSE_RANGE_CLOEXEC) != 0;
        if ((flags & CloseRangeFlags.CLOSE_RANGE_UNSHARE) != 0 && task.Files.References > 1)
        {
            // What would be closed at once need not be copied.
            bool closesTail = !marksOnly && last >= task.Files.Capacity - 1;
            FdTable own = task.Files.Clone(closesTail ? (int)Math.Min(first, int.MaxValue) : int.MaxValue);
            task.Files.Release(task);
            task.Files = own;
        }

        FdTable files = task.Files;
        for (uint i = first; i <= last && i < (uint)files.Capacity; i++)
        {
            if (files.Find((int)i) is null)
            {
                continue;
            }

            if (marksOnly)
            {
                files.SetCloseOnExec((int)i, true);
            }
            else
            {
                files.Close(task, (int)i);
            }
        }

        return 0;
    }

    [Syscall(Nr.fcntl, Missing = "leases, dnotify")]
    public static SyscallResult FileControl(Task task, Fd fd, int command, ulong argument)
    {
        Result<FileDescription> found = LockSyscalls.IsWaiting(task) ? ReadWriteSyscalls.GetFile(task, fd) : task.Files.GetAny(fd);
        if (found.Failed)
        {
            return found.Error;
        }

        FileDescription file = found.Value;
        switch (command)
        {
            case Fcntl.F_DUPFD:
            case Fcntl.F_DUPFD_CLOEXEC:
                return argument >= task.Files.Limit(task) ? Errno.EINVAL : Duplicate(task, fd, (int)argument, command == Fcntl.F_DUPFD_CLOEXEC);
            case Fcntl.F_GETFD:
                return task.Files.IsCloseOnExec(fd.Number) ? Fcntl.FD_CLOEXEC : 0;
            case Fcntl.F_SETFD:
                task.Files.SetCloseOnExec(fd.Number, (argument & Fcntl.FD_CLOEXEC) != 0);
                return 0;
            case Fcntl.F_GETFL:
                return (long)file.Flags;
            case Fcntl.F_DUPFD_QUERY:
                Result<FileDescription> other = task.Files.GetAny(new Fd((int)argument));
                return other.Failed ? Errno.EBADF : other.Value == file ? 1 : 0;
            case Fcntl.F_CREATED_QUERY:
                return file.IsCreated ? 1 : 0;
            default:
                return (file.Flags & OpenFlags.O_PATH) != 0 ? Errno.EBADF : FileControls.Invoke(task, fd, file, command, argument);
        }
    }

    [Syscall(Nr.ioctl)]
    public static SyscallResult Ioctl(Task task, Fd fd, uint command, ulong argument)
    {
        Result<FileDescription> found = ReadWriteSyscalls.GetFile(task, fd);
        if (found.Failed)
        {
            return found.Error;
        }

        FileDescription file = found.Value;
        switch (command)
        {
            case Abi.Ioctl.FIOCLEX:
                task.Files.SetCloseOnExec(fd.Number, true);
                return 0;
            case Abi.Ioctl.FIONCLEX:
                task.Files.SetCloseOnExec(fd.Number, false);
                return 0;
            default:
                return ReadWriteSyscalls.Hold(task, file, GenericIoctl.Invoke(task, fd, file, command, argument));
        }
    }

    private static SyscallResult Duplicate(Task task, Fd fd, int minimum, bool isCloseOnExec)
    {
        Result<FileDescription> file = task.Files.GetAny(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        Result<int> number = task.Files.Install(task, file.Value, isCloseOnExec, minimum);
        if (number.Succeeded)
        {
            file.Value.AddReference();
        }

        return number;
    }
}

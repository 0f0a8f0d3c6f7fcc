using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>flock(2). Record locks are commands of fcntl(2).</summary>
public static class LockSyscalls
{
    [Syscall(Nr.flock)]
    public static SyscallResult Flock(Task task, Fd fd, int command)
    {
        if ((command & Fcntl.LOCK_MAND) != 0)
        {
            return 0;
        }

        int type = command & ~Fcntl.LOCK_NB;
        if (type is not (Fcntl.LOCK_SH or Fcntl.LOCK_EX or Fcntl.LOCK_UN))
        {
            return Errno.EINVAL;
        }

        Result<FileDescription> found = ReadWriteSyscalls.GetFile(task, fd);
        if (found.Failed)
        {
            return found.Error;
        }

        FileDescription file = found.Value;
        if (type == Fcntl.LOCK_UN)
        {
            file.Inode.LocksIfAny?.Unflock(file);
            return 0;
        }

        if (!file.IsReadable && !file.IsWritable)
        {
            return Errno.EBADF;
        }

        FileLocks locks = file.Inode.Locks;
        Errno error = locks.Flock(file, type == Fcntl.LOCK_EX);
        if (error != Errno.EAGAIN || (command & Fcntl.LOCK_NB) != 0)
        {
            return error;
        }

        task.Sleep.Add(locks.Changed, isExclusive: true);
        return ReadWriteSyscalls.Hold(task, file, task.Block(long.MaxValue, default, Errno.ERESTARTSYS));
    }

    /// <summary>The call in progress has blocked on a record lock before.</summary>
    internal static bool IsWaiting(Task task) => task.Restart.State is RecordLockWait;
}

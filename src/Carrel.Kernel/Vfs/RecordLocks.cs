using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>A task that waits for a record lock.</summary>
internal sealed record RecordLockWait(FileLocks Locks, RecordLock Wanted);

/// <summary>fcntl(2) locks: fcntl_getlk(), fcntl_setlk(), posix_locks_deadlock() in fs/locks.c.</summary>
internal static class RecordLocks
{
    // Linux gives up looking for a cycle after this many steps (MAX_DEADLK_ITERATIONS).
    private const int MaxDeadlockSteps = 10;

    public static SyscallResult Get(Task task, FileDescription file, int command, UserPtr<FLock> argument)
    {
        if (!argument.TryRead(task, out FLock request))
        {
            return Errno.EFAULT;
        }

        bool isDescription = command == Fcntl.F_OFD_GETLK;
        if (request.Type is not (Fcntl.F_RDLCK or Fcntl.F_WRLCK) && !(isDescription && request.Type == Fcntl.F_UNLCK))
        {
            return Errno.EINVAL;
        }

        Result<RecordLock> wanted = Convert(task, file, request, isDescription);
        if (wanted.Failed)
        {
            return wanted.Error;
        }

        if (isDescription && request.Pid != 0)
        {
            return Errno.EINVAL;
        }

        RecordLock w = wanted.Value;
        RecordLock? found = request.Type == Fcntl.F_UNLCK
            ? file.Inode.LocksIfAny?.FindOwn(w.Owner, w.Start, w.End)
            : file.Inode.LocksIfAny?.FindConflict(w.Owner, w.IsWrite, w.Start, w.End);
        if (found is null)
        {
            request.Type = Fcntl.F_UNLCK;
        }
        else
        {
            request.Type = (short)(found.IsWrite ? Fcntl.F_WRLCK : Fcntl.F_RDLCK);
            request.Whence = Seek.SEEK_SET;
            request.Start = found.Start;
            request.Len = found.End == long.MaxValue ? 0 : found.End - found.Start + 1;
            request.Pid = task.Pids.Seen(found.Pid);
        }

        return argument.TryWrite(task, request) ? 0 : Errno.EFAULT;
    }

    public static SyscallResult Set(Task task, FileDescription file, int command, UserPtr<FLock> argument)
    {
        bool waits = command is Fcntl.F_SETLKW or Fcntl.F_OFD_SETLKW;
        if (task.Restart.State is RecordLockWait before)
        {
            task.Kernel.RecordLockWaits.Remove(before);
            task.Restart.State = null;
            return Acquire(task, file, before.Wanted, waits);
        }

        if (!argument.TryRead(task, out FLock request))
        {
            return Errno.EFAULT;
        }

        bool isDescription = command is Fcntl.F_OFD_SETLK or Fcntl.F_OFD_SETLKW;
        Result<RecordLock> wanted = Convert(task, file, request, isDescription);
        if (wanted.Failed)
        {
            return wanted.Error;
        }

        if ((request.Type == Fcntl.F_RDLCK && !file.IsReadable) || (request.Type == Fcntl.F_WRLCK && !file.IsWritable))
        {
            return Errno.EBADF;
        }

        if (isDescription && request.Pid != 0)
        {
            return Errno.EINVAL;
        }

        if (request.Type == Fcntl.F_UNLCK)
        {
            return file.Inode.LocksIfAny?.Unlock(wanted.Value.Owner, wanted.Value.Start, wanted.Value.End) ?? Errno.OK;
        }

        return Acquire(task, file, wanted.Value, waits);
    }

    private static SyscallResult Acquire(Task task, FileDescription file, RecordLock wanted, bool waits)
    {
        FileLocks locks = file.Inode.Locks;
        if (locks.FindConflict(wanted.Owner, wanted.IsWrite, wanted.Start, wanted.End) is not { } conflict)
        {
            return locks.Lock(wanted);
        }

        if (!waits)
        {
            return Errno.EAGAIN;
        }

        if (wanted.Owner is FdTable && IsDeadlock(task.Kernel, wanted.Owner, conflict))
        {
            return Errno.EDEADLK;
        }

        task.Sleep.Add(locks.Changed, isExclusive: true);
        SyscallResult result = task.Block(long.MaxValue, default, Errno.ERESTARTSYS);
        if (result.IsBlocked)
        {
            var wait = new RecordLockWait(locks, wanted);
            task.Kernel.RecordLockWaits.Add(wait);
            task.Restart.State = wait;
            task.Restart.Hold(file);
        }

        return result;
    }

    /// <summary>Does the holder of <paramref name="conflict"/> wait, maybe through others, for a lock of <paramref name="owner"/>?</summary>
    private static bool IsDeadlock(LinuxKernel kernel, object owner, RecordLock conflict)
    {
        RecordLock? at = conflict;
        for (int i = 0; i < MaxDeadlockSteps && at is not null; i++)
        {
            object holder = at.Owner;
            RecordLockWait? wait = kernel.RecordLockWaits.Find(w => w.Wanted.Owner == holder && w.Wanted.Owner is FdTable);
            at = wait?.Locks.FindConflict(wait.Wanted.Owner, wait.Wanted.IsWrite, wait.Wanted.Start, wait.Wanted.End);
            if (at?.Owner == owner)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>flock64_to_posix_lock().</summary>
    private static Result<RecordLock> Convert(Task task, FileDescription file, FLock request, bool isDescription)
    {
        long start;
        switch (request.Whence)
        {
            case Seek.SEEK_SET:
                start = 0;
                break;
            case Seek.SEEK_CUR:
                start = file.Position;
                break;
            case Seek.SEEK_END:
                start = file.Inode.Size;
                break;
            default:
                return Errno.EINVAL;
        }

        if (request.Start > long.MaxValue - start)
        {
            return Errno.EOVERFLOW;
        }

        start += request.Start;
        if (start < 0)
        {
            return Errno.EINVAL;
        }

        long end = long.MaxValue;
        if (request.Len > 0)
        {
            if (request.Len - 1 > long.MaxValue - start)
            {
                return Errno.EOVERFLOW;
            }

            end = start + request.Len - 1;
        }
        else if (request.Len < 0)
        {
            if (start + request.Len < 0)
            {
                return Errno.EINVAL;
            }

            end = start - 1;
            start += request.Len;
        }

        if (request.Type is not (Fcntl.F_RDLCK or Fcntl.F_WRLCK or Fcntl.F_UNLCK))
        {
            return Errno.EINVAL;
        }

        object owner = isDescription ? file : task.Files;
        return new RecordLock(owner, request.Type == Fcntl.F_WRLCK, start, end, isDescription ? -1 : task.Pid);
    }
}

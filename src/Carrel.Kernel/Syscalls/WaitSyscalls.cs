using System;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>wait4(2) and waitid(2).</summary>
public static class WaitSyscalls
{
    private const WaitOptions Wait4Options = WaitOptions.WNOHANG | WaitOptions.WUNTRACED | WaitOptions.WCONTINUED
        | WaitOptions.__WNOTHREAD | WaitOptions.__WCLONE | WaitOptions.__WALL;

    private const WaitOptions WaitIdOptions = Wait4Options | WaitOptions.WNOWAIT | WaitOptions.WEXITED;

    [Syscall(Nr.wait4)]
    public static SyscallResult Wait4(Task task, int pid, UserPtr<int> status, WaitOptions options, UserPtr<RusageBuf> usage)
    {
        if ((options & ~Wait4Options) != 0)
        {
            return Errno.EINVAL;
        }

        if (pid == int.MinValue)
        {
            return Errno.ESRCH;
        }

        PidTable pids = task.Pids;
        WaitOptions all = options | WaitOptions.WEXITED;
        WaitTarget target = pid switch
        {
            -1 => new WaitTarget(IdType.P_ALL, 0, null, null, all),
            0 => new WaitTarget(IdType.P_PGID, 0, null, task.Group.ProcessGroup, all),
            < 0 => new WaitTarget(IdType.P_PGID, 0, null, pids.FindProcessGroup(-pid), all),
            _ => new WaitTarget(IdType.P_PID, pid, pids.FindGroup(pid), null, all),
        };

        SyscallResult result = Wait(task, target, out WaitOutcome? outcome);
        if (outcome is not { } found)
        {
            return result;
        }

        // The child is reaped even if its status cannot be told.
        if (!status.IsNull && !status.TryWrite(task, found.WaitStatus))
        {
            return Errno.EFAULT;
        }

        return !usage.IsNull && !usage.TryWrite(task, found.Usage) ? Errno.EFAULT : found.Pid;
    }

    [Syscall(Nr.waitid)]
    public static SyscallResult WaitId(Task task, int idType, int id, UserPtr<SigInfo> info, WaitOptions options, UserPtr<RusageBuf> usage)
    {
        if ((options & ~WaitIdOptions) != 0 || (options & (WaitOptions.WEXITED | WaitOptions.WSTOPPED | WaitOptions.WCONTINUED)) == 0)
        {
            return Errno.EINVAL;
        }

        PidTable pids = task.Pids;
        WaitTarget target;
        bool isNonBlockingPidfd = false;
        switch (idType)
        {
            case IdType.P_ALL:
                target = new WaitTarget(idType, 0, null, null, options);
                break;
            case IdType.P_PID when id > 0:
                target = new WaitTarget(idType, id, pids.FindGroup(id), null, options);
                break;
            case IdType.P_PGID when id >= 0:
                target = new WaitTarget(idType, 0, null, id == 0 ? task.Group.ProcessGroup : pids.FindProcessGroup(id), options);
                break;
            case IdType.P_PIDFD when id >= 0:
                Result<PidFile> file = PidFile.Get(task, new Fd(id));
                if (file.Failed)
                {
                    return file.Error;
                }

                isNonBlockingPidfd = file.Value.IsNonBlocking;
                target = new WaitTarget(IdType.P_PID, 0, file.Value.Process, null, options);
                break;
            default:
                return Errno.EINVAL;
        }

        if (isNonBlockingPidfd)
        {
            target = target with { Options = options | WaitOptions.WNOHANG };
        }

        SyscallResult result = Wait(task, target, out WaitOutcome? outcome);
        if (result.IsBlocked || result.Failed)
        {
            return result;
        }

        if (outcome is null && isNonBlockingPidfd && (options & WaitOptions.WNOHANG) == 0)
        {
            return Errno.EAGAIN;
        }

        if (outcome is { } child && !usage.IsNull && !usage.TryWrite(task, child.Usage))
        {
            return Errno.EFAULT;
        }

        if (info.IsNull)
        {
            return 0;
        }

        SigInfo value = default;
        if (outcome is { } found)
        {
            value = new SigInfo { Signo = Signal.SIGCHLD, Code = found.Code, Pid = found.Pid, Uid = found.Uid, Status = found.Status };
        }

        // Only the six words that mean something are written; they are zero if WNOHANG found nothing.
        byte[] bytes = Marshalled.ToBytes(value);
        bool isWritten = task.Mm.Write(info.Address, bytes.AsSpan(0, 12)) && task.Mm.Write(info.Address + 16, bytes.AsSpan(16, 12));
        return isWritten ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Wait(Task task, in WaitTarget target, out WaitOutcome? outcome)
    {
        outcome = TaskWait.Find(task, target, out bool hasCandidates);
        if (outcome is not null)
        {
            return 0;
        }

        if (!hasCandidates)
        {
            return Errno.ECHILD;
        }

        return (target.Options & WaitOptions.WNOHANG) != 0 ? 0 : task.Block(task.Group.ChildChanged);
    }
}

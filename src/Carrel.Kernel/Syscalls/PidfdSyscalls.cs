using System.Numerics;
using Carrel.Abi;
using Carrel.Kernel.Fs.Procfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>References to processes: pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2).</summary>
public static class PidfdSyscalls
{
    private const uint SendFlags = PidfdFlags.PIDFD_SIGNAL_THREAD | PidfdFlags.PIDFD_SIGNAL_THREAD_GROUP | PidfdFlags.PIDFD_SIGNAL_PROCESS_GROUP;

    [Syscall(Nr.pidfd_open)]
    public static SyscallResult PidfdOpen(Task task, int pid, uint flags)
    {
        if ((flags & ~(PidfdFlags.PIDFD_NONBLOCK | PidfdFlags.PIDFD_THREAD)) != 0 || pid <= 0)
        {
            return Errno.EINVAL;
        }

        PidEntry? entry = task.Pids.Find(pid);
        if (entry is null)
        {
            return Errno.ESRCH;
        }

        bool isThread = (flags & PidfdFlags.PIDFD_THREAD) != 0;
        if (entry.Task is null || (!isThread && entry.Group is null))
        {
            return Errno.ENOENT;
        }

        Task target = isThread ? entry.Task : entry.Group!.Leader;
        OpenFlags open = (flags & PidfdFlags.PIDFD_NONBLOCK) != 0 ? OpenFlags.O_NONBLOCK : 0;
        return task.Files.InstallOrRelease(task, PidFile.Open(task.Kernel, target, isThread, open), isCloseOnExec: true);
    }

    [Syscall(Nr.pidfd_send_signal)]
    public static SyscallResult PidfdSendSignal(Task task, Fd pidfd, int signal, UserPtr<SigInfo> pointer, uint flags)
    {
        if ((flags & ~SendFlags) != 0 || BitOperations.PopCount(flags & SendFlags) > 1)
        {
            return Errno.EINVAL;
        }

        Result<FileDescription> file = task.Files.GetAny(pidfd);
        if (file.Failed)
        {
            return file.Error;
        }

        bool isThreadFd = false;
        Task target;
        switch (file.Value)
        {
            case PidFile pidFile:
                (target, isThreadFd) = (pidFile.Task, pidFile.IsThread);
                break;
            case { Inode: ProcTaskDirectory { IsThread: false } directory }:
                target = directory.Task;
                break;
            default:
                return Errno.EBADF;
        }

        bool toThread = (flags & PidfdFlags.PIDFD_SIGNAL_THREAD) != 0 || (flags == 0 && isThreadFd);
        bool toProcessGroup = (flags & PidfdFlags.PIDFD_SIGNAL_PROCESS_GROUP) != 0;
        SigInfo info = toThread ? SignalInfo.Thread(signal, task) : SignalInfo.User(signal, task);
        if (!pointer.IsNull)
        {
            Result<SigInfo> read = KillSyscalls.ReadInfo(task, null, pointer);
            if (read.Failed)
            {
                return read.Error;
            }

            info = read.Value;
            if (info.Signo != signal)
            {
                return Errno.EINVAL;
            }

            if ((target != task || toProcessGroup) && info.Code is >= 0 or Si.SI_TKILL)
            {
                return Errno.EPERM;
            }
        }

        if (toProcessGroup)
        {
            // The group whose id is the process's pid.
            return SignalPermission.SendToProcessGroup(task, target.Group.PidEntry.ProcessGroup, info);
        }

        if (toThread ? target.State == TaskState.Dead : target.Group.IsReaped)
        {
            return Errno.ESRCH;
        }

        return toThread ? SignalPermission.SendToTask(task, target, info) : SignalPermission.SendToGroup(task, target.Group.Leader, info);
    }

    [Syscall(Nr.pidfd_getfd)]
    public static SyscallResult PidfdGetfd(Task task, Fd pidfd, int targetFd, uint flags)
    {
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        Result<PidFile> file = PidFile.Get(task, pidfd);
        if (file.Failed)
        {
            return file.Error;
        }

        Task target = file.Value.IsThread ? file.Value.Task : file.Value.Process.Leader;
        if (target.State == TaskState.Dead)
        {
            return Errno.ESRCH;
        }

        if (ProcAccess.Check(task, target) is not (Errno.OK or Errno.ESRCH))
        {
            return Errno.EPERM;
        }

        if (target.IsExiting)
        {
            return Errno.ESRCH;
        }

        if (target.Files.Find(targetFd) is not { } wanted)
        {
            return Errno.EBADF;
        }

        wanted.AddReference();
        return task.Files.InstallOrRelease(task, wanted, isCloseOnExec: true);
    }
}

using System;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>Sending signals: kill(2), tgkill(2), rt_sigqueueinfo(2).</summary>
public static class KillSyscalls
{
    private const int InfoSize = 48;

    [Syscall(Nr.kill)]
    public static SyscallResult Kill(Task task, int pid, int signal)
    {
        SigInfo info = SignalInfo.User(signal, task);
        switch (pid)
        {
            case > 0:
                return task.Pids.FindTask(pid) is { } target ? SignalPermission.SendToGroup(task, target, info) : Errno.ESRCH;
            case int.MinValue:
                return Errno.ESRCH;
            case -1:
                return SignalPermission.SendToAll(task, info);
            default:
                ProcessGroup? group = pid == 0 ? task.Group.ProcessGroup : task.Pids.FindProcessGroup(-pid);
                return SignalPermission.SendToProcessGroup(task, group, info);
        }
    }

    [Syscall(Nr.tkill)]
    public static SyscallResult Tkill(Task task, int tid, int signal) =>
        tid <= 0 ? Errno.EINVAL : SendToThread(task, 0, tid, SignalInfo.Thread(signal, task));

    [Syscall(Nr.tgkill)]
    public static SyscallResult Tgkill(Task task, int pid, int tid, int signal) =>
        tid <= 0 || pid <= 0 ? Errno.EINVAL : SendToThread(task, pid, tid, SignalInfo.Thread(signal, task));

    [Syscall(Nr.rt_sigqueueinfo)]
    public static SyscallResult RtSigqueueinfo(Task task, int pid, int signal, UserPtr<SigInfo> pointer)
    {
        Result<SigInfo> info = ReadInfo(task, signal, pointer);
        if (info.Failed)
        {
            return info.Error;
        }

        // A process may pretend to be the kernel only towards itself.
        if (info.Value.Code is >= 0 or Si.SI_TKILL && task.OwnTid != pid)
        {
            return Errno.EPERM;
        }

        return task.Pids.FindTask(pid) is { } target ? SignalPermission.SendToGroup(task, target, info.Value) : Errno.ESRCH;
    }

    [Syscall(Nr.rt_tgsigqueueinfo)]
    public static SyscallResult RtTgsigqueueinfo(Task task, int pid, int tid, int signal, UserPtr<SigInfo> pointer)
    {
        Result<SigInfo> info = ReadInfo(task, signal, pointer);
        if (info.Failed)
        {
            return info.Error;
        }

        if (tid <= 0 || pid <= 0)
        {
            return Errno.EINVAL;
        }

        if (info.Value.Code is >= 0 or Si.SI_TKILL && task.OwnTid != tid)
        {
            return Errno.EPERM;
        }

        return SendToThread(task, pid, tid, info.Value);
    }

    /// <summary>copy_siginfo_from_user(): the words that mean something; the signal number is the argument's.</summary>
    internal static Result<SigInfo> ReadInfo(Task task, int? signal, UserPtr<SigInfo> pointer)
    {
        var bytes = new byte[Marshalled.Size<SigInfo>()];
        if (!task.Mm.Read(pointer.Address, bytes.AsSpan(0, InfoSize)))
        {
            return Errno.EFAULT;
        }

        SigInfo info = Marshalled.FromBytes<SigInfo>(bytes);
        info.Signo = signal ?? info.Signo;
        return info;
    }

    private static SyscallResult SendToThread(Task task, int pid, int tid, in SigInfo info)
    {
        Task? target = task.Pids.FindTask(tid);
        return target is null || (pid > 0 && target.Group.PidFor(task) != pid) ? Errno.ESRCH : SignalPermission.SendToTask(task, target, info);
    }
}

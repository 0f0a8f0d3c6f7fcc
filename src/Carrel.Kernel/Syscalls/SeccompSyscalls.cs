using System;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>seccomp(2) for guests: filters of their own, checked before this kernel's handlers.</summary>
public static class SeccompSyscalls
{
    private const uint KnownFlags = Abi.Seccomp.SECCOMP_FILTER_FLAG_TSYNC | Abi.Seccomp.SECCOMP_FILTER_FLAG_LOG
        | Abi.Seccomp.SECCOMP_FILTER_FLAG_SPEC_ALLOW | Abi.Seccomp.SECCOMP_FILTER_FLAG_TSYNC_ESRCH | Abi.Seccomp.SECCOMP_FILTER_FLAG_NEW_LISTENER
        | Abi.Seccomp.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SockFprog
    {
        public ushort Length;
        public ulong Filter;
    }

    [Syscall(Nr.seccomp)]
    public static SyscallResult Seccomp(Task task, uint operation, uint flags, ulong argument)
    {
        switch (operation)
        {
            case Abi.Seccomp.SECCOMP_SET_MODE_STRICT:
                return flags != 0 || argument != 0 ? Errno.EINVAL : SetStrict(task);
            case Abi.Seccomp.SECCOMP_SET_MODE_FILTER:
                return SetFilter(task, flags, argument);
            case Abi.Seccomp.SECCOMP_GET_ACTION_AVAIL:
                return flags != 0 ? Errno.EINVAL : GetActionAvailable(task, argument);
            case Abi.Seccomp.SECCOMP_GET_NOTIF_SIZES:
                if (flags != 0)
                {
                    return Errno.EINVAL;
                }

                var sizes = new SeccompNotifSizes
                {
                    SeccompNotif = (ushort)Marshalled.Size<SeccompNotif>(),
                    SeccompNotifResp = (ushort)Marshalled.Size<SeccompNotifResp>(),
                    SeccompData = (ushort)Marshalled.Size<SeccompData>(),
                };
                return new UserPtr<SeccompNotifSizes>(argument).TryWrite(task, sizes) ? 0 : Errno.EFAULT;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>prctl(PR_SET_SECCOMP).</summary>
    internal static SyscallResult FromPrctl(Task task, ulong mode, ulong argument) => mode switch
    {
        Abi.Seccomp.SECCOMP_MODE_STRICT => SetStrict(task),
        Abi.Seccomp.SECCOMP_MODE_FILTER => SetFilter(task, 0, argument),
        _ => Errno.EINVAL,
    };

    private static SyscallResult SetStrict(Task task)
    {
        if (task.SeccompMode is not (Abi.Seccomp.SECCOMP_MODE_DISABLED or Abi.Seccomp.SECCOMP_MODE_STRICT))
        {
            return Errno.EINVAL;
        }

        task.SeccompMode = Abi.Seccomp.SECCOMP_MODE_STRICT;
        return 0;
    }

    /// <summary>seccomp_set_mode_filter().</summary>
    private static SyscallResult SetFilter(Task task, uint flags, ulong argument)
    {
        bool isTsync = (flags & Abi.Seccomp.SECCOMP_FILTER_FLAG_TSYNC) != 0, isTsyncErrno = (flags & Abi.Seccomp.SECCOMP_FILTER_FLAG_TSYNC_ESRCH) != 0;
        bool hasListener = (flags & Abi.Seccomp.SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0, waitsKillable = (flags & Abi.Seccomp.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) != 0;
        // A result can be a descriptor or the thread that differs, not both.
        if ((flags & ~KnownFlags) != 0 || (isTsync && hasListener && !isTsyncErrno) || (waitsKillable && !hasListener))
        {
            return Errno.EINVAL;
        }

        if (!new UserPtr<SockFprog>(argument).TryRead(task, out SockFprog description))
        {
            return Errno.EFAULT;
        }

        if (description.Length is 0 or > Bpf.BPF_MAXINSNS)
        {
            return Errno.EINVAL;
        }

        if (!task.NoNewPrivileges && !task.IsOwnCapable(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EACCES;
        }

        var code = new SockFilter[description.Length];
        if (!new UserPtr<SockFilter>(description.Filter).TryReadArray(task, code))
        {
            return Errno.EFAULT;
        }

        Result<BpfProgram> program = BpfProgram.Check(code);
        if (program.Failed)
        {
            return program.Error;
        }

        if (task.SeccompMode == Abi.Seccomp.SECCOMP_MODE_STRICT)
        {
            return Errno.EINVAL;
        }

        if (hasListener && HasListener(task))
        {
            return Errno.EBUSY;
        }

        var filter = new SeccompFilter(program.Value, task.SeccompFilter)
        {
            IsLogged = (flags & Abi.Seccomp.SECCOMP_FILTER_FLAG_LOG) != 0,
            Notifier = hasListener ? new SeccompNotifier(waitsKillable, RandomNumber(task)) : null,
        };
        if (filter.IsTooLong)
        {
            return Errno.ENOMEM;
        }

        if (isTsync && FindDiverged(task) is { } diverged)
        {
            return isTsyncErrno ? Errno.ESRCH : diverged.TidFor(task);
        }

        Result<int> listener = hasListener ? task.Files.InstallOrRelease(task, new SeccompListener(task.Kernel, filter), isCloseOnExec: true) : 0;
        if (listener.Failed)
        {
            return listener.Error;
        }

        // The new filter is the user of the older one in the task's place.
        Install(task, filter);
        foreach (Task other in task.Group.Tasks)
        {
            if (isTsync && other != task && !other.IsExiting)
            {
                other.NoNewPrivileges |= task.NoNewPrivileges;
                other.SeccompFilter?.DropUser();
                Install(other, filter.AddUser());
            }
        }

        return listener.Value;
    }

    /// <summary>has_duplicate_listener(): a chain has one at most.</summary>
    private static bool HasListener(Task task)
    {
        SeccompFilter? filter = task.SeccompFilter;
        while (filter is not null && filter.Notifier is not { IsClosed: false })
        {
            filter = filter.Previous;
        }

        return filter is not null;
    }

    private static ulong RandomNumber(Task task)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        task.Kernel.Host.GetRandom(bytes);
        return BitConverter.ToUInt64(bytes);
    }

    /// <summary>seccomp_can_sync_threads(): a thread whose filters are not ours or older ones of ours.</summary>
    private static Task? FindDiverged(Task task)
    {
        foreach (Task other in task.Group.Tasks)
        {
            bool isAlike = other.SeccompMode == Abi.Seccomp.SECCOMP_MODE_DISABLED
                || (other.SeccompMode == Abi.Seccomp.SECCOMP_MODE_FILTER && other.SeccompFilter!.IsAncestorOf(task.SeccompFilter));
            if (other != task && !other.IsExiting && !isAlike)
            {
                return other;
            }
        }

        return null;
    }

    private static void Install(Task task, SeccompFilter filter)
    {
        task.SeccompMode = Abi.Seccomp.SECCOMP_MODE_FILTER;
        task.SeccompFilter = filter;
    }

    private static SyscallResult GetActionAvailable(Task task, ulong argument)
    {
        if (!new UserPtr<uint>(argument).TryRead(task, out uint action))
        {
            return Errno.EFAULT;
        }

        return action is Abi.Seccomp.SECCOMP_RET_KILL_PROCESS or Abi.Seccomp.SECCOMP_RET_KILL_THREAD or Abi.Seccomp.SECCOMP_RET_TRAP
            or Abi.Seccomp.SECCOMP_RET_ERRNO or Abi.Seccomp.SECCOMP_RET_USER_NOTIF or Abi.Seccomp.SECCOMP_RET_TRACE or Abi.Seccomp.SECCOMP_RET_LOG or Abi.Seccomp.SECCOMP_RET_ALLOW
            ? 0
            : Errno.EOPNOTSUPP;
    }
}

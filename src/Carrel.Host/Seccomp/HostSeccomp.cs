using Carrel.Abi;

namespace Carrel.Host;

/// <summary>seccomp(2) on the caller, and the calls on a notification listener. Failures are a negative errno.</summary>
public static unsafe class HostSeccomp
{
    /// <summary>Loads a filter for every thread of the process (SECCOMP_FILTER_FLAG_TSYNC); no_new_privs is set first.</summary>
    /// <returns>0, a negative errno, or the id of a thread that could not be brought in line.</returns>
    public static long LoadForAllThreads(SockFilter[] program)
    {
        long result = HostProcess.Prctl(PrctlOption.PR_SET_NO_NEW_PRIVS, 1);
        if (result < 0)
        {
            return result;
        }

        fixed (SockFilter* p = program)
        {
            var header = new SockFprog { Len = (ushort)program.Length, Filter = (ulong)p };
            return HostCall.Invoke(Nr.seccomp, Seccomp.SECCOMP_SET_MODE_FILTER, Seccomp.SECCOMP_FILTER_FLAG_TSYNC, (nint)(&header));
        }
    }

    /// <summary>Waits for a notification.</summary>
    public static int Receive(int listener, SeccompNotif* notification)
    {
        *notification = default; // the host insists on zeroes
        return (int)HostCall.Invoke(Nr.ioctl, listener, Seccomp.SECCOMP_IOCTL_NOTIF_RECV, (nint)notification);
    }

    /// <summary>Answers a notification. ENOENT: its thread is gone.</summary>
    public static int Send(int listener, ulong id, long value, uint flags)
    {
        var response = new SeccompNotifResp { Id = id, Val = value, Flags = flags };
        return (int)HostCall.InvokeQuick(Nr.ioctl, listener, Seccomp.SECCOMP_IOCTL_NOTIF_SEND, (nint)(&response));
    }

    /// <summary>The notification still waits for its answer.</summary>
    public static bool IsValid(int listener, ulong id) =>
        HostCall.InvokeQuick(Nr.ioctl, listener, Seccomp.SECCOMP_IOCTL_NOTIF_ID_VALID, (nint)(&id)) == 0;

    /// <summary>Puts one of our descriptors into the notification's process at number <paramref name="target"/>.</summary>
    public static int AddFd(int listener, ulong id, int fd, int target, uint targetFlags)
    {
        var request = new SeccompNotifAddfd
        {
            Id = id, Flags = Seccomp.SECCOMP_ADDFD_FLAG_SETFD, Srcfd = (uint)fd, Newfd = (uint)target, NewfdFlags = targetFlags,
        };
        return (int)HostCall.Invoke(Nr.ioctl, listener, Seccomp.SECCOMP_IOCTL_NOTIF_ADDFD, (nint)(&request));
    }

    /// <summary>The answer wakes its thread on the answering processor (Linux 6.6).</summary>
    public static int SetSyncWakeUp(int listener) =>
        (int)HostCall.Invoke(Nr.ioctl, listener, Seccomp.SECCOMP_IOCTL_NOTIF_SET_FLAGS, Seccomp.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

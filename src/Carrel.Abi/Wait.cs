using System;

namespace Carrel.Abi;

/// <summary>Options of wait4(2) and waitid(2).</summary>
[Flags]
public enum WaitOptions
{
    WNOHANG = 1,
    WUNTRACED = 2,
    WSTOPPED = 2,
    WEXITED = 4,
    WCONTINUED = 8,
    WNOWAIT = 0x1000000,
    __WNOTHREAD = 0x20000000,
    __WALL = 0x40000000,
    __WCLONE = unchecked((int)0x80000000),
}

/// <summary>Whom waitid(2) waits for.</summary>
public static class IdType
{
    public const int P_ALL = 0;
    public const int P_PID = 1;
    public const int P_PGID = 2;
    public const int P_PIDFD = 3;
}

/// <summary>The si_code of SIGCHLD.</summary>
public static class Cld
{
    public const int CLD_EXITED = 1;
    public const int CLD_KILLED = 2;
    public const int CLD_DUMPED = 3;
    public const int CLD_TRAPPED = 4;
    public const int CLD_STOPPED = 5;
    public const int CLD_CONTINUED = 6;
}

/// <summary>Flags of pidfd_open(2) and pidfd_send_signal(2).</summary>
public static class PidfdFlags
{
    public const uint PIDFD_NONBLOCK = 0x800;
    public const uint PIDFD_THREAD = 0x80;
    public const uint PIDFD_SIGNAL_THREAD = 1;
    public const uint PIDFD_SIGNAL_THREAD_GROUP = 2;
    public const uint PIDFD_SIGNAL_PROCESS_GROUP = 4;

    /// <summary>The first of the ten ioctls that open a namespace of the process: cgroup, ipc, mnt, net, pid, pid_for_children, time, time_for_children, user, uts.</summary>
    public const uint PIDFD_GET_CGROUP_NAMESPACE = 0xff01;
}

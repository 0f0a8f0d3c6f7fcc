using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Trace;

/// <summary>How to show an argument whose declared type does not say it all.</summary>
internal enum ArgumentKind
{
    Declared,
    Octal,
    /// <summary>Octal, and left out if the flags in the register <see cref="ArgumentShape.Other"/> make no file.</summary>
    CreationMode,
    Signal,
    SignalSet,
    /// <summary>A struct sockaddr; <see cref="ArgumentShape.Other"/> is the register with its length, or with the address of its length.</summary>
    SocketAddress,
    /// <summary>Bytes; the result, or for input the register <see cref="ArgumentShape.Other"/>, says how many.</summary>
    Bytes,
    /// <summary>A NULL-terminated array of strings.</summary>
    Strings,
    /// <summary>The same, only counted.</summary>
    StringCount,
    /// <summary>An array of the declared type; the register <see cref="ArgumentShape.Other"/> has the count.</summary>
    Array,
    /// <summary>An array whose count is the result.</summary>
    ResultArray,
    /// <summary>Two ints.</summary>
    Pair,
    /// <summary>Clone flags with the exit signal in the low byte.</summary>
    Clone,
    /// <summary>A wait status.</summary>
    WaitStatus,
}

/// <param name="Kind">How it is read.</param>
/// <param name="Names">Constants for a plain number.</param>
/// <param name="Other">Another register that belongs to it.</param>
/// <param name="IsOutput">The kernel fills it: shown after success only.</param>
internal sealed record ArgumentShape(ArgumentKind Kind, NameTable? Names = null, int Other = -1, bool IsOutput = false);

/// <summary>Shapes by system call and register. The ABI fixes both, whatever the handlers call their parameters.</summary>
internal static class ArgumentShapes
{
    private static readonly Dictionary<(int Number, int Register), ArgumentShape> Shapes = Build();

    public static ArgumentShape? Find(int number, int register) => Shapes.GetValueOrDefault((number, register));

    private static Dictionary<(int, int), ArgumentShape> Build()
    {
        var shapes = new Dictionary<(int, int), ArgumentShape>();
        void Put(ArgumentShape shape, params (int, int)[] places)
        {
            foreach ((int, int) place in places)
            {
                shapes[place] = shape;
            }
        }

        void Names(NameTable names, params (int, int)[] places) => Put(new ArgumentShape(ArgumentKind.Declared, names), places);
        void Outputs(params (int, int)[] places) => Put(new ArgumentShape(ArgumentKind.Declared, IsOutput: true), places);

        Names(ConstantNames.AtFlags, (Nr.newfstatat, 3), (Nr.statx, 2), (Nr.linkat, 4), (Nr.fchownat, 4), (Nr.utimensat, 3), (Nr.execveat, 4), (Nr.fchmodat2, 3), (Nr.name_to_handle_at, 4));
        Names(ConstantNames.AtAccess, (Nr.faccessat2, 3));
        Names(ConstantNames.AtUnlink, (Nr.unlinkat, 2));
        Names(ConstantNames.Access, (Nr.access, 1), (Nr.faccessat, 2), (Nr.faccessat2, 2));
        Names(ConstantNames.Seek, (Nr.lseek, 2));
        Names(ConstantNames.FcntlCommands, (Nr.fcntl, 1));
        Names(ConstantNames.FlockOperations, (Nr.flock, 1));
        Names(ConstantNames.Ioctls, (Nr.ioctl, 1));
        Names(ConstantNames.Limits, (Nr.getrlimit, 0), (Nr.setrlimit, 0), (Nr.prlimit64, 1));
        Names(ConstantNames.Rusage, (Nr.getrusage, 0));
        Names(ConstantNames.PriorityWhich, (Nr.getpriority, 0), (Nr.setpriority, 0));
        Names(ConstantNames.Policies, (Nr.sched_setscheduler, 1), (Nr.sched_get_priority_max, 0), (Nr.sched_get_priority_min, 0));
        Names(ConstantNames.ClockId, (Nr.clock_gettime, 0), (Nr.clock_settime, 0), (Nr.clock_getres, 0), (Nr.clock_nanosleep, 0), (Nr.clock_adjtime, 0), (Nr.timer_create, 0), (Nr.timerfd_create, 0));
        Names(ConstantNames.ITimer, (Nr.getitimer, 0), (Nr.setitimer, 0));
        Names(ConstantNames.EpollOp, (Nr.epoll_ctl, 1));
        Names(ConstantNames.FutexOperations, (Nr.futex, 1));
        Names(ConstantNames.Advices, (Nr.madvise, 2), (Nr.process_madvise, 3));
        Names(ConstantNames.FileAdvices, (Nr.fadvise64, 3));
        Names(ConstantNames.MembarrierCommands, (Nr.membarrier, 0));
        Names(ConstantNames.PrctlOptions, (Nr.prctl, 0));
        Names(ConstantNames.ArchCodes, (Nr.arch_prctl, 0));
        Names(ConstantNames.CloneFlags, (Nr.unshare, 0), (Nr.setns, 1));
        Names(ConstantNames.MountFlags, (Nr.mount, 3));
        Names(ConstantNames.IdType, (Nr.waitid, 0));
        Names(ConstantNames.AddressFamilies, (Nr.socket, 0), (Nr.socketpair, 0));
        Names(ConstantNames.SocketTypes, (Nr.socket, 1), (Nr.socketpair, 1), (Nr.accept4, 3));
        Names(ConstantNames.SocketLevels, (Nr.getsockopt, 1), (Nr.setsockopt, 1));
        Names(ConstantNames.SocketOptionNames, (Nr.getsockopt, 2), (Nr.setsockopt, 2));
        Names(ConstantNames.MessageFlags, (Nr.sendto, 3), (Nr.recvfrom, 3), (Nr.sendmsg, 2), (Nr.recvmsg, 2), (Nr.sendmmsg, 3), (Nr.recvmmsg, 3));
        Names(ConstantNames.ShutdownHow, (Nr.shutdown, 1));
        Names(ConstantNames.SigmaskHow, (Nr.rt_sigprocmask, 0));
        Names(ConstantNames.OpenFlags, (Nr.eventfd2, 1), (Nr.epoll_create1, 0), (Nr.inotify_init1, 0), (Nr.pipe2, 1), (Nr.dup3, 2));
        Names(ConstantNames.SeccompOperations, (Nr.seccomp, 0));
        Put(new ArgumentShape(ArgumentKind.Octal), (Nr.creat, 1), (Nr.mkdir, 1), (Nr.mkdirat, 2), (Nr.mknod, 1), (Nr.mknodat, 2),
            (Nr.chmod, 1), (Nr.fchmod, 1), (Nr.fchmodat, 2), (Nr.fchmodat2, 2), (Nr.umask, 0));
        Put(new ArgumentShape(ArgumentKind.CreationMode, Other: 1), (Nr.open, 2), (Nr.mq_open, 2));
        Put(new ArgumentShape(ArgumentKind.CreationMode, Other: 2), (Nr.openat, 3));
        Put(new ArgumentShape(ArgumentKind.Signal), (Nr.rt_sigaction, 0), (Nr.kill, 1), (Nr.tkill, 1), (Nr.tgkill, 2), (Nr.rt_sigqueueinfo, 1), (Nr.rt_tgsigqueueinfo, 2), (Nr.pidfd_send_signal, 1));
        Put(new ArgumentShape(ArgumentKind.SignalSet), (Nr.rt_sigprocmask, 1), (Nr.rt_sigsuspend, 0), (Nr.rt_sigtimedwait, 0), (Nr.signalfd, 1), (Nr.signalfd4, 1), (Nr.ppoll, 3), (Nr.epoll_pwait, 4), (Nr.epoll_pwait2, 4));
        Put(new ArgumentShape(ArgumentKind.SignalSet, IsOutput: true), (Nr.rt_sigprocmask, 2), (Nr.rt_sigpending, 0));
        Put(new ArgumentShape(ArgumentKind.SocketAddress, Other: 2), (Nr.bind, 1), (Nr.connect, 1));
        Put(new ArgumentShape(ArgumentKind.SocketAddress, Other: 5), (Nr.sendto, 4));
        Put(new ArgumentShape(ArgumentKind.SocketAddress, Other: 2, IsOutput: true), (Nr.accept, 1), (Nr.accept4, 1), (Nr.getsockname, 1), (Nr.getpeername, 1));
        Put(new ArgumentShape(ArgumentKind.SocketAddress, Other: 5, IsOutput: true), (Nr.recvfrom, 4));
        Put(new ArgumentShape(ArgumentKind.Bytes, Other: 1), (Nr.sethostname, 0), (Nr.setdomainname, 0));
        Put(new ArgumentShape(ArgumentKind.Bytes, Other: 2), (Nr.mq_timedsend, 1));
        Put(new ArgumentShape(ArgumentKind.Bytes, IsOutput: true), (Nr.read, 1), (Nr.pread64, 1), (Nr.recvfrom, 1), (Nr.getrandom, 0), (Nr.getcwd, 0), (Nr.readlink, 1), (Nr.readlinkat, 2),
            (Nr.mq_timedreceive, 1), (Nr.getxattr, 2), (Nr.lgetxattr, 2), (Nr.fgetxattr, 2));
        Put(new ArgumentShape(ArgumentKind.Bytes, Other: 1, IsOutput: true), (Nr.readv, 1), (Nr.preadv, 1), (Nr.preadv2, 1));
        Put(new ArgumentShape(ArgumentKind.Strings), (Nr.execve, 1), (Nr.execveat, 2));
        Put(new ArgumentShape(ArgumentKind.StringCount), (Nr.execve, 2), (Nr.execveat, 3));
        Put(new ArgumentShape(ArgumentKind.Array, Other: 1), (Nr.poll, 0), (Nr.ppoll, 0));
        Put(new ArgumentShape(ArgumentKind.Array, Other: 2), (Nr.semop, 1), (Nr.semtimedop, 1));
        Put(new ArgumentShape(ArgumentKind.ResultArray, IsOutput: true), (Nr.epoll_wait, 1), (Nr.epoll_pwait, 1), (Nr.epoll_pwait2, 1), (Nr.getgroups, 1));
        Put(new ArgumentShape(ArgumentKind.Pair, IsOutput: true), (Nr.pipe, 0), (Nr.pipe2, 0), (Nr.socketpair, 3));
        Put(new ArgumentShape(ArgumentKind.Clone), (Nr.clone, 0));
        Put(new ArgumentShape(ArgumentKind.WaitStatus, IsOutput: true), (Nr.wait4, 1));
        Outputs((Nr.stat, 1), (Nr.fstat, 1), (Nr.lstat, 1), (Nr.newfstatat, 2), (Nr.statx, 4), (Nr.statfs, 1), (Nr.fstatfs, 1), (Nr.wait4, 3),
            (Nr.waitid, 2), (Nr.waitid, 4), (Nr.getrlimit, 1), (Nr.prlimit64, 3), (Nr.gettimeofday, 0), (Nr.gettimeofday, 1), (Nr.clock_gettime, 1), (Nr.clock_getres, 1),
            (Nr.uname, 0), (Nr.sysinfo, 0), (Nr.getrusage, 1), (Nr.times, 0), (Nr.time, 0), (Nr.rt_sigaction, 2), (Nr.sigaltstack, 1), (Nr.rt_sigtimedwait, 1), (Nr.getitimer, 1),
            (Nr.setitimer, 2), (Nr.timer_gettime, 1), (Nr.timer_settime, 3), (Nr.timerfd_gettime, 1), (Nr.timerfd_settime, 3), (Nr.timer_create, 2), (Nr.getsockopt, 4),
            (Nr.getresuid, 0), (Nr.getresuid, 1), (Nr.getresuid, 2), (Nr.getresgid, 0), (Nr.getresgid, 1), (Nr.getresgid, 2), (Nr.accept, 2), (Nr.accept4, 2),
            (Nr.getsockname, 2), (Nr.getpeername, 2), (Nr.mq_timedreceive, 3), (Nr.recvfrom, 5), (Nr.getcpu, 0), (Nr.getcpu, 1), (Nr.sched_getparam, 1), (Nr.sched_rr_get_interval, 1));
        return shapes;
    }
}

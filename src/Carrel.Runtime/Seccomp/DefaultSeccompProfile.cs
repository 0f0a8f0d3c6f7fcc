using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// Docker's default profile (moby/profiles, seccomp/default.json, as of mid 2026), as far as it concerns x86-64: what a container of `run` and `do` gets that
/// brings no profile. Everything that is not allowed fails with EPERM; calls that Docker's authors did not know fail with ENOSYS.
/// </summary>
public static class DefaultSeccompProfile
{
    private const string Allow = "SCMP_ACT_ALLOW";

    private const string Allowed = """
        accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod chown chown32 clock_adjtime clock_adjtime64 clock_getres
        clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range creat dup
        dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve
        execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown
        fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64
        fsync ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat getcpu getcwd getdents getdents64
        getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority
        getrandom getresgid getresgid32 getresuid getresuid32 getrlimit get_robust_list getrusage getsid getsockname getsockopt get_thread_area
        gettid gettimeofday getuid getuid32 getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel ioctl
        io_destroy io_getevents io_pgetevents io_pgetevents_time64 ioprio_get ioprio_set io_setup io_submit ipc kill landlock_add_rule
        landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr link linkat listen listmount listxattr listxattrat llistxattr
        _llseek lremovexattr lseek lsetxattr lstat lstat64 madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod
        mknodat mlock mlock2 mlockall mmap mmap2 mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
        mq_timedsend_time64 mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep
        newfstatat _newselect open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll
        ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_mrelease pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read readahead
        readlink readlinkat readv recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename renameat
        renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
        rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min
        sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler
        sched_yield seccomp select semctl semget semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto setfsgid
        setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid setpriority setregid setregid32 setresgid setresgid32
        setresuid setresuid32 setreuid setreuid32 setrlimit set_robust_list setsid setsockopt set_thread_area set_tid_address setuid setuid32
        setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 sigprocmask sigreturn socketcall socketpair splice
        stat stat64 statfs statfs64 statmount statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete
        timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64
        timerfd_settime timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask uname unlink unlinkat uretprobe utime utimensat
        utimensat_time64 utimes vfork vmsplice wait4 waitid waitpid write writev arch_prctl modify_ldt
        """;

    // Their danger is gone since Linux 4.8: a tracer cannot get past the filter any more.
    private const string Tracing = "process_vm_readv process_vm_writev ptrace";

    // Allowed to those who hold the capability anyway.
    private static readonly (string Capability, string Names)[] s_privileged =
    [
        ("CAP_DAC_READ_SEARCH", "open_by_handle_at"),
        ("CAP_SYS_ADMIN",
            "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules lsm_set_self_attr mount " +
            "mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare"),
        ("CAP_SYS_BOOT", "reboot"),
        ("CAP_SYS_CHROOT", "chroot"),
        ("CAP_SYS_MODULE", "delete_module init_module finit_module"),
        ("CAP_SYS_PACCT", "acct"),
        ("CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
        ("CAP_SYS_RAWIO", "iopl ioperm"),
        ("CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"),
        ("CAP_SYS_TTY_CONFIG", "vhangup"),
        ("CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
        ("CAP_SYSLOG", "syslog"),
        ("CAP_BPF", "bpf"),
        ("CAP_PERFMON", "perf_event_open"),
    ];

    // PER_LINUX, PER_LINUX32, UNAME26, both of the latter, and the question for the current one.
    private static readonly ulong[] s_personalities = [0, 8, 0x20000, 0x20008, 0xFFFFFFFF];

    // Socket families (include/linux/socket.h). Below 12 all; left out: DECnet 12, Econet 19, ATM SVC 20, IrDA 23, Wanpipe 25, ISDN 34, CAIF 37, which kernels
    // have dropped; AF_ALG 38 and AF_VSOCK 40, which containers have no business with.
    private const ulong FirstRefusedFamily = 12;
    private static readonly ulong[] s_families = [13, 14, 15, 16, 17, 18, 21, 22, 24, 26, 27, 28, 29, 30, 31, 32, 33, 35, 36, 39, 41, 42, 43, 44, 45];

    // Namespaces that clone must not make without CAP_SYS_ADMIN.
    private const ulong NewNamespaces = (ulong)(CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWIPC | CloneFlags.CLONE_NEWUSER
        | CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNET | CloneFlags.CLONE_NEWCGROUP);

    /// <summary>The profile for a process with these capabilities, as short as it can be said.</summary>
    public static OciSeccomp For(OciCapabilities? capabilities)
    {
        string key = "";
        foreach ((string capability, _) in s_privileged)
        {
            if (capabilities?.Bounding?.Contains(capability) == true)
            {
                key += key.Length == 0 ? capability : " " + capability;
            }
        }

        return DefaultSeccompPrograms.Find(key).IsEmpty ? Make(capabilities) : new OciSeccomp { Ready = key, DefaultAction = "SCMP_ACT_ERRNO" };
    }

    /// <summary>The profile for a process with these capabilities, with all its rules.</summary>
    /// <param name="capabilities">Their bounding set counts; null: none.</param>
    /// <param name="kernel">Version of the host's kernel; null: the one that runs.</param>
    public static OciSeccomp Make(OciCapabilities? capabilities, Version? kernel = null)
    {
        List<string> held = capabilities?.Bounding ?? [];
        var rules = new List<OciSyscall> { Rule(Allowed) };
        if ((kernel ?? Environment.OSVersion.Version) >= new Version(4, 8))
        {
            rules.Add(Rule(Tracing));
        }

        rules.Add(Rule("socket", Argument("SCMP_CMP_LT", FirstRefusedFamily)));
        rules.AddRange(Array.ConvertAll(s_families, family => Rule("socket", Argument("SCMP_CMP_EQ", family))));
        rules.AddRange(Array.ConvertAll(s_personalities, personality => Rule("personality", Argument("SCMP_CMP_EQ", personality))));
        foreach ((string capability, string names) in s_privileged)
        {
            if (held.Contains(capability))
            {
                rules.Add(Rule(names));
            }
        }

        if (!held.Contains("CAP_SYS_ADMIN"))
        {
            rules.Add(Rule("clone", Argument("SCMP_CMP_MASKED_EQ", NewNamespaces)));
            // Its flags lie in memory, out of a filter's sight; told that there is no clone3, libraries use clone.
            rules.Add(new OciSyscall { Names = ["clone3"], Action = "SCMP_ACT_ERRNO", ErrnoRet = (uint)Errno.ENOSYS });
        }

        return new OciSeccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            DefaultErrnoRet = (uint)Errno.EPERM,
            Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            Syscalls = rules,
        };
    }

    private static OciSyscall Rule(string names, params List<OciSyscallArgument> arguments) => new()
    {
        Names = [.. names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)],
        Action = Allow,
        Args = arguments.Count > 0 ? arguments : null,
    };

    private static OciSyscallArgument Argument(string comparison, ulong value) => new() { Index = 0, Op = comparison, Value = value };
}

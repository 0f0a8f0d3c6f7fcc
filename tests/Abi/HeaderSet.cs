using System;
using System.Collections.Generic;
using System.Linq;

namespace Carrel.Tests.Abi;

/// <summary>Headers that can be included together (the kernel's and glibc's often cannot), and the types of Carrel.Abi to look up there.</summary>
internal sealed record HeaderSet(string Name, string[] Headers, string Preamble, string[] Types)
{
    /// <summary>All sets. A type may occur in several; a name is then looked up in their order.</summary>
    public static readonly HeaderSet[] All =
    [
        Create("syscalls", "asm/unistd_64.h", "Nr"),
        Create("errno", "linux/errno.h", "Errno"),
        Create(
            "files",
            "asm/fcntl.h linux/fcntl.h linux/fs.h linux/openat2.h linux/stat.h linux/falloc.h linux/xattr.h linux/posix_acl.h linux/posix_acl_xattr.h linux/inotify.h linux/limits.h linux/mount.h "
            + "linux/magic.h linux/fadvise.h linux/close_range.h linux/uio.h linux/binfmts.h linux/nsfs.h linux/sockios.h linux/fiemap.h asm/ioctls.h asm/stat.h asm/statfs.h",
            "OpenFlags At Seek Fcntl Mode Renameat2 FallocateMode ResolveFlags RwFlags SyncFileRange CloseRangeFlags Fadvise Xattr PosixAclTag Limits Statx Inotify "
            + "MountFlags OpenTreeFlags MoveMountFlags FsOpen MountAttr SuperMagic Ioctl IdType "
            + "Stat StatxTimestamp StatxBuf StatFs OpenHow FLock FOwnerEx InotifyEvent MountAttrBuf IoVec",
            "#define PAGE_SIZE 4096"),
        Create(
            "libc",
            "unistd.h fcntl.h dirent.h sched.h signal.h time.h poll.h utime.h mqueue.h sys/stat.h sys/mount.h sys/statfs.h sys/statvfs.h sys/epoll.h sys/eventfd.h "
            + "sys/timerfd.h sys/signalfd.h sys/wait.h sys/time.h sys/times.h sys/resource.h sys/socket.h sys/un.h sys/personality.h sys/pidfd.h sys/user.h sys/file.h netinet/in.h netinet/tcp.h netinet/udp.h",
            "Access OpenFlags Tty Inet SpliceFlags Dirent MountFlags StatFsFlags IdType PersonalityFlags PollEvents EpollOp EpollFlags EventfdFlags SignalfdFlags TimerfdFlags PidfdFlags Utime Fcntl At Sock "
            + "PollFd DirentHeader FileHandle Tms Utimbuf Timezone SchedParam UserRegs Ucred MsgHdr MMsgHdr CmsgHdr SockaddrUn",
            "#define _GNU_SOURCE"),
        Create(
            "memory",
            "linux/mman.h asm/mman.h linux/memfd.h linux/mempolicy.h",
            "Prot MapFlags MremapFlags Madvise MsyncFlags Mlock Mcl MemfdFlags HugePage Mempolicy PkeyAccess"),
        Create(
            "tasks",
            "linux/types.h linux/sched.h linux/sched/types.h linux/wait.h linux/prctl.h asm/prctl.h linux/time.h linux/resource.h linux/futex.h linux/capability.h linux/securebits.h "
            + "linux/ptrace.h asm/ptrace-abi.h linux/auxvec.h asm/auxvec.h linux/ioprio.h linux/rseq.h linux/utsname.h linux/sysinfo.h linux/aio_abi.h linux/eventpoll.h linux/signalfd.h",
            "CloneFlags WaitOptions PrctlOption ArchPrctl Rlimit Rusage Priority IoPrio Sched FutexOp RobustList PtraceRequest Capability CapVersion SecureBits AuxType "
            + "CloneArgs SchedAttr CapHeader CapData VfsCapData RobustListHead FutexWaitv Rseq RseqCs UtsName SysInfo RusageBuf RlimitBuf IoEvent Iocb "
            + "PtracePeeksiginfoArgs PtraceSyscallInfo EpollEvent SignalfdSiginfo"),
        Create(
            "signals",
            "linux/types.h linux/signal.h asm/sigcontext.h asm/ucontext.h stddef.h",
            "Signal SigAction SigmaskHow SignalStack SigEvent Si Cld Ucontext KernelSigaction StackT SigInfo SigEventBuf SigContext UContext RtSigFrame FpxSwBytes SigsetArgpack",
            "",
            "/* arch/x86/include/asm/sigframe.h and fs/select.c, which are not exported. */\n"
            + "struct rt_sigframe { char *pretcode; struct ucontext uc; siginfo_t info; };\n"
            + "struct sigset_argpack { sigset_t *p; unsigned long size; };"),
        Create(
            "time",
            "linux/time.h linux/time_types.h linux/timex.h linux/timerfd.h",
            "ClockId TimerFlags ITimer Timex TimeSpec TimeVal ITimerSpec ITimerVal TimexBuf"),
        Create(
            "sockets",
            "linux/types.h asm/ioctls.h asm/socket.h linux/socket.h linux/net.h linux/in.h linux/in6.h linux/tcp.h linux/udp.h linux/if.h linux/sockios.h linux/netlink.h linux/rtnetlink.h "
            + "linux/if_arp.h linux/if_link.h linux/if_addr.h linux/neighbour.h linux/time_types.h linux/errqueue.h linux/net_tstamp.h linux/if_ether.h linux/icmp.h linux/if_packet.h linux/un.h linux/route.h linux/ipv6.h",
            "Sock Inet Netlink Rtnetlink NetDevice Linger SockaddrIn SockaddrIn6 SockaddrNl SockaddrLl IpMreqn Ipv6Mreq InPktinfo In6Pktinfo SockExtendedErr IfReq IfConf TcpInfo "
            + "NlMsgHdr NlMsgErr RtAttr RtGenMsg IfInfoMsg IfAddrMsg IfaCacheinfo RtMsg NdMsg RtEntry RtnlLinkStats64"),
        Create("terminals", "asm/termbits.h asm/ioctls.h asm/termios.h linux/tty.h linux/kd.h linux/vt.h", "Tty Termio Termios Termios2 TermioBuf WinSize"),
        Create(
            "rest",
            "limits.h linux/types.h linux/sched.h linux/seccomp.h linux/filter.h linux/audit.h asm/unistd.h linux/membarrier.h linux/rseq.h linux/random.h linux/reboot.h linux/kcmp.h linux/ipc.h "
            + "linux/shm.h linux/sem.h linux/msg.h linux/mqueue.h linux/keyctl.h linux/aio_abi.h linux/major.h",
            "Seccomp Bpf AuditArch Ipc GetrandomFlags Membarrier RseqFlags Kcmp Reboot Syslog Keyctl Aio DeviceMajor "
            + "SeccompData SeccompNotif SeccompNotifResp SeccompNotifAddfd SeccompNotifSizes SockFilter SockFprog "
            + "IpcPerm ShmidDs ShmInfo64 ShmInfo SemidDs SemBuf SemInfo MsqidDs MsgInfo MqAttr"),
        Create("elf", "linux/elf.h linux/elf-em.h", "Elf Elf64_Ehdr Elf64_Phdr Elf64_Shdr Elf64_Sym Elf64_Nhdr"),
    ];

    public static IEnumerable<HeaderSet> For(Type type) => All.Where(set => set.Types.Contains(type.Name));

    private static HeaderSet Create(string name, string headers, string types, string before = "", string after = "") =>
        new(
            name,
            headers.Split(' '),
            before + "\n" + string.Concat(headers.Split(' ').Select(header => $"#include <{header}>\n")) + "#include <stddef.h>\n" + after + "\n",
            types.Split(' '));
}

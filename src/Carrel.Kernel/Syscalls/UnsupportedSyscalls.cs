using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>
/// System calls that are refused on purpose: with ENOSYS as by a Linux built without the feature, so that programs take their other way; with EPERM where only
/// the machine's administrator may, and a carrel's root is none. docs/syscalls.md prints the reasons.
/// </summary>
// Tracing and measuring others.
[UnsupportedSyscall(Nr.perf_event_open, Errno.EACCES, "performance counters are the host's (perf_event_paranoid=3)")]
[UnsupportedSyscall(Nr.uretprobe, Errno.ENOSYS, "no probes")]
[UnsupportedSyscall(Nr.uprobe, Errno.ENOSYS, "no probes")]
[UnsupportedSyscall(Nr.bpf, Errno.EPERM, "there is no kernel to load programs into")]
// The machine itself.
[UnsupportedSyscall(Nr.syslog, Errno.EPERM, "the kernel log is the host's (dmesg_restrict=1)")]
[UnsupportedSyscall(Nr.vhangup, Errno.EPERM, "terminals hang up by closing their master")]
[UnsupportedSyscall(Nr.iopl, Errno.EPERM, "no I/O ports")]
[UnsupportedSyscall(Nr.ioperm, Errno.EPERM, "no I/O ports")]
[UnsupportedSyscall(Nr.init_module, Errno.EPERM, "no modules")]
[UnsupportedSyscall(Nr.finit_module, Errno.EPERM, "no modules")]
[UnsupportedSyscall(Nr.delete_module, Errno.EPERM, "no modules")]
[UnsupportedSyscall(Nr.kexec_load, Errno.EPERM, "the machine is the host's")]
[UnsupportedSyscall(Nr.kexec_file_load, Errno.EPERM, "the machine is the host's")]
[UnsupportedSyscall(Nr.acct, Errno.ENOSYS, "process accounting")]
// Asynchronous I/O.
[UnsupportedSyscall(Nr.io_setup, Errno.ENOSYS, "asynchronous I/O: programs fall back to threads or plain I/O")]
[UnsupportedSyscall(Nr.io_destroy, Errno.ENOSYS, "asynchronous I/O")]
[UnsupportedSyscall(Nr.io_submit, Errno.ENOSYS, "asynchronous I/O")]
[UnsupportedSyscall(Nr.io_cancel, Errno.ENOSYS, "asynchronous I/O")]
[UnsupportedSyscall(Nr.io_getevents, Errno.ENOSYS, "asynchronous I/O")]
[UnsupportedSyscall(Nr.io_pgetevents, Errno.ENOSYS, "asynchronous I/O")]
[UnsupportedSyscall(Nr.io_uring_setup, Errno.ENOSYS, "io_uring: a large attack surface; programs fall back to epoll")]
[UnsupportedSyscall(Nr.io_uring_enter, Errno.ENOSYS, "io_uring")]
[UnsupportedSyscall(Nr.io_uring_register, Errno.ENOSYS, "io_uring")]
// Keys and security modules.
[UnsupportedSyscall(Nr.add_key, Errno.ENOSYS, "key rings")]
[UnsupportedSyscall(Nr.request_key, Errno.ENOSYS, "key rings")]
[UnsupportedSyscall(Nr.keyctl, Errno.ENOSYS, "key rings")]
[UnsupportedSyscall(Nr.landlock_create_ruleset, Errno.ENOSYS, "Landlock")]
[UnsupportedSyscall(Nr.landlock_add_rule, Errno.ENOSYS, "Landlock")]
[UnsupportedSyscall(Nr.landlock_restrict_self, Errno.ENOSYS, "Landlock")]
[UnsupportedSyscall(Nr.lsm_get_self_attr, Errno.ENOSYS, "no security modules")]
[UnsupportedSyscall(Nr.lsm_set_self_attr, Errno.ENOSYS, "no security modules")]
[UnsupportedSyscall(Nr.lsm_list_modules, Errno.ENOSYS, "no security modules")]
// Files.
[UnsupportedSyscall(Nr.fanotify_init, Errno.EPERM, "fanotify; inotify is there")]
[UnsupportedSyscall(Nr.fanotify_mark, Errno.EPERM, "fanotify")]
[UnsupportedSyscall(Nr.quotactl, Errno.ENOSYS, "no file system has quotas")]
[UnsupportedSyscall(Nr.quotactl_fd, Errno.ENOSYS, "no file system has quotas")]
[UnsupportedSyscall(Nr.setxattrat, Errno.ENOSYS, "newer than the Linux shown (6.13)")]
[UnsupportedSyscall(Nr.getxattrat, Errno.ENOSYS, "newer than the Linux shown (6.13)")]
[UnsupportedSyscall(Nr.listxattrat, Errno.ENOSYS, "newer than the Linux shown (6.13)")]
[UnsupportedSyscall(Nr.removexattrat, Errno.ENOSYS, "newer than the Linux shown (6.13)")]
[UnsupportedSyscall(Nr.open_tree_attr, Errno.ENOSYS, "newer than the Linux shown (6.15)")]
[UnsupportedSyscall(Nr.file_getattr, Errno.ENOSYS, "newer than the Linux shown (6.17)")]
[UnsupportedSyscall(Nr.file_setattr, Errno.ENOSYS, "newer than the Linux shown (6.17)")]
// Memory and threads.
[UnsupportedSyscall(Nr.userfaultfd, Errno.ENOSYS, "guest page faults are not handed to guests")]
[UnsupportedSyscall(Nr.memfd_secret, Errno.ENOSYS, "needs exclusive host memory")]
[UnsupportedSyscall(Nr.map_shadow_stack, Errno.ENOSYS, "no shadow stacks")]
[UnsupportedSyscall(Nr.remap_file_pages, Errno.ENOSYS, "deprecated since Linux 3.16; mmap does the same")]
[UnsupportedSyscall(Nr.rseq, Errno.ENOSYS, "restartable sequences: the C library does without")]
[UnsupportedSyscall(Nr.modify_ldt, Errno.ENOSYS, "16-bit and segmented code")]
[UnsupportedSyscall(Nr.set_thread_area, Errno.ENOSYS, "32-bit programs only")]
[UnsupportedSyscall(Nr.get_thread_area, Errno.ENOSYS, "32-bit programs only")]
// Removed from Linux, or never there on x86-64.
[UnsupportedSyscall(Nr.uselib, Errno.ENOSYS, "a.out libraries")]
[UnsupportedSyscall(Nr.ustat, Errno.ENOSYS, "obsolete; statfs does more")]
[UnsupportedSyscall(Nr.sysfs, Errno.ENOSYS, "obsolete; /proc/filesystems has the list")]
[UnsupportedSyscall(Nr._sysctl, Errno.ENOSYS, "removed in Linux 5.5; /proc/sys does the same")]
[UnsupportedSyscall(Nr.create_module, Errno.ENOSYS, "removed in Linux 2.6")]
[UnsupportedSyscall(Nr.get_kernel_syms, Errno.ENOSYS, "removed in Linux 2.6")]
[UnsupportedSyscall(Nr.query_module, Errno.ENOSYS, "removed in Linux 2.6")]
[UnsupportedSyscall(Nr.nfsservctl, Errno.ENOSYS, "removed in Linux 3.1")]
[UnsupportedSyscall(Nr.getpmsg, Errno.ENOSYS, "never implemented")]
[UnsupportedSyscall(Nr.putpmsg, Errno.ENOSYS, "never implemented")]
[UnsupportedSyscall(Nr.afs_syscall, Errno.ENOSYS, "never implemented")]
[UnsupportedSyscall(Nr.tuxcall, Errno.ENOSYS, "never implemented")]
[UnsupportedSyscall(Nr.security, Errno.ENOSYS, "never implemented")]
[UnsupportedSyscall(Nr.lookup_dcookie, Errno.ENOSYS, "removed in Linux 6.7")]
[UnsupportedSyscall(Nr.epoll_ctl_old, Errno.ENOSYS, "never implemented")]
[UnsupportedSyscall(Nr.epoll_wait_old, Errno.ENOSYS, "never implemented")]
[UnsupportedSyscall(Nr.vserver, Errno.ENOSYS, "never implemented")]
public static class UnsupportedSyscalls;

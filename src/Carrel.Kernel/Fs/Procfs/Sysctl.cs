using System;
using System.Globalization;
using Carrel.Abi;
using Carrel.Kernel.Fs.Mqueue;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Ipc;
using Carrel.Kernel.Ipc.SysV;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/sys: the settings programs read; a few can be written, proc_sys(5).</summary>
internal static class Sysctl
{
    public static void Add(FixedDirectory sys)
    {
        AddKernel(sys.AddDirectory("kernel"));
        AddVm(sys.AddDirectory("vm"));
        AddFs(sys.AddDirectory("fs"));
        AddNet(sys.AddDirectory("net"));
        sys.AddDirectory("debug");
        sys.AddDirectory("dev").AddDirectory("tty").AddText("legacy_tiocsti", static _ => "0\n");
        FixedDirectory user = sys.AddDirectory("user");
        foreach (string name in (string[])["max_cgroup_namespaces", "max_ipc_namespaces", "max_mnt_namespaces", "max_net_namespaces", "max_pid_namespaces", "max_user_namespaces", "max_uts_namespaces"])
        {
            user.AddText(name, static _ => "0\n");
        }
    }

    private static void AddKernel(FixedDirectory kernel)
    {
        AddName(kernel, "hostname", static t => t.Namespaces.Uts.HostName, static (t, v) => t.Namespaces.Uts.HostName = v);
        AddName(kernel, "domainname", static t => t.Namespaces.Uts.DomainName, static (t, v) => t.Namespaces.Uts.DomainName = v);
        kernel.AddText("ostype", static _ => "Linux\n");
        kernel.AddText("osrelease", static t => t.Kernel.Options.Release + "\n");
        kernel.AddText("version", static _ => Syscalls.UtsSyscalls.Version + "\n");
        kernel.AddSetting("pid_max", static t => Number(t.Kernel.Pids.Maximum), static (t, text) =>
            TryNumber(text, 301, PidTable.MaximumLimit, out long value) ? Set(() => t.Kernel.Pids.Maximum = (int)value) : Errno.EINVAL);
        Constant(kernel, "threads-max", "127999");
        Constant(kernel, "cap_last_cap", "40");
        Constant(kernel, "ngroups_max", "65536");
        Constant(kernel, "overflowuid", "65534");
        Constant(kernel, "overflowgid", "65534");
        Constant(kernel, "core_pattern", "core");
        Constant(kernel, "core_uses_pid", "0");
        Constant(kernel, "core_pipe_limit", "0");
        Constant(kernel, "randomize_va_space", "2");
        Constant(kernel, "dmesg_restrict", "1");
        Constant(kernel, "kptr_restrict", "1");
        Constant(kernel, "perf_event_paranoid", "3");
        Constant(kernel, "unprivileged_bpf_disabled", "2");
        Constant(kernel, "modules_disabled", "1");
        Constant(kernel, "panic", "0");
        Constant(kernel, "printk", "4\t4\t1\t7");
        Constant(kernel, "tainted", "0");
        Constant(kernel, "sysrq", "0");
        Constant(kernel, "msgmax", "8192");
        Constant(kernel, "msgmnb", "16384");
        Constant(kernel, "msgmni", "32000");
        Constant(kernel, "shmmax", "18446744073692774399");
        Constant(kernel, "shmall", "18446744073692774399");
        Constant(kernel, "shmmni", "4096");
        AddNextId(kernel, "msg_next_id", static ipc => ipc.Messages.Table);
        AddNextId(kernel, "sem_next_id", static ipc => ipc.Semaphores.Table);
        AddNextId(kernel, "shm_next_id", static ipc => ipc.SharedMemory.Table);
        Constant(kernel, "sem", "32000\t1024000000\t500\t32000");
        Constant(kernel, "sched_child_runs_first", "0");
        Constant(kernel, "sched_rr_timeslice_ms", "100");
        Constant(kernel, "sched_rt_period_us", "1000000");
        Constant(kernel, "sched_rt_runtime_us", "950000");
        Constant(kernel, "numa_balancing", "0");
        FixedDirectory pty = kernel.AddDirectory("pty");
        Constant(pty, "max", "4096");
        Constant(pty, "nr", "0");
        FixedDirectory random = kernel.AddDirectory("random");
        random.AddText("boot_id", static t => t.Kernel.BootId ??= NewUuid(t.Kernel));
        random.AddText("uuid", static t => NewUuid(t.Kernel));
        Constant(random, "entropy_avail", "256");
        Constant(random, "poolsize", "256");
        FixedDirectory seccomp = kernel.AddDirectory("seccomp");
        Constant(seccomp, "actions_avail", "kill_process kill_thread trap errno user_notif trace log allow");
        Constant(seccomp, "actions_logged", "kill_process kill_thread trap errno user_notif trace log");
        Constant(kernel.AddDirectory("yama"), "ptrace_scope", "0");
    }

    private static void AddVm(FixedDirectory vm)
    {
        Constant(vm, "overcommit_memory", "1");
        Constant(vm, "overcommit_ratio", "50");
        Constant(vm, "overcommit_kbytes", "0");
        Constant(vm, "max_map_count", MemoryManager.MaxMapCount.ToString(CultureInfo.InvariantCulture));
        Constant(vm, "mmap_min_addr", "65536");
        Constant(vm, "swappiness", "60");
        Constant(vm, "drop_caches", "0");
        Constant(vm, "min_free_kbytes", "67584");
        Constant(vm, "nr_hugepages", "0");
        Constant(vm, "panic_on_oom", "0");
        Constant(vm, "oom_kill_allocating_task", "0");
        Constant(vm, "vfs_cache_pressure", "100");
        Constant(vm, "dirty_ratio", "20");
        Constant(vm, "dirty_background_ratio", "10");
        Constant(vm, "mmap_rnd_bits", "28");
        Constant(vm, "unprivileged_userfaultfd", "0");
        vm.AddSetting("memfd_noexec", static t => Number(t.Pids.MemfdNoExec), static (t, text) =>
            !t.Credentials.HasCapabilityIn(t.Pids.Owner, Capability.CAP_SYS_ADMIN) ? Errno.EPERM
            : TryNumber(text, t.Pids.Parent?.MemfdNoExec ?? 0, 2, out long value) ? Set(() => t.Pids.OwnMemfdNoExec = (int)value) : Errno.EINVAL);
    }

    private static void AddProtection(FixedDirectory fs, string name, int maximum, Func<ProtectionSettings, int> get, Action<ProtectionSettings, int> set) =>
        fs.AddSetting(name, t => Number(get(t.Kernel.Protection)), (t, text) =>
            TryNumber(text, 0, maximum, out long value) ? Set(() => set(t.Kernel.Protection, (int)value)) : Errno.EINVAL);

    private static void AddFs(FixedDirectory fs)
    {
        Constant(fs, "file-max", "9223372036854775807");
        Constant(fs, "file-nr", "1024\t0\t9223372036854775807");
        Constant(fs, "nr_open", FdTable.MaxDescriptors.ToString(CultureInfo.InvariantCulture));
        Constant(fs, "inode-nr", "1024\t0");
        Constant(fs, "aio-max-nr", "65536");
        Constant(fs, "aio-nr", "0");
        Constant(fs, "pipe-max-size", "1048576");
        Constant(fs, "pipe-user-pages-soft", "16384");
        Constant(fs, "pipe-user-pages-hard", "0");
        Constant(fs, "lease-break-time", "45");
        Constant(fs, "leases-enable", "1");
        Constant(fs, "overflowuid", "65534");
        Constant(fs, "overflowgid", "65534");
        Constant(fs, "suid_dumpable", "0");
        Constant(fs, "mount-max", MountNamespace.MaxMounts.ToString(CultureInfo.InvariantCulture));
        AddProtection(fs, "protected_symlinks", 1, static p => p.Symlinks, static (p, v) => p.Symlinks = v);
        AddProtection(fs, "protected_hardlinks", 1, static p => p.HardLinks, static (p, v) => p.HardLinks = v);
        AddProtection(fs, "protected_fifos", 2, static p => p.Fifos, static (p, v) => p.Fifos = v);
        AddProtection(fs, "protected_regular", 2, static p => p.Regular, static (p, v) => p.Regular = v);
        Constant(fs, "dir-notify-enable", "1");
        FixedDirectory inotify = fs.AddDirectory("inotify");
        Constant(inotify, "max_queued_events", "16384");
        Constant(inotify, "max_user_instances", "128");
        Constant(inotify, "max_user_watches", "65536");
        Constant(fs.AddDirectory("epoll"), "max_user_watches", "1048576");
        FixedDirectory mqueue = fs.AddDirectory("mqueue");
        AddQueueLimit(mqueue, "msg_max", 1, MqueueFileSystem.HardMessages, static q => q.MessagesMax, static (q, v) => q.MessagesMax = v);
        AddQueueLimit(mqueue, "msg_default", 1, MqueueFileSystem.HardMessages, static q => q.MessagesDefault, static (q, v) => q.MessagesDefault = v);
        AddQueueLimit(mqueue, "msgsize_max", 128, MqueueFileSystem.HardSize, static q => q.MessageSizeMax, static (q, v) => q.MessageSizeMax = v);
        AddQueueLimit(mqueue, "msgsize_default", 128, MqueueFileSystem.HardSize, static q => q.MessageSizeDefault, static (q, v) => q.MessageSizeDefault = v);
        AddQueueLimit(mqueue, "queues_max", int.MinValue, int.MaxValue, static q => q.QueuesMax, static (q, v) => q.QueuesMax = v);
    }

    // Of the caller's IPC namespace (ipc/mq_sysctl.c).
    private static void AddQueueLimit(FixedDirectory directory, string name, long minimum, long maximum, Func<MqueueFileSystem, long> get, Action<MqueueFileSystem, long> set) =>
        directory.AddSetting(name, t => Number(get(t.Namespaces.Ipc.MessageQueues)), (t, text) =>
            TryNumber(text, minimum, maximum, out long value) ? Set(() => set(t.Namespaces.Ipc.MessageQueues, value)) : Errno.EINVAL);

    /// <summary>The id that the next object of this kind gets, -1 for any; for who restores a checkpoint (ipc_permissions()).</summary>
    private static void AddNextId(FixedDirectory kernel, string name, Func<IpcNamespace, IpcIds> ids) =>
        kernel.AddSetting(name, t => Number(ids(t.Namespaces.Ipc).NextId), (t, text) =>
        {
            UserNamespace owner = t.Namespaces.Ipc.Owner;
            if (!t.Credentials.HasCapabilityIn(owner, Capability.CAP_CHECKPOINT_RESTORE) && !t.Credentials.HasCapabilityIn(owner, Capability.CAP_SYS_ADMIN))
            {
                return Errno.EPERM;
            }

            return TryNumber(text, 0, int.MaxValue, out long value) ? Set(() => ids(t.Namespaces.Ipc).NextId = (int)value) : Errno.EINVAL;
        });

    private static void AddNet(FixedDirectory net)
    {
        FixedDirectory core = net.AddDirectory("core");
        Constant(core, "somaxconn", "4096");
        Constant(core, "rmem_default", "212992");
        Constant(core, "rmem_max", "212992");
        Constant(core, "wmem_default", "212992");
        Constant(core, "wmem_max", "212992");
        Constant(core, "optmem_max", "131072");
        Constant(net.AddDirectory("unix"), "max_dgram_qlen", "10");
    }

    private static void Constant(FixedDirectory directory, string name, string value) => directory.AddText(name, _ => value + "\n");

    private static void AddName(FixedDirectory directory, string name, Func<Task, string> get, Action<Task, string> set) =>
        directory.AddSetting(name, task => get(task) + "\n", (task, text) =>
        {
            if (!task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN))
            {
                return Errno.EPERM;
            }

            int end = text.IndexOf('\n', StringComparison.Ordinal);
            string value = end < 0 ? text : text[..end];
            set(task, value.Length > 64 ? value[..64] : value);
            return Errno.OK;
        });

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture) + "\n";

    private static bool TryNumber(string text, long minimum, long maximum, out long value) =>
        long.TryParse(text.AsSpan().Trim(), NumberStyles.Integer, CultureInfo.InvariantCulture, out value) && value >= minimum && value <= maximum;

    private static Errno Set(Action action)
    {
        action();
        return Errno.OK;
    }

    private static string NewUuid(LinuxKernel kernel)
    {
        Span<byte> bytes = stackalloc byte[16];
        kernel.Host.GetRandom(bytes);
        bytes[6] = (byte)((bytes[6] & 0xf) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        string hex = Convert.ToHexStringLower(bytes);
        return $"{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}\n";
    }
}

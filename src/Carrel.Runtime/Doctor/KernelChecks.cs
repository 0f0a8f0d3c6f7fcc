using System;
using System.Collections.Generic;
using System.Globalization;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>What --isolation=kernel needs.</summary>
internal static class KernelChecks
{
    private const CloneFlags Namespaces = CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNET | CloneFlags.CLONE_NEWIPC
        | CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWCGROUP;

    internal static List<Finding> All()
    {
        Version kernel = HostFacts.Kernel;
        return
        [
            Finding.Want("kernel version", kernel >= new Version(6, 6), $"{kernel}", $"{kernel} is older than 6.6, which answers system calls on the caller's processor and can change the mode of a volume's files by descriptor: calls cost more, chmod on volumes fails", "use a newer kernel"),
            Finding.Need("seccomp notification", HostProbe.HasSeccompAction(Seccomp.SECCOMP_RET_USER_NOTIF) && HostProbe.HasSeccompAction(Seccomp.SECCOMP_RET_TRAP), "USER_NOTIF and TRAP are there", "USER_NOTIF or TRAP is missing", "use a kernel with CONFIG_SECCOMP_FILTER"),
            Finding.Need("seccomp, killable waits", HostProbe.HasSeccompFlags(Seccomp.SECCOMP_FILTER_FLAG_NEW_LISTENER | Seccomp.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV), "WAIT_KILLABLE_RECV is there", "WAIT_KILLABLE_RECV is missing", "use Linux 5.19 or newer"),
            NamespacesOfOurs(),
            Finding.Need("mount API", HostProbe.HasCall(Nr.fsopen) && HostProbe.HasCall(Nr.mount_setattr), "fsopen and mount_setattr are there", "fsopen or mount_setattr is missing", "use a newer kernel"),
            Finding.Need("tmpfs", HostFacts.HasFileSystem("tmpfs"), "there: it holds the memory of a carrel", "missing", "use a kernel with CONFIG_TMPFS"),
            MapCount(),
        ];
    }

    private static Finding NamespacesOfOurs()
    {
        Errno error = HostFacts.TryNamespaces(Namespaces);
        return Finding.Need("namespaces", error == 0, "can be made: the kernel process is locked into some of its own", $"cannot be made: {HostError.Describe(error)}",
            error == Errno.EPERM ? "run as root (CAP_SYS_ADMIN)" : "raise the limits in /proc/sys/user/max_*_namespaces");
    }

    private static Finding MapCount()
    {
        const int Usual = 65530;
        string text = HostFacts.ReadLine("/proc/sys/vm/max_map_count");
        bool isEnough = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= Usual;
        return Finding.Want("mappings of a process", isEnough, $"{text} at most", $"only {text}: guests with many small mappings may run out of them", "sysctl vm.max_map_count=262144");
    }
}

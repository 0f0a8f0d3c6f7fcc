using System.Collections.Generic;

namespace Carrel.Oci;

/// <summary>A configuration to start from; the same as that of runc.</summary>
public static class DefaultSpec
{
    private const ulong DefaultFiles = 1024;

    private static readonly string[] s_capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    public static OciSpec ForRoot() => new()
    {
        OciVersion = OciVersions.Implemented,
        Process = new OciProcess
        {
            Terminal = true,
            User = new OciUser(),
            Args = ["sh"],
            Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            Cwd = "/",
            Capabilities = new OciCapabilities { Bounding = [.. s_capabilities], Effective = [.. s_capabilities], Permitted = [.. s_capabilities] },
            Rlimits = [new OciRlimit { Type = "RLIMIT_NOFILE", Hard = DefaultFiles, Soft = DefaultFiles }],
            NoNewPrivileges = true,
        },
        Root = new OciRoot { Path = "rootfs", Readonly = true },
        Hostname = "carrel",
        Mounts =
        [
            Mount("/proc", "proc", "proc"),
            Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
            Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
            Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
            Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
        ],
        Linux = new OciLinux
        {
            Resources = new OciResources { Devices = [new OciDeviceRule { Allow = false, Access = "rwm" }] },
            Namespaces = Namespaces("pid", "network", "ipc", "uts", "mount", "cgroup"),
            MaskedPaths =
            [
                "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
                "/proc/sched_debug", "/sys/firmware", "/sys/devices/virtual/powercap", "/proc/scsi",
            ],
            ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    };

    /// <summary>For a user without privileges: one who is root in a user namespace of his own, over the host's network and without cgroups.</summary>
    public static OciSpec ForUser(uint user, uint group)
    {
        OciSpec spec = ForRoot();
        spec.Linux!.Namespaces = Namespaces("pid", "ipc", "uts", "mount", "cgroup", "user");
        spec.Linux.UidMappings = [new OciIdMapping { ContainerID = 0, HostID = user, Size = 1 }];
        spec.Linux.GidMappings = [new OciIdMapping { ContainerID = 0, HostID = group, Size = 1 }];
        spec.Linux.Resources = null;
        foreach (OciMount mount in spec.Mounts!)
        {
            // There is no group 5 in the namespace.
            mount.Options?.RemoveAll(option => option.StartsWith("gid=", System.StringComparison.Ordinal) || option.StartsWith("uid=", System.StringComparison.Ordinal));
        }

        // A fresh sysfs belongs to a network namespace, which the container does not have.
        int sys = spec.Mounts.FindIndex(mount => mount.Destination == "/sys");
        spec.Mounts[sys] = Mount("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro");
        return spec;
    }

    private static OciMount Mount(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options.Length == 0 ? null : [.. options] };

    private static List<OciNamespace> Namespaces(params string[] types) => [.. System.Linq.Enumerable.Select(types, type => new OciNamespace { Type = type })];
}

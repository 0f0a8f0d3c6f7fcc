using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Oci;

/// <summary>Names in config.json as numbers.</summary>
public static class OciNames
{
    private static readonly string[] s_limits =
    [
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
    ];

    /// <summary>RLIMIT_* as a number, or -1.</summary>
    public static int Limit(string name) => name.StartsWith("RLIMIT_", StringComparison.Ordinal) ? Array.IndexOf(s_limits, name["RLIMIT_".Length..]) : -1;

    private static readonly string[] s_capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
        "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>By number.</summary>
    public static IReadOnlyList<string> AllCapabilities => s_capabilities;

    /// <summary>Bit n for capability n; unknown names are left out, as the specification wants.</summary>
    public static ulong Capabilities(IEnumerable<string>? names)
    {
        ulong set = 0;
        foreach (string name in names ?? [])
        {
            // No culture and no reflection: configurations have up to two hundred of these.
            int number = Array.IndexOf(s_capabilities, name);
            if (number >= 0)
            {
                set |= 1UL << number;
            }
        }

        return set;
    }

    /// <summary>A mount's options as flags; the rest is for the file system, comma-separated.</summary>
    public static (MountFlags Flags, string Data) MountOptions(IEnumerable<string>? options)
    {
        MountFlags flags = 0;
        List<string> data = [];
        foreach (string option in options ?? [])
        {
            (MountFlags set, MountFlags clear)? known = option switch
            {
                "ro" or "rro" => (MountFlags.MS_RDONLY, 0),
                "rw" or "rrw" => (0, MountFlags.MS_RDONLY),
                "nosuid" => (MountFlags.MS_NOSUID, 0),
                "suid" => (0, MountFlags.MS_NOSUID),
                "nodev" => (MountFlags.MS_NODEV, 0),
                "dev" => (0, MountFlags.MS_NODEV),
                "noexec" => (MountFlags.MS_NOEXEC, 0),
                "exec" => (0, MountFlags.MS_NOEXEC),
                "noatime" => (MountFlags.MS_NOATIME, 0),
                "nodiratime" => (MountFlags.MS_NODIRATIME, 0),
                "relatime" => (MountFlags.MS_RELATIME, 0),
                "strictatime" => (MountFlags.MS_STRICTATIME, 0),
                "nosymfollow" => (MountFlags.MS_NOSYMFOLLOW, 0),
                "bind" => (MountFlags.MS_BIND, 0),
                "rbind" => (MountFlags.MS_BIND | MountFlags.MS_REC, 0),
                "private" or "rprivate" or "slave" or "rslave" or "shared" or "rshared" or "defaults" => (0, 0),
                _ => null,
            };
            if (known is { } change)
            {
                flags = (flags | change.set) & ~change.clear;
            }
            else
            {
                data.Add(option);
            }
        }

        return (flags, string.Join(',', data));
    }
}

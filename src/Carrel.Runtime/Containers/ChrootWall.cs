using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// A jailed process: another root, no way to more privileges, few capabilities, a seccomp filter. Network, host name and IPC are the host's. Where the host
/// lets us, the root is a mount namespace's (nothing of the host's tree is left to break out to) and the process is alone in a pid namespace, because a jailed root
/// could otherwise kill the host's processes; where not, it is chroot(2) done right.
/// </summary>
public sealed class ChrootWall : HostWall
{
    // What a program may need that only works on its own files and ports. Not among them: whatever changes roots, mounts, devices, other processes or the host.
    private static readonly HashSet<string> Harmless =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_SETGID", "CAP_SETUID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
    ];

    private static readonly HashSet<string> Kept = ["mount", "pid", "user"];

    // Mounts that show or change what is the host's here.
    private static readonly HashSet<string> LeftOut = ["cgroup", "cgroup2", "mqueue", "sysfs"];

    // Much of the host's /proc/sys belongs to uid 0 whatever its capabilities: what config.json does not protect is protected all the same.
    private static readonly string[] Masked =
        ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi"];

    private static readonly string[] ReadOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    public override Isolation Isolation => Isolation.Chroot;

    private protected override OciSpec Adapt(Container container, Action<string>? warn)
    {
        OciSpec spec = container.Spec;
        OciLinux linux = spec.Linux ?? new OciLinux();
        List<OciNamespace> namespaces = ChooseNamespaces(linux, out bool mounts);
        OciProcess process = Restrict(spec.Process ?? throw new RuntimeException("process: not given"));
        (List<OciIdMapping>? users, List<OciIdMapping>? groups) = (linux.UidMappings, linux.GidMappings);
        if (namespaces.Exists(ns => ns.Type == "user") && users is not { Count: > 0 })
        {
            users = [new OciIdMapping { ContainerID = process.User?.Uid ?? 0, HostID = HostCredentials.UserId, Size = 1 }];
            groups = [new OciIdMapping { ContainerID = process.User?.Gid ?? 0, HostID = HostCredentials.GroupId, Size = 1 }];
        }

        bool hasProc = namespaces.Exists(ns => ns.Type == "pid");
        return new OciSpec
        {
            OciVersion = spec.OciVersion,
            Process = process,
            Root = mounts ? spec.Root : PlainRoot(spec.Root),
            Mounts = ChooseMounts(spec, mounts, hasProc, warn),
            Hooks = spec.Hooks,
            Annotations = spec.Annotations,
            Linux = new OciLinux
            {
                UidMappings = users,
                GidMappings = groups,
                Resources = linux.Resources,
                CgroupsPath = linux.CgroupsPath,
                Namespaces = namespaces,
                Devices = mounts ? linux.Devices : null,
                Seccomp = linux.Seccomp ?? DefaultSeccompProfile.For(process.Capabilities),
                RootfsPropagation = linux.RootfsPropagation,
                MaskedPaths = mounts ? [.. (linux.MaskedPaths ?? []).Union(Masked)] : null,
                ReadonlyPaths = mounts ? [.. (linux.ReadonlyPaths ?? []).Union(ReadOnly)] : null,
                Personality = linux.Personality,
            },
        };
    }

    private protected override OciProcess Restrict(OciProcess process) => new()
    {
        Terminal = process.Terminal,
        ConsoleSize = process.ConsoleSize,
        User = process.User,
        Args = process.Args,
        Env = process.Env,
        Cwd = process.Cwd,
        Rlimits = process.Rlimits,
        OomScoreAdj = process.OomScoreAdj,
        Scheduler = process.Scheduler,
        IoPriority = process.IoPriority,
        ApparmorProfile = process.ApparmorProfile,
        SelinuxLabel = process.SelinuxLabel,
        NoNewPrivileges = true,
        Capabilities = new OciCapabilities
        {
            Bounding = Only(process.Capabilities?.Bounding),
            Effective = Only(process.Capabilities?.Effective),
            Permitted = Only(process.Capabilities?.Permitted),
            Inheritable = Only(process.Capabilities?.Inheritable),
            Ambient = Only(process.Capabilities?.Ambient),
        },
    };

    private static List<string>? Only(List<string>? names) => names?.Where(Harmless.Contains).ToList();

    private static List<OciNamespace> ChooseNamespaces(OciLinux linux, out bool mounts)
    {
        foreach (OciNamespace given in linux.Namespaces ?? [])
        {
            if (!string.IsNullOrEmpty(given.Path) && Kept.Contains(given.Type))
            {
                throw new RuntimeException($"linux.namespaces: --isolation=chroot joins no namespace ({given.Type} {given.Path})");
            }
        }

        HostCredentials.GetCapabilities(out ulong effective, out _, out _);
        bool mayMount = Has(effective, Capability.CAP_SYS_ADMIN);
        bool mayChangeRoot = Has(effective, Capability.CAP_SYS_CHROOT);
        mounts = mayMount || !mayChangeRoot;
        List<OciNamespace> chosen = mounts ? [new OciNamespace { Type = "mount" }, new OciNamespace { Type = "pid" }] : [];
        if (!mayMount && !mayChangeRoot || (mayMount && linux.Namespaces?.Exists(ns => ns.Type == "user") == true))
        {
            chosen.Add(new OciNamespace { Type = "user" });
        }

        return chosen;
    }

    private static List<OciMount>? ChooseMounts(OciSpec spec, bool mounts, bool hasProc, Action<string>? warn)
    {
        List<OciMount> chosen = [];
        foreach (OciMount mount in spec.Mounts ?? [])
        {
            if (!mounts)
            {
                // Mounts that make a root what programs expect can be missed; what the user wants to see in there cannot.
                if (new MountOptions(mount).IsBind)
                {
                    throw new RuntimeException($"mounts: {mount.Destination}: a plain chroot cannot mount; it takes CAP_SYS_ADMIN or a user namespace");
                }

                warn?.Invoke($"mounts: {mount.Destination}: left out, a plain chroot cannot mount");
            }
            else if (mount.Type is { } type && LeftOut.Contains(type) || (mount.Type == "proc" && !hasProc))
            {
                warn?.Invoke($"mounts: {mount.Destination}: {mount.Type} is left out by --isolation=chroot, it would show the host's");
            }
            else
            {
                chosen.Add(mount);
            }
        }

        return chosen;
    }

    private static OciRoot? PlainRoot(OciRoot? root) =>
        root?.Readonly == true ? throw new RuntimeException("root.readonly: a plain chroot cannot mount; it takes CAP_SYS_ADMIN or a user namespace") : root;

    private static bool Has(ulong set, Capability capability) => (set >> (int)capability & 1) != 0;
}

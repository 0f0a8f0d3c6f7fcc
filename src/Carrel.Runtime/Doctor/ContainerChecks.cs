using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>What --isolation=container needs.</summary>
internal static class ContainerChecks
{
    private static readonly (string Name, CloneFlags Kind)[] s_namespaces =
    [
        ("pid", CloneFlags.CLONE_NEWPID), ("network", CloneFlags.CLONE_NEWNET), ("mount", CloneFlags.CLONE_NEWNS), ("ipc", CloneFlags.CLONE_NEWIPC),
        ("uts", CloneFlags.CLONE_NEWUTS), ("cgroup", CloneFlags.CLONE_NEWCGROUP),
    ];

    internal static List<Finding> All()
    {
        Version kernel = HostFacts.Kernel;
        List<Finding> findings =
        [
            Finding.Need("safe paths", HostProbe.HasCall(Nr.openat2), "openat2 is there", "openat2 is missing", "use Linux 5.6 or newer"),
            Finding.Need("mount API", HostProbe.HasCall(Nr.open_tree) && HostProbe.HasCall(Nr.mount_setattr), "open_tree, move_mount and mount_setattr are there", "open_tree, move_mount or mount_setattr is missing", "use Linux 5.12 or newer"),
            Finding.Want("idmapped mounts", kernel >= new Version(5, 12), "there (it depends on the file system, too)", "missing", "use Linux 5.12 or newer"),
            Namespaces(),
            UserNamespaces(),
            .. CgroupChecks.All(),
            Finding.Need("seccomp", HostProbe.HasSeccompAction(Seccomp.SECCOMP_RET_ERRNO), "filters are there", "no filters", "use a kernel with CONFIG_SECCOMP_FILTER"),
            Finding.Want("seccomp notification", HostProbe.HasSeccompAction(Seccomp.SECCOMP_RET_USER_NOTIF), "SCMP_ACT_NOTIFY is there", "SCMP_ACT_NOTIFY is missing", "use Linux 5.0 or newer"),
        ];
        if (!HostFacts.IsRoot)
        {
            findings.Add(IdHelpers());
            findings.Add(SubordinateIds());
            findings.Add(VisibleProc());
        }

        return findings;
    }

    /// <summary>Each kind for itself, since kernels are built without some; without privileges inside a user namespace.</summary>
    private static Finding Namespaces()
    {
        CloneFlags user = HostFacts.IsRoot ? 0 : CloneFlags.CLONE_NEWUSER;
        List<string> there = [], missing = [];
        foreach ((string name, CloneFlags kind) in s_namespaces)
        {
            Errno error = HostFacts.TryNamespaces(kind | user);
            if (error == 0)
            {
                there.Add(name);
            }
            else
            {
                missing.Add($"{name} ({HostError.Describe(error)})");
            }
        }

        return Finding.Need("namespaces", missing.Count == 0, string.Join(", ", there), $"cannot be made: {string.Join(", ", missing)}", "run as root; or see user namespaces below; or raise /proc/sys/user/max_*_namespaces");
    }

    private static Finding UserNamespaces()
    {
        Errno error = HostFacts.TryNamespaces(CloneFlags.CLONE_NEWUSER);
        string most = HostFacts.ReadLine("/proc/sys/user/max_user_namespaces");
        string advice = HostFacts.ReadLine("/proc/sys/kernel/unprivileged_userns_clone") == "0" ? "sysctl kernel.unprivileged_userns_clone=1"
            : HostFacts.ReadLine("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" ? "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for carrel"
            : most == "0" ? "sysctl user.max_user_namespaces=15000"
            : "use a kernel with CONFIG_USER_NS";
        string missing = $"cannot be made: {HostError.Describe(error)}";
        return HostFacts.IsRoot
            ? Finding.Want("user namespaces", error == 0, $"there, {most} at most", missing, advice)
            : Finding.Need("user namespaces", error == 0, $"there, {most} at most", missing, advice);
    }

    private static Finding IdHelpers()
    {
        string?[] helpers = [HostFacts.FindProgram("newuidmap"), HostFacts.FindProgram("newgidmap")];
        return Finding.Want("newuidmap, newgidmap", helpers.All(helper => helper is not null), string.Join(", ", helpers), "not installed: a container has one user only", "install the package uidmap (shadow-utils)");
    }

    private static Finding SubordinateIds()
    {
        string uid = HostCredentials.UserId.ToString(CultureInfo.InvariantCulture);
        bool Has(string path) => File.Exists(path) && File.ReadLines(path).Any(line => line.StartsWith(Environment.UserName + ":", StringComparison.Ordinal) || line.StartsWith(uid + ":", StringComparison.Ordinal));
        return Finding.Want("subordinate ids", Has("/etc/subuid") && Has("/etc/subgid"), "there are ranges in /etc/subuid and /etc/subgid", "no range in /etc/subuid or /etc/subgid: a container has one user only",
            $"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {Environment.UserName}");
    }

    /// <summary>mount_too_revealing(): in a user namespace /proc can be mounted only if the outer one is not partly covered.</summary>
    private static Finding VisibleProc()
    {
        List<string> covered = [];
        foreach (string line in (ProcFile.ReadText("/proc/self/mountinfo") ?? "").Split('\n'))
        {
            string[] fields = line.Split(' ');
            if (fields.Length > 4 && fields[4].StartsWith("/proc/", StringComparison.Ordinal) && fields[4] != "/proc/sys/fs/binfmt_misc")
            {
                covered.Add(fields[4]);
            }
        }

        return Finding.Want("a fresh /proc", covered.Count == 0, "can be mounted in a user namespace", $"cannot be mounted in a user namespace with a pid namespace of its own: {string.Join(", ", covered.Take(3))} is mounted over",
            "run outside of a container that masks parts of /proc (podman: --security-opt unmask=ALL)");
    }
}

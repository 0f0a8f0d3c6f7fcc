using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>cgroups: which version, which controllers, and whether this user may make some.</summary>
internal static class CgroupChecks
{
    private static readonly string[] s_wanted = ["memory", "cpu", "cpuset", "pids", "freezer", "devices"];

    internal static List<Finding> All()
    {
        List<(string Path, string Type, string Options)> mounts = Mounts();
        string[] v1 = [.. mounts.Where(mount => mount.Type == "cgroup").SelectMany(mount => mount.Options.Split(',')).Intersect([.. s_wanted, "cpuacct", "blkio", "hugetlb", "net_cls", "net_prio", "perf_event", "rdma", "misc"])];
        (string Path, string Type, string Options)? unified = mounts.Find(mount => mount.Type == "cgroup2") is { Path: not null } found ? found : null;
        string[] v2 = unified is { } tree ? HostFacts.ReadLine(tree.Path + "/cgroup.controllers").Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        string version = (v1.Length > 0, unified is not null) switch
        {
            (true, true) => v2.Length > 0 ? "hybrid: v1, and v2 with controllers" : "hybrid: v1 with the controllers, v2 without",
            (true, false) => "v1",
            (false, true) => "v2",
            _ => "",
        };
        string advice = "mount cgroup2 on /sys/fs/cgroup; without it there are no limits and no pause";
        List<Finding> findings = [HostFacts.IsRoot ? Finding.Need("cgroups", version.Length > 0, version, "not mounted", advice) : Finding.Want("cgroups", version.Length > 0, version, "not mounted", advice)];
        if (version.Length == 0)
        {
            return findings;
        }

        // v2 freezes without a controller and filters devices by BPF.
        string[] have = [.. v1, .. v2, .. v1.Length == 0 ? (string[])["freezer", "devices"] : []];
        string[] lacking = [.. s_wanted.Except(have)];
        findings.Add(Finding.Want("cgroup controllers", lacking.Length == 0, string.Join(' ', have.Distinct().Order()), $"{string.Join(' ', have.Distinct().Order())}; without {string.Join(' ', lacking)}",
            $"limits of {string.Join(", ", lacking)} are errors here; use a kernel that has the controllers and does not disable them (cgroup_disable=)"));
        findings.Add(CanMake([.. mounts.Select(mount => mount.Path)]));
        findings.Add(Finding.Fine("systemd", Directory.Exists("/run/systemd/system") ? "runs here: --systemd-cgroup can be used" : "does not run here: --systemd-cgroup cannot be used"));
        return findings;
    }

    private static Finding CanMake(List<string> roots)
    {
        string[] refused = [.. roots.Where(root => HostAccess.CanWrite(OciText.ToBytes(root)) is false)];
        const string Advice = "run as root, or have a subtree delegated (systemd: Delegate=yes, or loginctl enable-linger)";
        return Finding.Want("making cgroups", refused.Length == 0, "possible", $"not possible in {string.Join(", ", refused.Take(3))}: limits of resources are errors", Advice);
    }

    private static List<(string Path, string Type, string Options)> Mounts()
    {
        List<(string, string, string)> mounts = [];
        foreach (string line in (ProcFile.ReadText("/proc/self/mountinfo") ?? "").Split('\n'))
        {
            int separator = line.IndexOf(" - ", StringComparison.Ordinal);
            if (separator < 0)
            {
                continue;
            }

            string[] fields = line[..separator].Split(' '), file = line[(separator + 3)..].Split(' ');
            if (fields.Length > 4 && file.Length > 2 && file[0] is "cgroup" or "cgroup2")
            {
                mounts.Add((fields[4], file[0], file[2]));
            }
        }

        return mounts;
    }
}

using System.Collections.Generic;
using System.Linq;
using Carrel.Runtime;
using Carrel.Runtime.Cgroups;

namespace Carrel.Tests.Runtime;

/// <summary>Hosts of each kind, with the texts that /proc/self/mountinfo and /proc/self/cgroup have there.</summary>
internal sealed class FakeHost
{
    private static readonly string[] ControllersV1 = ["memory", "cpu,cpuacct", "cpuset", "pids", "blkio", "devices", "freezer", "hugetlb", "net_cls,net_prio", "rdma", "name=systemd"];

    private FakeHost(string mountinfo, string cgroup, string unifiedControllers, bool isRootless)
    {
        Hierarchies = new CgroupHierarchies(mountinfo, cgroup);
        foreach (CgroupMount mount in Hierarchies.Legacy)
        {
            Fs.Mount(mount);
        }

        if (Hierarchies.Unified is { } unified)
        {
            Fs.Mount(unified, unifiedControllers);
        }

        Driver = new CgroupDriver(Hierarchies, Fs, isRootless);
    }

    public CgroupHierarchies Hierarchies { get; }

    public FakeCgroupFs Fs { get; } = new();

    public CgroupDriver Driver { get; }

    public static FakeHost V1(bool isRootless = false, string? without = null, bool isHybrid = false)
    {
        string[] groups = [.. ControllersV1.Where(name => name != without)];
        IEnumerable<string> mounts = groups.Select((name, i) => $"{40 + i} 30 0:{40 + i} / /sys/fs/cgroup/{name.Replace("name=", "")} rw,nosuid shared:{i} - cgroup cgroup rw,{name}");
        IEnumerable<string> own = groups.Select((name, i) => $"{i + 1}:{name}:/");
        if (isHybrid)
        {
            mounts = mounts.Append("60 30 0:60 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw");
            own = own.Append("0::/");
        }

        return new FakeHost(string.Join('\n', mounts), string.Join('\n', own), "", isRootless);
    }

    public static FakeHost V2(bool isRootless = false, string own = "/", string controllers = "cpuset cpu io memory hugetlb pids rdma") =>
        new("30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n", $"0::{own}\n", controllers, isRootless);

    /// <summary>The values written to a file of the container, in order.</summary>
    public string[] WritesTo(params string[] files) =>
        [.. Fs.Writes.Where(write => files.Any(file => write.Contains("/" + file + "=", System.StringComparison.Ordinal))).Select(write => write[(write.LastIndexOf('/') + 1)..])];
}

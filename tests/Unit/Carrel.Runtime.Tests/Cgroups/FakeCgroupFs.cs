using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Runtime.Cgroups;

namespace Carrel.Tests.Runtime;

/// <summary>Cgroup file systems in memory: a new directory has the files of its hierarchy's controllers, writes are kept and listed, rules may refuse some.</summary>
internal sealed class FakeCgroupFs : CgroupFs
{
    private static readonly Dictionary<string, string[]> FilesV1 = new()
    {
        ["memory"] =
        [
            "memory.limit_in_bytes=9223372036854771712", "memory.memsw.limit_in_bytes=9223372036854771712", "memory.soft_limit_in_bytes=-1", "memory.usage_in_bytes=5000",
            "memory.swappiness=60", "memory.oom_control=0", "memory.use_hierarchy=1", "memory.kmem.limit_in_bytes=-1", "memory.kmem.tcp.limit_in_bytes=-1",
            "memory.stat=cache 11\nrss 22\n",
        ],
        ["cpu"] = ["cpu.shares=1024", "cpu.cfs_quota_us=-1", "cpu.cfs_period_us=100000", "cpu.cfs_burst_us=0", "cpu.rt_period_us=1000000", "cpu.rt_runtime_us=0", "cpu.idle=0", "cpu.stat=nr_periods 3\nnr_throttled 2\nthrottled_time 99\n"],
        ["cpuacct"] = ["cpuacct.usage=700", "cpuacct.stat=user 2\nsystem 1\n", "cpuacct.usage_percpu=300 400 "],
        ["cpuset"] = ["cpuset.cpus=", "cpuset.mems="],
        ["pids"] = ["pids.max=max", "pids.current=4"],
        ["blkio"] = ["blkio.bfq.weight=100", "blkio.bfq.weight_device=", "blkio.throttle.read_bps_device=", "blkio.throttle.write_iops_device=", "blkio.throttle.io_serviced=8:0 Read 5\n8:0 Write 6\nTotal 11\n"],
        ["devices"] = ["devices.list=a *:* rwm\n", "devices.allow=", "devices.deny="],
        ["freezer"] = ["freezer.state=THAWED"],
        ["hugetlb"] = ["hugetlb.2MB.limit_in_bytes=-1", "hugetlb.2MB.rsvd.limit_in_bytes=-1", "hugetlb.2MB.usage_in_bytes=0"],
        ["net_cls"] = ["net_cls.classid=0"],
        ["net_prio"] = ["net_prio.ifpriomap=lo 0"],
        ["rdma"] = ["rdma.max="],
    };

    private static readonly Dictionary<string, string[]> FilesV2 = new()
    {
        [""] = ["cgroup.freeze=0", "cgroup.events=populated 0\nfrozen 0\n", "cgroup.kill=", "cgroup.type=domain"],
        ["memory"] = ["memory.max=max", "memory.low=0", "memory.high=max", "memory.swap.max=max", "memory.current=5000", "memory.stat=file 11\n", "memory.events=oom_kill 0\n", "memory.pressure=some avg10=1.50 avg60=0.00 avg300=0.25 total=77\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=3\n"],
        ["cpu"] = ["cpu.weight=100", "cpu.max=max 100000", "cpu.max.burst=0", "cpu.idle=0", "cpu.stat=usage_usec 5\nuser_usec 3\nsystem_usec 2\n"],
        ["cpuset"] = ["cpuset.cpus=", "cpuset.mems=", "cpuset.cpus.effective=0-1,4", "cpuset.mems.effective=0"],
        ["pids"] = ["pids.max=max", "pids.current=4"],
        ["io"] = ["io.weight=default 100", "io.max=", "io.stat=8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"],
        ["hugetlb"] = ["hugetlb.2MB.max=max", "hugetlb.2MB.rsvd.max=max", "hugetlb.2MB.current=0"],
        ["rdma"] = ["rdma.max="],
    };

    private readonly Dictionary<string, string> _files = [];
    private readonly SortedSet<string> _directories = new(StringComparer.Ordinal);

    /// <summary>"file=value" in the order of the writes, with the directory in front: "memory/x/memory.limit_in_bytes=5".</summary>
    public List<string> Writes { get; } = [];

    /// <summary>What to answer to a write; OK lets it pass.</summary>
    public Func<string, string, Errno> Refuses { get; set; } = static (_, _) => Errno.OK;

    /// <summary>What to answer to a mkdir.</summary>
    public Func<string, Errno> RefusesDirectory { get; set; } = static _ => Errno.OK;

    public IReadOnlyCollection<string> Directories => _directories;

    public string this[string path]
    {
        get => _files[path];
        set => _files[path] = value;
    }

    /// <summary>A mounted hierarchy: its root with the root's files.</summary>
    public FakeCgroupFs Mount(CgroupMount mount, string controllers = "")
    {
        _directories.Add(mount.MountPoint);
        if (mount.IsUnified)
        {
            _files[mount.MountPoint + "/cgroup.controllers"] = controllers;
            _files[mount.MountPoint + "/cgroup.subtree_control"] = "";
            _files[mount.MountPoint + "/cgroup.procs"] = "";
        }
        else
        {
            Populate(mount, mount.MountPoint);
            if (mount.Controllers.Contains("cpuset"))
            {
                _files[mount.MountPoint + "/cpuset.cpus"] = "0-3\n";
                _files[mount.MountPoint + "/cpuset.mems"] = "0\n";
            }
        }

        return this;
    }

    public override Errno Read(CgroupMount mount, string directory, string file, out string text)
    {
        bool isThere = _files.TryGetValue(mount.PathOf(directory) + "/" + file, out string? content);
        text = content ?? "";
        return isThere ? Errno.OK : Errno.ENOENT;
    }

    public override Errno Write(CgroupMount mount, string directory, string file, string value)
    {
        string path = mount.PathOf(directory) + "/" + file;
        Errno error = !_files.ContainsKey(path) ? Errno.ENOENT : Refuses(path, value);
        if (error != Errno.OK)
        {
            return error;
        }

        Writes.Add($"{path}={value}");
        if (file == "cgroup.subtree_control")
        {
            value = string.Join(' ', _files[path].Split(' ', StringSplitOptions.RemoveEmptyEntries).Union(value.Split(' ').Select(word => word[1..])));
        }

        _files[path] = value;
        if (file == "cgroup.subtree_control")
        {
            List(mount, directory, out List<string> children);
            children.ForEach(child => Populate(mount, mount.PathOf(directory) + "/" + child));
        }

        if (file == "cgroup.freeze")
        {
            _files[mount.PathOf(directory) + "/cgroup.events"] = $"populated 1\nfrozen {value}\n";
        }

        return Errno.OK;
    }

    public override bool Exists(CgroupMount mount, string directory, string file) =>
        file.Length == 0 ? _directories.Contains(mount.PathOf(directory)) : _files.ContainsKey(mount.PathOf(directory) + "/" + file);

    public override Errno MakeDirectory(CgroupMount mount, string directory)
    {
        string path = mount.PathOf(directory);
        Errno error = _directories.Contains(path) ? Errno.EEXIST : !_directories.Contains(mount.PathOf(CgroupPath.ParentOf(directory))) ? Errno.ENOENT : RefusesDirectory(path);
        if (error == Errno.OK)
        {
            _directories.Add(path);
            Populate(mount, path);
        }

        return error;
    }

    public override Errno RemoveDirectory(CgroupMount mount, string directory)
    {
        string path = mount.PathOf(directory);
        if (!_directories.Contains(path))
        {
            return Errno.ENOENT;
        }

        if (_directories.Any(other => other.StartsWith(path + "/", StringComparison.Ordinal)) || _files.GetValueOrDefault(path + "/cgroup.procs", "").Length > 0)
        {
            return Errno.EBUSY;
        }

        _directories.Remove(path);
        foreach (string file in _files.Keys.Where(file => file.StartsWith(path + "/", StringComparison.Ordinal)).ToArray())
        {
            _files.Remove(file);
        }

        return Errno.OK;
    }

    public override Errno List(CgroupMount mount, string directory, out List<string> names)
    {
        string prefix = mount.PathOf(directory) + "/";
        names = [.. _directories.Where(path => path.StartsWith(prefix, StringComparison.Ordinal) && !path[prefix.Length..].Contains('/')).Select(path => path[prefix.Length..])];
        return Errno.OK;
    }

    public override int Open(CgroupMount mount, string directory, string file, OpenFlags flags) => -(int)Errno.ENOENT;

    // In v2 a controller's files are there if the parent hands the controller down.
    private void Populate(CgroupMount mount, string path)
    {
        string available = mount.IsUnified ? _files[path[..path.LastIndexOf('/')] + "/cgroup.subtree_control"] : "";
        IEnumerable<string> controllers = mount.IsUnified ? available.Split(' ', StringSplitOptions.RemoveEmptyEntries).Prepend("") : mount.Controllers;
        _files.TryAdd(path + "/cgroup.procs", "");
        foreach (string file in controllers.SelectMany(name => (mount.IsUnified ? FilesV2 : FilesV1).GetValueOrDefault(name) ?? []))
        {
            int equals = file.IndexOf('=');
            _files.TryAdd(path + "/" + file[..equals], file[(equals + 1)..]);
        }

        if (mount.IsUnified)
        {
            _files[path + "/cgroup.controllers"] = available;
            _files.TryAdd(path + "/cgroup.subtree_control", "");
        }
    }
}

using System.Linq;
using Carrel.Abi;
using Carrel.Oci;
using Carrel.Runtime;
using Carrel.Runtime.Cgroups;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>What is written to cgroup v1 files, in which order, and what is refused.</summary>
public sealed class CgroupDriverV1Tests
{
    private readonly FakeHost _host = FakeHost.V1();

    [Fact]
    public void Create_RecordsEveryController()
    {
        CgroupRecord record = _host.Driver.Create("id", "/pod/id", null)!;
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct/pod/id", record.Paths["cpuacct"]);
        Assert.Equal("/sys/fs/cgroup/systemd/pod/id", record.Paths["name=systemd"]);
        CgroupEntrance entrance = _host.Driver.Entrance(record, null, 0);
        Assert.Equal(11, entrance.Tasks.Count);
        Assert.All(entrance.Tasks, file => Assert.EndsWith("/tasks", file)); // cgroup.procs would cost milliseconds
        Assert.Null(entrance.Unified);
        Assert.Equal("0-3", _host.Fs["/sys/fs/cgroup/cpuset/pod/cpuset.cpus"]);
        Assert.Equal("0-3", _host.Fs["/sys/fs/cgroup/cpuset/pod/id/cpuset.cpus"]);
        Assert.Equal("a", _host.Fs["/sys/fs/cgroup/devices/pod/id/devices.deny"]);
        _host.Driver.Remove(record);
        Assert.DoesNotContain(_host.Fs.Directories, path => path.EndsWith("/id"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Plan_NamesWhatCreateMakes_AndNothingThatIsThere(bool isHybrid)
    {
        FakeHost host = FakeHost.V1(isHybrid: isHybrid);
        CgroupRecord planned = host.Driver.Plan("id", "/pod/id");
        Assert.DoesNotContain(host.Fs.Directories, path => path.EndsWith("/id"));
        CgroupRecord made = host.Driver.Create("id", "/pod/id", null)!;
        Assert.Equal(made.Paths.OrderBy(each => each.Key), planned.Paths.OrderBy(each => each.Key));
        Assert.Empty(host.Driver.Plan("id", "/pod/id").Paths);
        host.Driver.Remove(planned);
        Assert.DoesNotContain(host.Fs.Directories, path => path.EndsWith("/id"));
    }

    [Fact]
    public void Create_OnAHybridHost_HasAUnifiedCgroupToKillWith()
    {
        FakeHost host = FakeHost.V1(isHybrid: true);
        CgroupRecord record = host.Driver.Create("id", null, null)!;
        Assert.Equal("/sys/fs/cgroup/unified/id", record.Paths[""]);
        host.Driver.KillAll(record);
        Assert.Contains("/sys/fs/cgroup/unified/id/cgroup.kill=1", host.Fs.Writes);
        var exception = Assert.Throws<RuntimeException>(() => host.Driver.Apply(record, new OciResources { Unified = new() { ["memory.max"] = "1" } }, isNew: false));
        Assert.StartsWith("linux.resources.unified: ", exception.Message);
    }

    [Fact]
    public void Create_Failing_LeavesNoDirectory()
    {
        int before = _host.Fs.Directories.Count;
        _host.Fs.Refuses = (path, _) => path.EndsWith("pids.max") ? Errno.EINVAL : Errno.OK;
        var exception = Assert.Throws<RuntimeException>(() => _host.Driver.Create("id", "/a/b/c", new OciResources { Pids = new OciPids { Limit = 5 } }));
        Assert.Equal("linux.resources.pids.limit: writing \"5\" to /sys/fs/cgroup/pids/a/b/c/pids.max: EINVAL", exception.Message);
        Assert.Equal(before, _host.Fs.Directories.Count);
    }

    [Fact]
    public void TryRemoveEmpty_LeavesTheOneThatIsInUse()
    {
        CgroupRecord record = _host.Driver.Create("id", "/x", null)!;
        _host.Fs[record.Paths["pids"] + "/cgroup.procs"] = "7\n";
        Assert.False(_host.Driver.TryRemoveEmpty(record));
        Assert.Equal([record.Paths["pids"]], _host.Fs.Directories.Where(path => path.EndsWith("/x")));
        _host.Fs[record.Paths["pids"] + "/cgroup.procs"] = "";
        Assert.True(_host.Driver.TryRemoveEmpty(record));
        Assert.True(_host.Driver.TryRemoveEmpty(record));
    }

    [Fact]
    public void Create_UsedOrFrozenCgroup_IsRefused()
    {
        CgroupRecord record = _host.Driver.Create("id", "/x", null)!;
        _host.Fs[record.Paths["pids"] + "/cgroup.procs"] = "7\n";
        Assert.Contains("is in use", Assert.Throws<RuntimeException>(() => _host.Driver.Create("id", "/x", null)).Message);
        _host.Fs[record.Paths["pids"] + "/cgroup.procs"] = "";
        _host.Fs[record.Paths["freezer"] + "/freezer.state"] = "FROZEN\n";
        Assert.Contains("is in use", Assert.Throws<RuntimeException>(() => _host.Driver.Create("id", "/x", null)).Message);
        _host.Fs[record.Paths["freezer"] + "/freezer.state"] = "THAWED\n";
        Assert.NotNull(_host.Driver.Create("id", "/x", null));
    }

    [Theory]
    [InlineData("pids", "pids.limit")]
    [InlineData("rdma", "rdma")]
    [InlineData("hugetlb", "hugepageLimits")]
    [InlineData("net_cls,net_prio", "network.classID")]
    public void Create_WithoutTheController_NamesTheField(string controller, string field)
    {
        var resources = new OciResources();
        switch (controller)
        {
            case "pids": resources.Pids = new OciPids { Limit = 1 }; break;
            case "rdma": resources.Rdma = new() { ["mlx5_1"] = new OciRdma { HcaHandles = 1 } }; break;
            case "hugetlb": resources.HugepageLimits = [new OciHugepageLimit { PageSize = "2MB", Limit = 1 }]; break;
            default: resources.Network = new OciNetwork { ClassID = 1 }; break;
        }

        FakeHost host = FakeHost.V1(without: controller);
        Assert.NotNull(host.Driver.Create("plain", null, null));
        Assert.StartsWith($"linux.resources.{field}: this host has no ", Assert.Throws<RuntimeException>(() => host.Driver.Create("id", null, resources)).Message);
    }

    [Fact]
    public void Create_WithoutDevicesController_IsRefused() =>
        Assert.StartsWith("linux.resources.devices: ", Assert.Throws<RuntimeException>(() => FakeHost.V1(without: "devices").Driver.Create("id", null, null)).Message);

    [Fact]
    public void Create_RootlessWithoutDelegation_IsNullUnlessALimitIsAsked()
    {
        FakeHost host = FakeHost.V1(isRootless: true);
        host.Fs.RefusesDirectory = static _ => Errno.EACCES;
        Assert.Null(host.Driver.Create("id", null, new OciResources { Devices = [] }));
        var exception = Assert.Throws<RuntimeException>(() => host.Driver.Create("id", null, new OciResources { Memory = new OciMemory { Limit = 1 << 20 } }));
        Assert.StartsWith("linux.resources.memory.limit: this user may not make cgroup ", exception.Message);
    }

    [Fact]
    public void Create_RootlessWithSomeDelegated_UsesThose()
    {
        FakeHost host = FakeHost.V1(isRootless: true);
        host.Fs.RefusesDirectory = static path => path.StartsWith("/sys/fs/cgroup/pids/") ? Errno.OK : Errno.EACCES;
        CgroupRecord record = host.Driver.Create("id", null, new OciResources { Pids = new OciPids { Limit = 9 } })!;
        Assert.Equal(["pids"], record.Paths.Keys);
        Assert.Equal(["pids.max=9"], host.WritesTo("pids.max"));
        Assert.StartsWith("linux.resources.cpu.shares: ", Assert.Throws<RuntimeException>(() => host.Driver.Apply(record, new OciResources { Cpu = new OciCpu { Shares = 9 } }, isNew: false)).Message);
    }

    [Theory]
    [InlineData(100, 200, 300, 600, "memory.memsw.limit_in_bytes=600 memory.limit_in_bytes=300")]
    [InlineData(300, 600, 100, 200, "memory.limit_in_bytes=100 memory.memsw.limit_in_bytes=200")]
    [InlineData(300, 600, -1, null, "memory.memsw.limit_in_bytes=-1 memory.limit_in_bytes=-1")]
    [InlineData(300, 600, 400, -1, "memory.memsw.limit_in_bytes=-1 memory.limit_in_bytes=400")]
    [InlineData(300, 600, null, 500, "memory.memsw.limit_in_bytes=500")]
    public void Memory_LimitAndSwap_AreWrittenInTheOrderTheKernelTakes(long limitNow, long swapNow, int? limit, int? swap, string writes)
    {
        CgroupRecord record = _host.Driver.Create("id", null, null)!;
        _host.Fs[record.Paths["memory"] + "/memory.limit_in_bytes"] = limitNow.ToString();
        _host.Fs[record.Paths["memory"] + "/memory.memsw.limit_in_bytes"] = swapNow.ToString();
        _host.Driver.Apply(record, new OciResources { Memory = new OciMemory { Limit = limit, Swap = swap } }, isNew: false);
        Assert.Equal(writes.Split(' '), _host.WritesTo("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"));
    }

    [Fact]
    public void Memory_BelowUsage_IsRefusedWhenAsked()
    {
        CgroupRecord record = _host.Driver.Create("id", null, null)!;
        var memory = new OciMemory { Limit = 4096, CheckBeforeUpdate = true };
        Assert.StartsWith("linux.resources.memory.limit: ", Assert.Throws<RuntimeException>(() => _host.Driver.Apply(record, new OciResources { Memory = memory }, isNew: false)).Message);
        _host.Fs.Refuses = static (path, _) => path.EndsWith("memory.limit_in_bytes") ? Errno.EBUSY : Errno.OK;
        memory.CheckBeforeUpdate = false;
        Assert.Contains("5000 bytes are in use", Assert.Throws<RuntimeException>(() => _host.Driver.Apply(record, new OciResources { Memory = memory }, isNew: false)).Message);
    }

    [Fact]
    public void Cpu_PeriodRefusedBeforeTheQuota_IsWrittenAfterIt()
    {
        CgroupRecord record = _host.Driver.Create("id", null, null)!;
        _host.Fs.Refuses = (path, value) => path.EndsWith("cfs_period_us") && value == "50000" && _host.WritesTo("cpu.cfs_quota_us").Length == 0 ? Errno.EINVAL : Errno.OK;
        _host.Driver.Apply(record, new OciResources { Cpu = new OciCpu { Quota = 20000, Period = 50000 } }, isNew: false);
        Assert.Equal(["cpu.cfs_quota_us=20000", "cpu.cfs_period_us=50000"], _host.WritesTo("cpu.cfs_quota_us", "cpu.cfs_period_us"));
        _host.Fs.Refuses = static (path, _) => path.EndsWith("cfs_period_us") ? Errno.EINVAL : Errno.OK;
        Assert.StartsWith("linux.resources.cpu.period: ", Assert.Throws<RuntimeException>(() => _host.Driver.Apply(record, new OciResources { Cpu = new OciCpu { Period = 5 } }, isNew: false)).Message);
    }

    [Fact]
    public void Everything_IsWrittenWhereItBelongs()
    {
        _host.Driver.Create("id", null, new OciResources
        {
            BlockIO = new OciBlockIo
            {
                Weight = 300, WeightDevice = [new() { Major = 8, Minor = 0, Weight = 500 }],
                ThrottleReadBpsDevice = [new() { Major = 8, Minor = 16, Rate = 1000 }], ThrottleWriteIOPSDevice = [new() { Major = 8, Minor = 16, Rate = 7 }],
            },
            HugepageLimits = [new() { PageSize = "2MB", Limit = 4 << 20 }],
            Network = new OciNetwork { ClassID = 0x100001, Priorities = [new() { Name = "eth0", Priority = 5 }] },
            Rdma = new() { ["mlx5_1"] = new OciRdma { HcaHandles = 3, HcaObjects = 10000 } },
            Cpu = new OciCpu { RealtimePeriod = 1000, RealtimeRuntime = 500, Cpus = "0-1", Idle = 1, Shares = 50 },
            Pids = new OciPids { Limit = -1 },
        });
        Assert.Equal(
            [
                "cpuset.cpus=0-1", "cpu.idle=1", "cpu.rt_period_us=1000", "cpu.rt_runtime_us=500", "pids.max=max", "blkio.bfq.weight=300", "blkio.bfq.weight_device=8:0 500",
                "blkio.throttle.read_bps_device=8:16 1000", "blkio.throttle.write_iops_device=8:16 7", "hugetlb.2MB.limit_in_bytes=4194304", "hugetlb.2MB.rsvd.limit_in_bytes=4194304",
                "net_cls.classid=1048577", "net_prio.ifpriomap=eth0 5", "rdma.max=mlx5_1 hca_handle=3 hca_object=10000",
            ],
            _host.Fs.Writes.Where(write => !write.Contains("/devices.")).Select(write => write[(write.LastIndexOf('/') + 1)..]).Where(write => write is not ("cpuset.cpus=0-3" or "cpuset.mems=0")));
    }

    [Fact]
    public void Devices_Update_WritesOnlyWhatDiffers()
    {
        CgroupRecord record = _host.Driver.Create("id", null, null)!;
        DeviceRules rules = DeviceRules.Of(null);
        _host.Fs[record.Paths["devices"] + "/devices.list"] = string.Join('\n', rules.Exceptions.Select(pair => DeviceRules.Format(pair.Key, pair.Value))) + "\nc 10:229 rwm\n";
        _host.Fs.Writes.Clear();
        _host.Driver.Apply(record, new OciResources { Devices = [new() { Allow = true, Type = "c", Major = 1, Minor = 11, Access = "r" }] }, isNew: false);
        Assert.Equal(["devices.allow=c 1:11 r", "devices.deny=c 10:229 rwm"], _host.WritesTo("devices.allow", "devices.deny"));
        _host.Fs.Writes.Clear();
        _host.Driver.Apply(record, new OciResources(), isNew: false);
        Assert.Empty(_host.Fs.Writes);
    }

    [Fact]
    public void Devices_DefaultsThatTheParentLacks_AreLeftOut()
    {
        _host.Fs.Refuses = static (path, value) => path.EndsWith("devices.allow") && value is "c 10:200 rwm" or "c 10:229 rwm" ? Errno.EPERM : Errno.OK;
        Assert.NotNull(_host.Driver.Create("id", null, null));
        var fuse = new OciDeviceRule { Allow = true, Type = "c", Major = 10, Minor = 229, Access = "rwm" };
        Assert.StartsWith("linux.resources.devices: ", Assert.Throws<RuntimeException>(() => _host.Driver.Create("other", null, new OciResources { Devices = [fuse] })).Message);
    }

    [Fact]
    public void ReadStats_HasTheShapeOfRunc()
    {
        CgroupRecord record = _host.Driver.Create("id", null, null)!;
        var json = new CgroupEvent { Type = "stats", Id = "id", Data = _host.Driver.ReadStats(record) }.ToJson();
        Assert.StartsWith(
            """{"type":"stats","id":"id","data":{"cpu":{"usage":{"total":700,"percpu":[300,400],"kernel":10000000,"user":20000000},"throttling":{"periods":3,"throttledPeriods":2,"throttledTime":99}},"cpuset":{"cpus":[0,1,2,3],"cpu_exclusive":0,"mems":[0],""",
            json);
        Assert.Contains("\"memory\":{\"cache\":11,\"usage\":{\"limit\":9223372036854771712,\"usage\":5000,\"failcnt\":0}", json);
        Assert.Contains("\"pids\":{\"current\":4},\"blkio\":{\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":5}", json);
        Assert.EndsWith("\"hugetlb\":{\"2MB\":{\"failcnt\":0}},\"intel_rdt\":{},\"network_interfaces\":null}}", json);
    }

    [Fact]
    public void Entrance_Below_MustBeThere()
    {
        CgroupRecord record = _host.Driver.Create("id", "/x", null)!;
        Assert.Throws<RuntimeException>(() => _host.Driver.Entrance(record, "inner", 0));
        Assert.Throws<RuntimeException>(() => _host.Driver.Entrance(record, "../y", 0));
        Assert.All(_host.Driver.Entrance(record, "/", 0).Files, path => Assert.EndsWith("/x/tasks", path));
    }
}

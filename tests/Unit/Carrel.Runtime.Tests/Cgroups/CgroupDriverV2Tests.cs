using System.Linq;
using Carrel.Abi;
using Carrel.Oci;
using Carrel.Runtime;
using Carrel.Runtime.Cgroups;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>What is written to cgroup v2 files. Devices need the kernel; hosts here are rootless ones, where the program may be missing.</summary>
public sealed class CgroupDriverV2Tests
{
    private readonly FakeHost _host = FakeHost.V2();

    private CgroupRecord Create(OciResources? resources, string? path = "/pod/id")
    {
        // The device program needs a real cgroup; everything else is applied as Create does.
        var maker = new CgroupMaker(_host.Fs, isRootless: false);
        var record = new CgroupRecord();
        record.Paths[""] = maker.Make(_host.Hierarchies.Unified!, CgroupPath.DirectoryFor(_host.Hierarchies.Unified!, "id", path))!.Path;
        _host.Driver.Apply(record, resources ?? new OciResources(), isNew: false);
        return record;
    }

    [Fact]
    public void Create_EnablesTheControllersOnTheWayDown()
    {
        CgroupRecord record = Create(null);
        Assert.Equal("/sys/fs/cgroup/pod/id", record.Paths[""]);
        Assert.Contains("memory", _host.Fs["/sys/fs/cgroup/cgroup.subtree_control"]);
        Assert.Contains("memory", _host.Fs["/sys/fs/cgroup/pod/cgroup.subtree_control"]);
        Assert.Equal("", _host.Fs["/sys/fs/cgroup/pod/id/cgroup.subtree_control"]);
        CgroupEntrance entrance = _host.Driver.Entrance(record, null, 0);
        Assert.Equal("/sys/fs/cgroup/pod/id", entrance.Unified);
        Assert.Equal(["/sys/fs/cgroup/pod/id/cgroup.procs"], entrance.Files);
    }

    [Fact]
    public void Create_ControllersThatCannotBeEnabledTogether_AreEnabledOneByOne()
    {
        _host.Fs.Refuses = static (path, value) => path.EndsWith("subtree_control") && value.Contains("cpu") ? Errno.EINVAL : Errno.OK;
        CgroupRecord record = Create(new OciResources { Pids = new OciPids { Limit = 5 } });
        Assert.Equal("5", _host.Fs[record.Paths[""] + "/pids.max"]);
        Assert.Equal(
            "linux.resources.cpu.shares: the cpu controller is not available in /sys/fs/cgroup/pod/id (cgroup v2)",
            Assert.Throws<RuntimeException>(() => _host.Driver.Apply(record, new OciResources { Cpu = new OciCpu { Shares = 5 } }, isNew: false)).Message);
    }

    [Fact]
    public void Everything_IsWrittenWhereItBelongs()
    {
        Create(new OciResources
        {
            Memory = new OciMemory { Limit = 100, Swap = 150, Reservation = 50 },
            Cpu = new OciCpu { Shares = 1024, Quota = 20000, Period = 50000, Burst = 100, Cpus = "0", Mems = "0" },
            Pids = new OciPids { Limit = -1 },
            BlockIO = new OciBlockIo { Weight = 1000, ThrottleReadBpsDevice = [new() { Major = 8, Minor = 0, Rate = 5 }] },
            HugepageLimits = [new() { PageSize = "2MB", Limit = 4 }],
            Rdma = new() { ["mlx5_1"] = new OciRdma { HcaObjects = 2 } },
            Unified = new() { ["memory.high"] = "90" },
        });
        Assert.Equal(
            [
                "cpuset.cpus=0", "cpuset.mems=0", "cpu.weight=100", "cpu.max=20000 50000", "cpu.max.burst=100", "pids.max=max", "io.weight=10000", "io.max=8:0 rbps=5",
                "hugetlb.2MB.max=4", "hugetlb.2MB.rsvd.max=4", "rdma.max=mlx5_1 hca_object=2", "memory.swap.max=50", "memory.max=100", "memory.low=50", "memory.high=90",
            ],
            _host.Fs.Writes.Where(write => !write.Contains("subtree_control")).Select(write => write[(write.LastIndexOf('/') + 1)..]));
    }

    [Fact]
    public void Cpu_PeriodAlone_KeepsTheQuota()
    {
        CgroupRecord record = Create(new OciResources { Cpu = new OciCpu { Quota = 20000 } });
        _host.Driver.Apply(record, new OciResources { Cpu = new OciCpu { Period = 40000 } }, isNew: false);
        Assert.Equal("20000 40000", _host.Fs[record.Paths[""] + "/cpu.max"]);
        _host.Driver.Apply(record, new OciResources { Cpu = new OciCpu { Quota = -1 } }, isNew: false);
        Assert.Equal("max 40000", _host.Fs[record.Paths[""] + "/cpu.max"]);
    }

    [Theory]
    [InlineData(0L, 100L, null)]
    [InlineData(0L, -1L, "max")]
    [InlineData(-1L, 100L, "max")]
    [InlineData(100L, 100L, "0")]
    [InlineData(150L, 100L, "50")]
    public void Memory_Swap_IsWithoutTheMemory(long swap, long limit, string? written) => Assert.Equal(written, MemoryV2.SwapMax(swap, limit));

    [Theory]
    [InlineData(50L, 100L)]
    [InlineData(50L, 0L)]
    [InlineData(-2L, 100L)]
    public void Memory_ImpossibleSwap_NamesTheField(long swap, long limit) =>
        Assert.StartsWith("linux.resources.memory.swap: ", Assert.Throws<RuntimeException>(() => MemoryV2.SwapMax(swap, limit)).Message);

    [Theory]
    [InlineData(2UL, 1UL)]
    [InlineData(1024UL, 100UL)]
    [InlineData(262144UL, 10000UL)]
    public void Cpu_Shares_BecomeAWeight(ulong shares, ulong weight) => Assert.Equal(weight, CpuV2.WeightOf(shares));

    [Theory]
    [InlineData(10, 1UL)]
    [InlineData(1000, 10000UL)]
    public void Io_Weight_IsScaled(int weight, ulong scaled) => Assert.Equal(scaled, IoV2.WeightOf((ushort)weight));

    [Theory]
    [InlineData("swappiness")]
    [InlineData("kernel")]
    [InlineData("disableOOMKiller")]
    public void Memory_WhatV2Lacks_NamesTheField(string field)
    {
        var memory = new OciMemory { Swappiness = field == "swappiness" ? 1 : null, Kernel = field == "kernel" ? 1 : null, DisableOOMKiller = field == "disableOOMKiller" };
        Assert.StartsWith($"linux.resources.memory.{field}: ", Assert.Throws<RuntimeException>(() => Create(new OciResources { Memory = memory })).Message);
    }

    [Fact]
    public void Network_IsNotInV2() =>
        Assert.StartsWith("linux.resources.network.classID: ", Assert.Throws<RuntimeException>(() => Create(new OciResources { Network = new OciNetwork { ClassID = 1 } })).Message);

    [Theory]
    [InlineData("cgroup.procs")]
    [InlineData("../memory.max")]
    [InlineData("memory/max.x")]
    [InlineData("")]
    [InlineData("memory.nonsense")]
    public void Unified_NoSetting_NamesTheField(string file) =>
        Assert.StartsWith($"linux.resources.unified.{file}: ", Assert.Throws<RuntimeException>(() => Create(new OciResources { Unified = new() { [file] = "1" } })).Message);

    [Fact]
    public void Freeze_WaitsForTheEvent()
    {
        CgroupRecord record = Create(null);
        Freezer freezer = _host.Driver.FreezerOf(record)!;
        freezer.Freeze();
        Assert.True(freezer.IsFrozen);
        freezer.Thaw();
        Assert.False(freezer.IsFrozen);
        Assert.Equal(["cgroup.freeze=1", "cgroup.freeze=0"], _host.WritesTo("cgroup.freeze"));
    }

    [Fact]
    public void Remove_TakesWhatTheContainerMadeFirst()
    {
        CgroupRecord record = Create(null);
        Cgroup group = _host.Driver.At(record.Paths[""]);
        group.Child("a").Make();
        group.Child("a/b").Make();
        _host.Driver.Remove(record);
        Assert.Equal(["/sys/fs/cgroup", "/sys/fs/cgroup/pod"], _host.Fs.Directories);
    }

    [Fact]
    public void Entrance_WhenTheContainerHandsDownControllers_IsThatOfItsFirstProcess()
    {
        CgroupRecord record = Create(null);
        Cgroup group = _host.Driver.At(record.Paths[""]);
        group.Child("init.scope").Make();
        _host.Fs[group.Path + "/cgroup.subtree_control"] = "memory";
        _host.Fs[group.Path + "/init.scope/cgroup.procs"] = "77\n";
        Assert.Equal(group.Path + "/init.scope", _host.Driver.Entrance(record, null, 77).Unified);
        Assert.Equal([77], _host.Driver.Processes(record));
    }

    [Fact]
    public void ReadStats_HasTheShapeOfRunc()
    {
        CgroupStats stats = _host.Driver.ReadStats(Create(null));
        Assert.Equal([0, 1, 4], stats.CpuSet.Cpus!.Select(cpu => (int)cpu));
        Assert.Equal(5000UL, stats.Cpu.Usage.Total);
        Assert.Equal(1.5, stats.Memory.Pressure!.Some.Avg10);
        Assert.Equal(77UL, stats.Memory.Pressure.Some.Total);
        Assert.Equal(ulong.MaxValue, stats.Memory.Usage.Limit);
        Assert.Equal(["Read 1", "Write 2", "Discard 5"], stats.Blkio.IoServiceBytesRecursive!.Select(entry => $"{entry.Op} {entry.Value}"));
    }
}

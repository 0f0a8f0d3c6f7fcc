using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Carrel.Runtime.Cgroups;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>The cgroup v1 hierarchies of this machine, in cgroups of our own. Skipped where root, or v1, is missing.</summary>
public sealed class HostCgroupV1Tests : HostCgroupTests
{
    public HostCgroupV1Tests()
    {
        CgroupHierarchies hierarchies = CgroupHierarchies.Detect();
        string[] needed = ["memory", "cpu", "cpuset", "pids", "devices", "freezer", "blkio"];
        Assert.SkipUnless(HostCredentials.UserId == 0 && needed.All(name => hierarchies.Legacy.Any(mount => mount.Controllers.Contains(name))), "needs root and cgroup v1");
    }

    [Fact]
    public void Create_MakesADirectoryInEveryHierarchy_RemoveTakesThemAway()
    {
        CgroupRecord record = Create(null);
        Assert.All(record.Paths, path => Assert.True(Directory.Exists(path.Value), path.Value));
        Assert.Contains("freezer", record.Paths);
        CgroupManager.Remove(record);
        Assert.All(record.Paths, path => Assert.False(Directory.Exists(path.Value), path.Value));
        CgroupManager.Remove(record);
    }

    [Fact]
    public void Create_WithoutPath_LiesBelowOurOwnCgroup()
    {
        string id = CgroupsPath[1..];
        CgroupRecord record = Keep(CgroupManager.Create(id, null, null, usesSystemd: false)!);
        CgroupMount memory = CgroupHierarchies.Detect().Legacy.Single(mount => mount.Controllers.Contains("memory"));
        Assert.Equal(memory.PathOf(memory.Own) + "/" + id, record.Paths["memory"]);
    }

    [Fact]
    public void Create_AppliesEveryLimit()
    {
        CgroupRecord record = Create(new OciResources
        {
            Memory = new OciMemory { Limit = 64 << 20, Reservation = 32 << 20, Swap = 96 << 20, Swappiness = 7, DisableOOMKiller = true },
            Cpu = new OciCpu { Shares = 512, Quota = 20000, Period = 50000, Burst = 1000, Cpus = "0", Mems = "0" },
            Pids = new OciPids { Limit = 17 },
            BlockIO = new OciBlockIo { Weight = 300 },
        });
        Assert.Equal("67108864", Read(record, "memory", "memory.limit_in_bytes"));
        Assert.Equal("33554432", Read(record, "memory", "memory.soft_limit_in_bytes"));
        Assert.Equal("100663296", Read(record, "memory", "memory.memsw.limit_in_bytes"));
        Assert.Equal("7", Read(record, "memory", "memory.swappiness"));
        Assert.Contains("oom_kill_disable 1", Read(record, "memory", "memory.oom_control"));
        Assert.Equal("512", Read(record, "cpu", "cpu.shares"));
        Assert.Equal("20000", Read(record, "cpu", "cpu.cfs_quota_us"));
        Assert.Equal("50000", Read(record, "cpu", "cpu.cfs_period_us"));
        Assert.Equal("1000", Read(record, "cpu", "cpu.cfs_burst_us"));
        Assert.Equal("0", Read(record, "cpuset", "cpuset.cpus"));
        Assert.Equal("17", Read(record, "pids", "pids.max"));
        Assert.Equal("300", Read(record, "blkio", "blkio.bfq.weight"));
    }

    [Fact]
    public void Create_Default_AllowsTheUsualDevicesAndNoOther()
    {
        CgroupRecord record = Create(null);
        string[] list = Read(record, "devices", "devices.list").Split('\n');
        Assert.Contains("c 1:3 rwm", list);
        Assert.Contains("c *:* m", list);
        Assert.DoesNotContain("a *:* rwm", list);
        int child = StartSleep(record);
        Assert.NotEqual(0, RunIn(record, "exec 3</dev/kmsg"));
        Assert.Equal(0, RunIn(record, "exec 3</dev/null"));
        Assert.True(child > 0);
    }

    [Fact]
    public void Create_Impossible_NamesTheFieldAndLeavesNothing()
    {
        var exception = Assert.Throws<RuntimeException>(() => Create(new OciResources { Cpu = new OciCpu { Cpus = "4096" } }));
        Assert.StartsWith("linux.resources.cpu.cpus: ", exception.Message);
        Assert.False(Directory.Exists("/sys/fs/cgroup/cpuset" + CgroupsPath));
        exception = Assert.Throws<RuntimeException>(() => Create(new OciResources { Unified = new() { ["memory.max"] = "1" } }));
        Assert.StartsWith("linux.resources.unified: ", exception.Message);
        Assert.False(Directory.Exists("/sys/fs/cgroup/memory" + CgroupsPath));
    }

    [Fact]
    public void Create_InACgroupWithProcesses_IsRefused()
    {
        CgroupRecord record = Create(null);
        StartSleep(record);
        Assert.Throws<RuntimeException>(() => CgroupManager.Create("other", CgroupsPath, null, usesSystemd: false));
        Assert.Single(CgroupManager.Processes(record));
    }

    [Fact]
    public void Apply_RaisesAndLowersMemoryAndSwapTogether()
    {
        CgroupRecord record = Create(new OciResources { Memory = new OciMemory { Limit = 64 << 20, Swap = 64 << 20 } });
        CgroupManager.Apply(record, new OciResources { Memory = new OciMemory { Limit = 128 << 20, Swap = 256 << 20 } });
        Assert.Equal("134217728", Read(record, "memory", "memory.limit_in_bytes"));
        CgroupManager.Apply(record, new OciResources { Memory = new OciMemory { Limit = 32 << 20, Swap = 32 << 20 } });
        Assert.Equal("33554432", Read(record, "memory", "memory.memsw.limit_in_bytes"));
        CgroupManager.Apply(record, new OciResources { Memory = new OciMemory { Limit = -1 } });
        Assert.True(ulong.Parse(Read(record, "memory", "memory.memsw.limit_in_bytes")) > 1UL << 60);
        var exception = Assert.Throws<RuntimeException>(() => CgroupManager.Apply(record, new OciResources { Memory = new OciMemory { Swappiness = 101 } }));
        Assert.StartsWith("linux.resources.memory.swappiness: ", exception.Message);
    }

    [Fact]
    public void Apply_Devices_ChangesOnlyWhatDiffers()
    {
        CgroupRecord record = Create(null);
        CgroupManager.Apply(record, new OciResources { Devices = [Rule(false, "a", null, null, "rwm"), Rule(true, "c", 1, 11, "r")] });
        Assert.Contains("c 1:11 r", Read(record, "devices", "devices.list").Split('\n'));
        StartSleep(record);
        Assert.Equal(0, RunIn(record, "exec 3</dev/kmsg"));
        CgroupManager.Apply(record, new OciResources { Pids = new OciPids { Limit = 50 } });
        Assert.Equal(0, RunIn(record, "exec 3</dev/kmsg"));
        CgroupManager.Apply(record, new OciResources { Devices = [] });
        Assert.NotEqual(0, RunIn(record, "exec 3</dev/kmsg"));
    }

    [Fact]
    public void Pids_Limit_Bites()
    {
        CgroupRecord record = Create(new OciResources { Pids = new OciPids { Limit = 3 } });
        StartSleep(record);
        StartSleep(record);
        Assert.NotEqual(0, RunIn(record, "/bin/true; /bin/true"));
    }

    [Fact]
    public void Freeze_StopsAndThawContinues()
    {
        CgroupRecord record = Create(null);
        int child = StartSleep(record);
        Assert.False(CgroupManager.IsFrozen(record));
        CgroupManager.Freeze(record);
        Assert.True(CgroupManager.IsFrozen(record));
        Assert.Equal("FROZEN", Read(record, "freezer", "freezer.state"));
        HostProcess.Kill(child, Signal.SIGTERM);
        System.Threading.Thread.Sleep(50);
        Assert.Equal(0, HostProcess.Wait(child, 1, out _));
        CgroupManager.Thaw(record);
        Assert.False(CgroupManager.IsFrozen(record));
        Wait(child);
    }

    [Fact]
    public void KillAll_ReachesForksAndFrozenOnes()
    {
        CgroupRecord record = Create(null);
        int forking = Start(record, "while :; do /bin/sleep 0.01 & done");
        Directory.CreateDirectory(record.Paths["freezer"] + "/below");
        int below = StartSleep(record);
        File.WriteAllText(record.Paths["freezer"] + "/below/cgroup.procs", below.ToString());
        System.Threading.Thread.Sleep(100);
        Assert.Contains(below, CgroupManager.Processes(record));
        Assert.Contains(forking, CgroupManager.Processes(record));
        CgroupManager.Freeze(record);
        var reaper = new System.Threading.Thread(() => Reap());
        reaper.Start();
        CgroupManager.KillAll(record);
        reaper.Join();
        Assert.Empty(CgroupManager.Processes(record));
        CgroupManager.Remove(record);
        Assert.False(Directory.Exists(record.Paths["freezer"]));
    }

    [Fact]
    public void WatchOom_TellsOfAKillAndOfTheEnd()
    {
        CgroupRecord record = Create(new OciResources { Memory = new OciMemory { Limit = 8 << 20, Swap = 8 << 20 } });
        using OomWatch watch = CgroupManager.WatchOom(record);
        Assert.Equal(0, watch.Take());
        Assert.NotEqual(0, RunIn(record, "exec head -c 64m /dev/zero | exec tail"));
        Assert.True(watch.Wait(TimeSpan.FromSeconds(10)) > 0);
        Assert.False(watch.IsGone);
        CgroupManager.Remove(record);
        Assert.Equal(0, watch.Wait(TimeSpan.FromSeconds(10)));
        Assert.True(watch.IsGone);
    }

    [Fact]
    public void ReadStats_CountsWhatRuns()
    {
        CgroupRecord record = Create(new OciResources { Pids = new OciPids { Limit = 20 }, Memory = new OciMemory { Limit = 1 << 30 } });
        StartSleep(record);
        CgroupStats stats = CgroupManager.ReadStats(record);
        Assert.Equal(1UL, stats.Pids.Current);
        Assert.Equal(20UL, stats.Pids.Limit);
        Assert.Equal(1UL << 30, stats.Memory.Usage.Limit);
        Assert.True(stats.Memory.Usage.Usage > 0);
        Assert.True(stats.Cpu.Usage.Total > 0);
        Assert.Equal(Environment.ProcessorCount, stats.CpuSet.Cpus!.Count);
    }
}

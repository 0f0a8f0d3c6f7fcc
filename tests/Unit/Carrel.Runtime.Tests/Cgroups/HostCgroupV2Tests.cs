using System;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Carrel.Runtime.Cgroups;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>A host with cgroup v2 alone and its controllers. Skipped elsewhere.</summary>
public sealed class HostCgroupV2Tests : HostCgroupTests
{
    public HostCgroupV2Tests() => Assert.SkipUnless(HostCredentials.UserId == 0 && CgroupHierarchies.Detect().IsUnified, "needs root and cgroup v2 alone");

    [Fact]
    public void Create_AppliesEveryLimit()
    {
        CgroupRecord record = Create(new OciResources
        {
            Memory = new OciMemory { Limit = 64 << 20, Swap = 96 << 20, Reservation = 32 << 20 },
            Cpu = new OciCpu { Shares = 512, Quota = 20000, Period = 50000, Burst = 1000, Cpus = "0", Mems = "0" },
            Pids = new OciPids { Limit = 17 },
            BlockIO = new OciBlockIo { Weight = 300 },
            HugepageLimits = [new OciHugepageLimit { PageSize = "2MB", Limit = 4 << 20 }],
            Unified = new() { ["memory.high"] = "50331648" },
        });
        Assert.Equal("67108864", Read(record, "", "memory.max"));
        Assert.Equal("50331648", Read(record, "", "memory.high"));
        Assert.Equal("33554432", Read(record, "", "memory.low"));
        Assert.Equal("33554432", Read(record, "", "memory.swap.max"));
        Assert.Equal("20000 50000", Read(record, "", "cpu.max"));
        Assert.Equal("1000", Read(record, "", "cpu.max.burst"));
        Assert.Equal(CpuV2.WeightOf(512).ToString(), Read(record, "", "cpu.weight"));
        Assert.Equal("0", Read(record, "", "cpuset.cpus"));
        Assert.Equal("17", Read(record, "", "pids.max"));
        Assert.Equal("4194304", Read(record, "", "hugetlb.2MB.max"));
        string path = record.Paths[""];
        CgroupManager.Remove(record);
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Create_Impossible_NamesTheFieldAndLeavesNothing()
    {
        var exception = Assert.Throws<RuntimeException>(() => Create(new OciResources { Cpu = new OciCpu { Cpus = "4096" } }));
        Assert.StartsWith("linux.resources.cpu.cpus: ", exception.Message);
        Assert.False(Directory.Exists("/sys/fs/cgroup" + CgroupsPath));
    }

    [Fact]
    public void Devices_AreAllowedByTheProgram_AndReplacedByAnUpdate()
    {
        CgroupRecord record = Create(null);
        StartSleep(record);
        Assert.Equal(0, RunIn(record, "exec 3</dev/null 4</dev/zero 5</dev/urandom 6>/dev/null"));
        Assert.NotEqual(0, RunIn(record, "exec 3</dev/kmsg"));
        CgroupManager.Apply(record, new OciResources { Devices = [Rule(false, "a", null, null, "rwm"), Rule(true, "c", 1, 11, "r")] });
        Assert.Equal(0, RunIn(record, "exec 3</dev/kmsg"));
        Assert.NotEqual(0, RunIn(record, "exec 3>/dev/kmsg"));
        CgroupManager.Apply(record, new OciResources { Devices = [] });
        Assert.NotEqual(0, RunIn(record, "exec 3</dev/kmsg"));
        CgroupManager.Apply(record, new OciResources { Devices = [Rule(true, "a", null, null, "rwm"), Rule(false, "c", 1, 11, "w")] });
        Assert.Equal(0, RunIn(record, "exec 3</dev/kmsg"));
        Assert.NotEqual(0, RunIn(record, "exec 3>/dev/kmsg"));
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
        int child = Start(record, "while :; do :; done");
        CgroupManager.Freeze(record);
        Assert.True(CgroupManager.IsFrozen(record));
        Assert.Contains("frozen 1", Read(record, "", "cgroup.events"));
        string before = ProcessorTime(child);
        System.Threading.Thread.Sleep(200);
        Assert.Equal(before, ProcessorTime(child));
        CgroupManager.Thaw(record);
        Assert.False(CgroupManager.IsFrozen(record));
        System.Threading.Thread.Sleep(500);
        Assert.NotEqual(before, ProcessorTime(child));
    }

    [Fact]
    public void KillAll_ReachesForksAndFrozenOnes()
    {
        CgroupRecord record = Create(null);
        int forking = Start(record, "while :; do /bin/sleep 0.01 & done");
        Directory.CreateDirectory(record.Paths[""] + "/below");
        int below = StartSleep(record);
        File.WriteAllText(record.Paths[""] + "/below/cgroup.procs", below.ToString());
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
        Assert.False(Directory.Exists(record.Paths[""]));
    }

    [Fact]
    public void WatchOom_TellsOfAKillAndOfTheEnd()
    {
        CgroupRecord record = Create(new OciResources { Memory = new OciMemory { Limit = 8 << 20, Swap = 8 << 20 } });
        using OomWatch watch = CgroupManager.WatchOom(record);
        Assert.Equal(0, watch.Take());
        Assert.NotEqual(0, RunIn(record, "head -c 64m /dev/zero | exec tail"));
        Assert.True(watch.Wait(TimeSpan.FromSeconds(10)) > 0);
        CgroupManager.Remove(record);
        Assert.Equal(0, watch.Wait(TimeSpan.FromSeconds(10)));
        Assert.True(watch.IsGone);
    }

    [Fact]
    public void ReadStats_CountsWhatRuns()
    {
        CgroupRecord record = Create(new OciResources { Pids = new OciPids { Limit = 20 } });
        StartSleep(record);
        CgroupStats stats = CgroupManager.ReadStats(record);
        Assert.Equal(1UL, stats.Pids.Current);
        Assert.True(stats.Memory.Usage.Usage > 0);
        Assert.True(stats.Cpu.Usage.Total > 0);
        Assert.Equal(Environment.ProcessorCount, stats.CpuSet.Cpus!.Count);
    }

    [Fact]
    public void Entrance_WhenTheContainerHandsDownControllers_StillLetsIn()
    {
        CgroupRecord record = Create(null);
        int first = StartSleep(record);
        Directory.CreateDirectory(record.Paths[""] + "/inner");
        File.WriteAllText(record.Paths[""] + "/inner/cgroup.procs", first.ToString());
        File.WriteAllText(record.Paths[""] + "/cgroup.subtree_control", "+pids");
        string file = CgroupManager.Entrance(record, null, first).Files.Single();
        Assert.EndsWith("/inner/cgroup.procs", file);
    }

    [Fact]
    public void Systemd_Scope_IsMadeLimitedAndStopped()
    {
        Assert.SkipUnless(Directory.Exists("/run/systemd/system"), "needs systemd");
        string id = CgroupsPath[1..];
        CgroupRecord record = Keep(CgroupManager.Create(id, $"carrel-test.slice:pre:{id}", new OciResources { Memory = new OciMemory { Limit = 64 << 20 }, Pids = new OciPids { Limit = 9 } }, usesSystemd: true)!);
        Assert.Equal($"/sys/fs/cgroup/carrel.slice/carrel-test.slice/pre-{id}.scope", record.Paths[""]);
        Assert.Equal($"pre-{id}.scope", record.Unit);
        Assert.Equal("67108864", Read(record, "", "memory.max"));
        Assert.Equal("9", Read(record, "", "pids.max"));
        int child = StartSleep(record);
        CgroupManager.Settle(record);
        Assert.Equal([child], CgroupManager.Processes(record));
        Assert.NotEqual(0, RunIn(record, "exec 3</dev/kmsg"));
        CgroupManager.Apply(record, new OciResources { Pids = new OciPids { Limit = 12 } });
        Assert.Equal("12", Read(record, "", "pids.max"));
        Assert.Equal(0, RunIn(record, "systemctl daemon-reload"));
        System.Threading.Thread.Sleep(500);
        Assert.Equal("12", Read(record, "", "pids.max"));
        Assert.NotEqual(0, RunIn(record, "exec 3</dev/kmsg"));
        CgroupManager.KillAll(record);
        Wait(child);
        CgroupManager.Remove(record);
        Assert.False(Directory.Exists(record.Paths[""]));
        CgroupManager.Remove(record);
    }

    // proc(5): fields 14 and 15 of stat; a shell's name has no space.
    private static string ProcessorTime(int pid) => string.Join(' ', File.ReadAllText($"/proc/{pid}/stat").Split(' ')[13..15]);
}

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>The verbs of an OCI runtime over the kernel wall.</summary>
public sealed class KernelWallTests
{
    private const string Loop = "while :; do sleep 0.1; done";

    [Fact]
    public void Create_HoldsTheProgramUntilStart()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", $"echo runs; {Loop}");
        Assert.Equal(0, bundle.Create().Status);
        Assert.Equal("created", bundle.Status);
        Assert.Equal("", bundle.Output);
        Assert.Equal(0, bundle.Verb("start").Status);
        Assert.Equal("running", bundle.Status);
        Assert.True(KernelBundle.Eventually(() => bundle.Output == "runs\n"), bundle.Output);
        Assert.NotEqual(0, bundle.Verb("start").Status);
    }

    [Fact]
    public void Create_WithoutSuchAProgram_Fails()
    {
        using var bundle = new KernelBundle("/bin/missing");
        Assert.NotEqual(0, bundle.Create().Status);
        Assert.Contains("not found", bundle.Error);
        Assert.NotEqual(0, bundle.Verb("state").Status);
    }

    [Fact]
    public void Run_ExitStatusIsThePrograms()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "read line; echo got $line; exit 42");
        CommandResult result = bundle.Run("words\n");
        Assert.Equal((42, "got words\n"), (result.Status, result.Output));
        Assert.NotEqual(0, bundle.Verb("state").Status);
    }

    [Fact]
    public void Kill_WithSigkill_EndsTheCarrel()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", Loop);
        bundle.Create();
        bundle.Verb("start");
        Assert.Equal(0, bundle.Verb("kill", [], "KILL").Status);
        Assert.True(KernelBundle.Eventually(() => bundle.Status == "stopped"));
    }

    [Fact]
    public void Kill_SendsTheSignalToInit()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", $"trap 'echo term; exit 3' TERM; echo up; {Loop}");
        bundle.Create();
        bundle.Verb("start");
        Assert.True(KernelBundle.Eventually(() => bundle.Output.Contains("up")));
        Assert.Equal(0, bundle.Verb("kill", [], "TERM").Status);
        Assert.True(KernelBundle.Eventually(() => bundle.Status == "stopped"));
        Assert.Equal("up\nterm\n", bundle.Output);
    }

    [Fact]
    public void SignalToThePidFromOutside_ReachesInit()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", $"trap 'echo usr1' USR1; echo up; {Loop}");
        bundle.Create();
        bundle.Verb("start");
        Assert.True(KernelBundle.Eventually(() => bundle.Output.Contains("up")));
        CommandRunner.Run("/bin/kill", ["-USR1", $"{bundle.Pid}"]);
        Assert.True(KernelBundle.Eventually(() => bundle.Output.Contains("usr1")), bundle.Output);
        CommandRunner.Run("/bin/kill", ["-KILL", $"{bundle.Pid}"]);
        Assert.True(KernelBundle.Eventually(() => bundle.Status == "stopped"));
    }

    [Fact]
    public void Execute_HasInputOutputAndExitStatus()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", Loop);
        bundle.Create();
        bundle.Verb("start");
        CommandResult result = bundle.Execute("/bin/sh", "-c", "echo $PPID; hostname; exit 7");
        Assert.Equal((7, "0\nbundle\n"), (result.Status, result.Output));
        Assert.Equal(137, bundle.Execute("/bin/sh", "-c", "kill -9 $$").Status);
        Assert.NotEqual(0, bundle.Execute("/bin/missing").Status);
        Assert.Equal("running", bundle.Status);
    }

    [Fact]
    public void ExecuteDetached_ThePidStandsForTheProgram()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", Loop);
        bundle.Create();
        bundle.Verb("start");
        File.WriteAllText(bundle.Rootfs + "/loop", $"trap 'touch /tmp/term; exit 0' TERM; touch /tmp/up; {Loop}");
        int pid = bundle.ExecuteDetached("/bin/sh /loop");
        Assert.True(KernelBundle.Eventually(() => File.Exists(bundle.Rootfs + "/tmp/up")));
        CommandRunner.Run("/bin/kill", ["-TERM", $"{pid}"]);
        Assert.True(KernelBundle.Eventually(() => File.Exists(bundle.Rootfs + "/tmp/term")));
        Assert.True(KernelBundle.Eventually(() => !KernelBundle.IsAlive(pid)));

        CommandRunner.Run("/bin/kill", ["-KILL", $"{bundle.ExecuteDetached("/bin/sleep 1234")}"]);
        Assert.True(KernelBundle.Eventually(() => !bundle.Execute("/bin/ps").Output.Contains("1234")));
    }

    [Fact]
    public void Pause_StopsAndResumeContinues()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "while :; do echo x; sleep 0.05; done");
        bundle.Create();
        bundle.Verb("start");
        Assert.True(KernelBundle.Eventually(() => bundle.Output.Length > 0));
        CommandResult paused = bundle.Verb("pause");
        Assert.True(paused.Status == 0, paused.Error);
        Assert.Equal("paused", bundle.Status);
        int length = bundle.Output.Length;
        System.Threading.Thread.Sleep(400);
        Assert.Equal(length, bundle.Output.Length);
        Assert.Equal(0, bundle.Verb("resume").Status);
        Assert.True(KernelBundle.Eventually(() => bundle.Output.Length > length));
        bundle.Verb("pause");
        Assert.Equal(0, bundle.Verb("delete", ["--force"]).Status);
    }

    [Fact]
    public void Root_TakesWritesOnlyIfWritable()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "echo kept >/tmp/kept; chown 12:34 /tmp/kept; ls -ln /tmp/kept");
        CommandResult result = bundle.Run();
        Assert.Contains(" 12 ", result.Output);
        Assert.Equal("kept\n", File.ReadAllText(bundle.Rootfs + "/tmp/kept"));
        using var fixedRoot = new KernelBundle("/bin/sh", "-c", "touch /tmp/no; cat /data/mounted");
        fixedRoot.Config["root"]!["readonly"] = true;
        Directory.CreateDirectory(fixedRoot.Folder + "/volume");
        File.WriteAllText(fixedRoot.Folder + "/volume/mounted", "data");
        fixedRoot.Config["mounts"]!.AsArray().Add(KernelBundle.Bind(fixedRoot.Folder + "/volume", "/data", "ro"));
        result = fixedRoot.Run();
        Assert.Equal("data", result.Output);
        Assert.Contains("Read-only file system", result.Error);
        Assert.False(File.Exists(fixedRoot.Rootfs + "/tmp/no") || Directory.Exists(fixedRoot.Rootfs + "/data"));
    }

    [Fact]
    public void BindMounts_OfDirectoriesAndFiles()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "cat /etc/hosts; echo new >/etc/hosts; echo made >/volume/file; echo no >/etc/fixed; ls -l /etc/fixed | cut -c1");
        string folder = bundle.Folder;
        File.WriteAllText(folder + "/hosts", "old\n");
        File.WriteAllText(folder + "/fixed", "fixed\n");
        Directory.CreateDirectory(folder + "/volume");
        JsonArray mounts = bundle.Config["mounts"]!.AsArray();
        mounts.Add(KernelBundle.Bind(folder + "/hosts", "/etc/hosts", "rw"));
        mounts.Add(KernelBundle.Bind(folder + "/fixed", "/etc/fixed", "ro"));
        mounts.Add(KernelBundle.Bind(folder + "/volume", "/volume", "rw"));
        CommandResult result = bundle.Run();
        Assert.Equal("old\n-\n", result.Output);
        Assert.Equal(("new\n", "made\n", "fixed\n"), (File.ReadAllText(folder + "/hosts"), File.ReadAllText(folder + "/volume/file"), File.ReadAllText(folder + "/fixed")));
    }

    [Fact]
    public void PidsLimit_MakesForkFail()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait");
        bundle.Linux["resources"]!["pids"] = new JsonObject { ["limit"] = 5 };
        CommandResult result = bundle.Run();
        Assert.Contains("can't fork", result.Error);
    }

    [Fact]
    public void MemoryLimit_EndsTheProgramAndNotTheCarrel()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", Loop);
        bundle.Linux["resources"]!["memory"] = new JsonObject { ["limit"] = 96 << 20 };
        bundle.Create();
        bundle.Verb("start");
        CommandResult result = bundle.Execute("/bin/sh", "-c", "dd if=/dev/zero of=/dev/null bs=200M count=1");
        Assert.Equal(137, result.Status);
        Assert.Equal("running", bundle.Status);
        string charged = CgroupFile(bundle.Pid, "memory", "memory.max_usage_in_bytes", "memory.peak");
        Assert.InRange(long.Parse(File.ReadAllText(charged)), 60 << 20, 96 << 20);
    }

    [Fact]
    public void MemoryLimit_AfterAKill_ThereIsMemoryForTheNextProgram()
    {
        const string Hog = "dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null; [ $? = 137 ] || echo hog $?; ";
        using var bundle = new KernelBundle("/bin/sh", "-c", $"(for i in 1 2 3 4 5 6; do {Hog} done) & for i in 1 2 3 4 5 6; do {Hog} /bin/true || echo true $?; echo x | cat; done; wait");
        bundle.Linux["resources"]!["memory"] = new JsonObject { ["limit"] = 64 << 20 };
        CommandResult result = bundle.Run();
        Assert.Equal((0, "x\nx\nx\nx\nx\nx\n", ""), (result.Status, result.Output, result.Error));
    }

    [Fact]
    public void MaskedAndReadonlyPaths()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "cat /proc/meminfo | wc -c; ls /sys | wc -l; echo x >/proc/sys/kernel/hostname");
        bundle.Linux["maskedPaths"] = new JsonArray("/proc/meminfo", "/sys", "/proc/nothere");
        bundle.Linux["readonlyPaths"] = new JsonArray("/proc/sys");
        CommandResult result = bundle.Run();
        Assert.Equal("0\n0\n", result.Output);
        Assert.Contains("Read-only file system", result.Error);
    }

    [Fact]
    public void Seccomp_ProfileHoldsFromTheFirstInstructionOn()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "mkdir /tmp/no; echo $?");
        bundle.Linux["seccomp"] = new JsonObject
        {
            ["defaultAction"] = "SCMP_ACT_ALLOW",
            ["syscalls"] = new JsonArray(new JsonObject { ["names"] = new JsonArray("mkdir", "mkdirat"), ["action"] = "SCMP_ACT_ERRNO", ["errnoRet"] = 1 }),
        };
        bundle.Process["noNewPrivileges"] = true;
        CommandResult result = bundle.Run();
        Assert.Equal("1\n", result.Output);
        Assert.Contains("Operation not permitted", result.Error);
    }

    public static TheoryData<string> Impossible => [.. Refusals.Keys];

    private static readonly Dictionary<string, System.Action<KernelBundle>> Refusals = new()
    {
        ["linux.devices"] = bundle => bundle.Linux["devices"] = new JsonArray(
            new JsonObject { ["type"] = "c", ["path"] = "/dev/kmsg", ["major"] = 1, ["minor"] = 11 }),
        ["linux.namespaces"] = bundle => bundle.Linux["namespaces"]!.AsArray().First(each => each!["type"]!.GetValue<string>() == "ipc")!["path"] = "/proc/1/ns/ipc",
        ["mounts"] = bundle => bundle.Config["mounts"]!.AsArray().Add(KernelBundle.Mount("/mnt", "ext4")),
        ["linux.gidMappings"] = bundle =>
        {
            bundle.Linux["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "user" });
            bundle.Linux["uidMappings"] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = 100000, ["size"] = 65536 });
        },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void WhatCannotBeDone_IsRefusedByName(string field)
    {
        using var bundle = new KernelBundle("/bin/true");
        Refusals[field](bundle);
        CommandResult result = bundle.Run();
        Assert.NotEqual(0, result.Status);
        Assert.Contains(field, result.Error);
    }

    [Fact]
    public void Delete_LeavesNoProcessAndNoCgroup()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", $"sleep 1000 & sleep 1000 & {Loop}");
        bundle.Create();
        bundle.Verb("start");
        int pid = bundle.Pid;
        string group = Path.GetDirectoryName(CgroupFile(pid, "memory", "memory.limit_in_bytes", "memory.max"))!;
        Assert.NotEqual(0, bundle.Verb("delete").Status);
        Assert.Equal(0, bundle.Verb("delete", ["--force"]).Status);
        Assert.False(KernelBundle.IsAlive(pid));
        Assert.False(Directory.Exists(group));
    }

    private static string CgroupFile(int pid, string controller, string first, string second)
    {
        foreach (string line in File.ReadAllLines($"/proc/{pid}/cgroup"))
        {
            string[] parts = line.Split(':', 3);
            foreach (string path in new[] { $"/sys/fs/cgroup/{controller}{parts[2]}/{first}", $"/sys/fs/cgroup{parts[2]}/{second}" })
            {
                if ((parts[1].Split(',').Contains(controller) || parts[1].Length == 0) && File.Exists(path))
                {
                    return path;
                }
            }
        }

        throw new FileNotFoundException($"no control group of {controller} for {pid}");
    }
}

using System;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>A container from its making to its end.</summary>
public sealed class ContainerWallTests
{
    [Fact]
    public void Run_Program_IsPidOneInItsOwnRoot()
    {
        using var bundle = new TestBundle(new ContainerWall());
        RunResult result = bundle.Run("echo $$; hostname; pwd; ls /; exit 7");
        Assert.Equal(7, result.Status);
        Assert.Equal("1\nbox\n/\nbin\ndev\netc\nproc\nsys\ntmp\n", result.Output);
    }

    [Fact]
    public void Create_ProgramIsNotThere_FailsWithTheWordsThatClientsSeek()
    {
        using var bundle = new TestBundle(new ContainerWall());
        Assert.Contains("no such file or directory", Assert.Throws<RuntimeException>(() => bundle.Create("/bin/none")).Message);
        Assert.Contains("executable file not found in $PATH", Assert.Throws<RuntimeException>(() => bundle.Create("none")).Message);
        Assert.Contains("permission denied", Assert.Throws<RuntimeException>(() => bundle.Create("/etc/passwd")).Message);
        Assert.Contains("permission denied", Assert.Throws<RuntimeException>(() => bundle.Create("/etc")).Message);
    }

    [Fact]
    public void Create_WaitsForStart_AsAProgramThatIsNotOurs()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Create("sleep", "100");
        Assert.True(bundle.Wall.IsWaitingForStart(bundle.Container));
        Assert.StartsWith("/memfd:carrel-init", File.ResolveLinkTarget($"/proc/{bundle.Container.Pid}/exe", false)!.FullName);
        bundle.Wall.Start(bundle.Container);
        Assert.False(bundle.Wall.IsWaitingForStart(bundle.Container));
        Assert.Equal("sleep\n", File.ReadAllText($"/proc/{bundle.Container.Pid}/comm"));
        Assert.Throws<RuntimeException>(() => bundle.Wall.Start(bundle.Container));
        bundle.Wall.Signal(bundle.Container, Signal.SIGKILL, all: false);
        Assert.Equal(137, bundle.Wait());
    }

    [Fact]
    public void Start_ProgramIsGoneMeanwhile_SaysSo()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Create("/bin/sleep", "100");
        File.Delete(bundle.Rootfs + "/bin/sleep");
        Assert.Contains("/bin/sleep: ENOENT", Assert.Throws<RuntimeException>(() => bundle.Wall.Start(bundle.Container)).Message);
        Assert.Equal(127, bundle.Wait());
    }

    [Fact]
    public void Run_Failure_NamesTheStepAndLeavesNothing()
    {
        using var bundle = new TestBundle(new ContainerWall());
        int mounts = File.ReadAllLines("/proc/self/mounts").Length;
        bundle.Spec.Mounts!.Add(new OciMount { Destination = "/x", Type = "nosuchfs", Source = "none" });
        string message = Assert.Throws<RuntimeException>(() => bundle.Run("true")).Message;
        Assert.Contains("mount nosuchfs on /x: ENODEV", message);
        Assert.Equal(mounts, File.ReadAllLines("/proc/self/mounts").Length);
        Assert.False(ProcFile.TryReadStat(bundle.Container.Pid, out _, out _));
    }

    [Fact]
    public void Run_HasNoDescriptorsButItsThree()
    {
        using var bundle = new TestBundle(new ContainerWall());
        int leaked = HostPath.OpenAt(At.AT_FDCWD, "/", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY); // not close-on-exec
        RunResult result = bundle.Run("ls /proc/self/fd | wc -l"); // 0, 1, 2 and that of ls itself
        HostFd.Close(leaked);
        Assert.Equal("4\n", result.Output);
    }

    [Fact]
    public void Run_Signals_AreNeitherBlockedNorIgnored()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Create("sleep", "100"); // a shell would ignore signals of its own
        bundle.Wall.Start(bundle.Container);
        string[] lines = File.ReadAllLines($"/proc/{bundle.Container.Pid}/status");
        Assert.Contains("SigBlk:\t0000000000000000", lines);
        Assert.Contains("SigIgn:\t0000000000000000", lines);
    }

    [Fact]
    public void Run_Capabilities_AreThoseOfTheSetsAndNoOthers()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Process!.Capabilities = new OciCapabilities
        {
            Bounding = ["CAP_KILL", "CAP_CHOWN"], Permitted = ["CAP_KILL", "CAP_CHOWN"], Effective = ["CAP_KILL"], Inheritable = ["CAP_KILL"], Ambient = ["CAP_KILL"],
        };
        bundle.Spec.Process.User = new OciUser { Uid = 1000, Gid = 1000, AdditionalGids = [7, 8], Umask = 0x3f };
        RunResult result = bundle.Run("grep -E 'Cap|NoNew|Groups' /proc/self/status; id -u; id -g; umask; echo $HOME");
        Assert.Equal(
            "Groups:\t7 8 \nCapInh:\t0000000000000020\nCapPrm:\t0000000000000020\nCapEff:\t0000000000000020\nCapBnd:\t0000000000000021\nCapAmb:\t0000000000000020\n"
            + "NoNewPrivs:\t1\n1000\n1000\n0077\n/home/user\n", result.Output);
    }

    [Fact]
    public void Run_Mounts_AreWhatTheyWereToldToBe()
    {
        using var bundle = new TestBundle(new ContainerWall());
        Directory.CreateDirectory(bundle.Folder + "/volume");
        File.WriteAllText(bundle.Folder + "/volume/file", "from the host");
        bundle.Spec.Mounts!.Add(new OciMount { Destination = "/new/deep/volume", Type = "bind", Source = bundle.Folder + "/volume", Options = ["rbind", "ro", "nosuid"] });
        bundle.Spec.Mounts.Add(new OciMount { Destination = "/etc/file", Type = "bind", Source = "volume/file", Options = ["bind", "rro"] });
        bundle.Spec.Mounts.Add(new OciMount { Destination = "/etc2", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup", "size=1m"] });
        Directory.CreateDirectory(bundle.Rootfs + "/etc2/sub");
        File.WriteAllText(bundle.Rootfs + "/etc2/sub/x", "copied");
        bundle.Spec.Root!.Readonly = true;
        RunResult result = bundle.Run("cat /new/deep/volume/file; touch /new/deep/volume/y 2>&1; cat /etc/file; cat /etc2/sub/x; echo z >/etc2/z; cat /etc2/z; touch /y 2>&1; grep -c ' /new/deep/volume .*nosuid' /proc/mounts");
        Assert.Equal("from the hosttouch: /new/deep/volume/y: Read-only file system\nfrom the hostcopiedz\ntouch: /y: Read-only file system\n1\n", result.Output);
    }

    [Fact]
    public void Run_MaskedAndReadOnlyPaths_Are()
    {
        using var bundle = new TestBundle(new ContainerWall());
        RunResult result = bundle.Run("wc -c < /proc/cpuinfo; ls /proc/acpi /sys/firmware | wc -w; echo 1 > /proc/sys/kernel/core_pattern; echo $?");
        Assert.StartsWith("0\n", result.Output);
        Assert.Contains("Read-only file system", result.Output);
    }

    [Fact]
    public void Run_RootfsWithLinkedDev_StaysInItsRoot()
    {
        using var bundle = new TestBundle(new ContainerWall());
        string outside = bundle.Folder + "/outside";
        Directory.CreateDirectory(outside);
        Directory.Delete(bundle.Rootfs + "/dev");
        File.CreateSymbolicLink(bundle.Rootfs + "/dev", outside);
        bundle.Spec.Mounts!.RemoveAll(mount => mount.Destination!.StartsWith("/dev", StringComparison.Ordinal));
        Assert.ThrowsAny<RuntimeException>(() => bundle.Run("true"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    [Theory]
    [InlineData("proc", "proc")]
    [InlineData("sys", "sysfs")]
    public void Run_LinkInPlaceOfProc_IsRefused(string name, string type)
    {
        using var bundle = new TestBundle(new ContainerWall());
        Directory.Delete($"{bundle.Rootfs}/{name}");
        Directory.CreateDirectory(bundle.Rootfs + "/elsewhere");
        File.CreateSymbolicLink($"{bundle.Rootfs}/{name}", "elsewhere");
        Assert.Contains($"mount {type} on /{name}: ELOOP", Assert.Throws<RuntimeException>(() => bundle.Run("true")).Message);
    }

    [Fact]
    public void Run_BindOverFilesOfProc_IsRefused()
    {
        using var bundle = new TestBundle(new ContainerWall());
        File.CreateSymbolicLink(bundle.Rootfs + "/link", "proc");
        bundle.Spec.Mounts!.Add(new OciMount { Destination = "/link/sys/kernel/core_pattern", Type = "bind", Source = "/etc/hostname", Options = ["bind"] });
        Assert.Contains("it lies in /proc", Assert.Throws<RuntimeException>(() => bundle.Run("true")).Message);
    }

    [Fact]
    public void Run_CwdInDescriptorOfTheRuntime_IsNotTheHosts()
    {
        for (int fd = 3; fd < 40; fd++)
        {
            using var bundle = new TestBundle(new ContainerWall());
            bundle.Spec.Process!.Cwd = $"/proc/self/fd/{fd}";
            try
            {
                RunResult result = bundle.Run("cat ../../../../../../etc/hostname 2>/dev/null; pwd");
                Assert.StartsWith("/", result.Output.Split('\n')[0]);
                Assert.DoesNotContain("unreachable", result.Output);
                Assert.False(result.Output.Split('\n').Length > 2, result.Output);
            }
            catch (RuntimeException)
            {
                // refused: as good
            }
        }
    }

    [Fact]
    public void Run_Hooks_RunInTheirOrderWhileTheRootIsNotYetEntered()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Hooks = new OciHooks { Prestart = [new OciHook { Path = "/bin/true" }] };
        bundle.OnHook = (point, pid) => Assert.True(ProcFile.TryReadStat(pid, out char _, out ulong _));
        bundle.Run("true");
        Assert.Equal([HookPoint.Prestart, HookPoint.CreateRuntime, HookPoint.CreateContainer], bundle.Hooks);
    }

    [Fact]
    public void Run_ProcSelfExeAsTheProgram_IsNotTheRuntime()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Process!.Args = ["/proc/self/exe"];
        bundle.Start(startsAtOnce: true, -1);
        Assert.Equal(1, bundle.Wait()); // the sealed init, which finds nothing of what it was once given
    }

    [Fact]
    public void Run_FailingHook_EndsItWithTheHooksMessage()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Hooks = new OciHooks { CreateRuntime = [new OciHook { Path = "/bin/false" }] };
        bundle.OnHook = (_, _) => throw new RuntimeException("the hook says no");
        Assert.Equal("the hook says no", Assert.Throws<RuntimeException>(() => bundle.Run("true")).Message);
        Assert.False(ProcFile.TryReadStat(bundle.Container.Pid, out char state, out _) && state != 'Z');
    }

    [Fact]
    public void Run_UserNamespace_MapsIds()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Linux!.Namespaces!.Add(new OciNamespace { Type = "user" });
        bundle.Spec.Linux.UidMappings = [new OciIdMapping { ContainerID = 0, HostID = 100000, Size = 65536 }];
        bundle.Spec.Linux.GidMappings = [new OciIdMapping { ContainerID = 0, HostID = 100000, Size = 65536 }];
        RunResult result = bundle.Run("id -u; cat /proc/self/uid_map; echo x >/dev/null && echo written; ls -l /proc/1/exe >/dev/null && echo own");
        Assert.Equal(0, result.Status);
        Assert.Equal(["0", "0 100000 65536", "written", "own"], result.Output.Split('\n').SkipLast(1).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    [Fact]
    public void Run_JoinedNetworkNamespace_IsThat()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Linux!.Namespaces!.Single(ns => ns.Type == "network").Path = "/proc/self/ns/net";
        string own = File.ResolveLinkTarget("/proc/self/ns/net", false)!.Name;
        Assert.Equal(own + "\n", bundle.Run("readlink /proc/self/ns/net").Output);
    }

    [Fact]
    public void Run_JoinedPidNamespace_IsThat()
    {
        using var first = new TestBundle(new ContainerWall());
        first.Create("sleep", "100");
        first.Wall.Start(first.Container);
        using var second = new TestBundle(new ContainerWall());
        second.Spec.Linux!.Namespaces!.Single(ns => ns.Type == "pid").Path = $"/proc/{first.Container.Pid}/ns/pid";
        RunResult result = second.Run("cat /proc/1/comm; test $$ -gt 1 && echo later");
        Assert.Equal("sleep\nlater\n", result.Output);
    }

    [Fact]
    public void Run_Terminal_IsOfItsOwnDevpts()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Process!.Terminal = true;
        bundle.Spec.Process.ConsoleSize = new OciBox { Height = 33, Width = 77 };
        bundle.Spec.Process.Args = ["/bin/sh", "-c", "tty; stty size; ls -l /dev/console >/dev/null && echo console; test -t 0 && echo yes"];
        int master = -1;
        bundle.Start(startsAtOnce: true, -1, fd => master = fd);
        Assert.Equal(0, bundle.Wait());
        var text = new byte[4096];
        int length = 0;
        for (long n; (n = HostFd.Read(master, text.AsSpan(length))) > 0; length += (int)n)
        {
        }

        HostFd.Close(master);
        Assert.Equal("/dev/pts/0\r\n33 77\r\nconsole\r\nyes\r\n", System.Text.Encoding.ASCII.GetString(text, 0, length));
    }

    [Fact]
    public void Run_Limits_AreSet()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Process!.Rlimits = [new OciRlimit { Type = "RLIMIT_NOFILE", Soft = 100, Hard = 200 }];
        bundle.Spec.Process.OomScoreAdj = 500;
        bundle.Spec.Linux!.Sysctl = new() { ["net.ipv4.ip_forward"] = "1" };
        Assert.Equal("100\n200\n500\n1\n", bundle.Run("ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_forward").Output);
    }

    [Fact]
    public void Run_SysctlOfTheHost_IsRefused()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Linux!.Sysctl = new() { ["kernel.core_pattern"] = "|/bin/evil" };
        Assert.Contains("linux.sysctl: kernel.core_pattern", Assert.Throws<RuntimeException>(() => bundle.Run("true")).Message);
    }

    [Fact]
    public void Run_Seccomp_Filters()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Linux!.Seccomp = new OciSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Syscalls = [new OciSyscall { Names = ["mkdir", "mkdirat"], Action = "SCMP_ACT_ERRNO", ErrnoRet = (uint)Errno.EXDEV }],
        };
        Assert.Contains("Cross-device link", bundle.Run("mkdir /tmp/x 2>&1").Output.Replace("Invalid cross", "Cross", StringComparison.Ordinal));
    }
}

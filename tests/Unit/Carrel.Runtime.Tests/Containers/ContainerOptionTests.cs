using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>The rarer settings of config.json.</summary>
public sealed class ContainerOptionTests
{
    private static readonly OciIdMapping[] Mapping = [new OciIdMapping { ContainerID = 0, HostID = 100000, Size = 65536 }];

    [Fact]
    public void TimeNamespace_IsMade()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Linux!.Namespaces!.Add(new OciNamespace { Type = "time" });
        string own = File.ResolveLinkTarget("/proc/self/ns/time", false)!.Name;
        RunResult result = bundle.Run("readlink /proc/self/ns/time");
        Assert.StartsWith("time:", result.Output);
        Assert.NotEqual(own + "\n", result.Output);
    }

    [Fact]
    public void JoinedUserNamespace_WithNetwork_IsEntered()
    {
        using var first = new TestBundle(new ContainerWall());
        AddUserNamespace(first.Spec.Linux!);
        first.Create("sleep", "100");
        using var second = new TestBundle(new ContainerWall());
        string ns = $"/proc/{first.Container.Pid}/ns/";
        second.Spec.Linux!.Namespaces!.Add(new OciNamespace { Type = "user", Path = ns + "user" });
        second.Spec.Linux.Namespaces.Single(entry => entry.Type == "network").Path = ns + "net";
        RunResult result = second.Run("readlink /proc/self/ns/user; readlink /proc/self/ns/net; id -u; echo $$");
        Assert.Equal($"{File.ResolveLinkTarget(ns + "user", false)!.Name}\n{File.ResolveLinkTarget(ns + "net", false)!.Name}\n0\n1\n", result.Output);
    }

    [Fact]
    public void NewUserNamespace_WithJoinedNetworkOfTheHost_IsMade()
    {
        using var bundle = new TestBundle(new ContainerWall());
        AddUserNamespace(bundle.Spec.Linux!);
        bundle.Spec.Linux!.Namespaces!.Single(entry => entry.Type == "network").Path = "/proc/self/ns/net";
        bundle.Spec.Mounts!.RemoveAll(mount => mount.Type == "sysfs"); // the network is not its own
        Assert.Equal("0\n1\n", bundle.Run("id -u; echo $$").Output);
    }

    [Fact]
    public void IdMappedBind_ShowsOtherOwners()
    {
        using var bundle = new TestBundle(new ContainerWall());
        Directory.CreateDirectory(bundle.Folder + "/volume");
        File.WriteAllText(bundle.Folder + "/volume/file", "x");
        bundle.Spec.Mounts!.Add(new OciMount
        {
            Destination = "/volume", Type = "bind", Source = bundle.Folder + "/volume", Options = ["bind", "idmap"],
            UidMappings = [new OciIdMapping { ContainerID = 0, HostID = 5000, Size = 1 }],
            GidMappings = [new OciIdMapping { ContainerID = 0, HostID = 5001, Size = 1 }],
        });
        Assert.Equal("5000 5001\n", bundle.Run("stat -c '%u %g' /volume/file").Output);
    }

    [Fact]
    public void Cgroup_IsMountedWithEachHierarchy()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Mounts!.Add(new OciMount { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["nosuid", "noexec", "nodev", "ro"] });
        RunResult result = bundle.Run("cat /sys/fs/cgroup/*/cgroup.procs /sys/fs/cgroup/cgroup.procs 2>/dev/null | head -1; mkdir /sys/fs/cgroup/x 2>&1");
        Assert.StartsWith("1\n", result.Output);
        Assert.Contains("Read-only file system", result.Output);
    }

    [Fact]
    public void Overlay_OfDirectories_IsMounted()
    {
        using var bundle = new TestBundle(new ContainerWall());
        foreach (string name in new[] { "lower", "upper", "work" })
        {
            Directory.CreateDirectory($"{bundle.Folder}/{name}");
        }

        File.WriteAllText(bundle.Folder + "/lower/a", "lower");
        bundle.Spec.Mounts!.Add(new OciMount
        {
            Destination = "/o", Type = "overlay", Source = "overlay",
            Options = [$"lowerdir={bundle.Folder}/lower", $"upperdir={bundle.Folder}/upper", $"workdir={bundle.Folder}/work"],
        });
        Assert.Equal("lower", bundle.Run("cat /o/a; echo new > /o/b").Output);
        Assert.Equal("new\n", File.ReadAllText(bundle.Folder + "/upper/b"));
    }

    [Fact]
    public void SharedPropagation_ReachesTheHostOnlyWhenAsked()
    {
        using var bundle = new TestBundle(new ContainerWall());
        Directory.CreateDirectory(bundle.Folder + "/volume/below");
        bundle.Spec.Mounts!.Add(new OciMount { Destination = "/volume", Type = "bind", Source = bundle.Folder + "/volume", Options = ["rbind"] });
        bundle.Spec.Mounts.Add(new OciMount { Destination = "/volume/below", Type = "tmpfs", Source = "tmpfs" });
        Assert.Equal(0, bundle.Run("echo x > /volume/below/file").Status);
        Assert.Empty(Directory.EnumerateFileSystemEntries(bundle.Folder + "/volume/below"));
    }

    [Fact]
    public void Scheduling_IsSet()
    {
        using var bundle = new TestBundle(new ContainerWall());
        bundle.Spec.Process!.Scheduler = new OciScheduler { Policy = "SCHED_BATCH", Nice = 5 };
        bundle.Spec.Process.IoPriority = new OciIoPriority { Class = "IOPRIO_CLASS_IDLE", Priority = 7 };
        bundle.Spec.Linux!.Personality = new OciPersonality { Domain = "LINUX32" };
        bundle.Create("sleep", "100");
        bundle.Wall.Start(bundle.Container);
        string stat = File.ReadAllText($"/proc/{bundle.Container.Pid}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Assert.Equal(("5", "3"), (fields[16], fields[38])); // nice, policy
        Assert.Equal("00000008\n", File.ReadAllText($"/proc/{bundle.Container.Pid}/personality"));
    }

    [Fact]
    public void Notify_ListenerReachesTheAgentBeforeTheProgramRuns()
    {
        using var bundle = new TestBundle(new ContainerWall());
        string path = bundle.Folder + "/agent";
        int agent = HostSocket.Create(Sock.AF_UNIX, Sock.SOCK_STREAM | Sock.SOCK_CLOEXEC, 0);
        HostSocket.Bind(agent, HostSocket.UnixAddress(path));
        HostSocket.Listen(agent, 2);
        bundle.Spec.Linux!.Seccomp = new OciSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            ListenerPath = path,
            ListenerMetadata = "hello",
            Syscalls = [new OciSyscall { Names = ["chroot"], Action = "SCMP_ACT_NOTIFY" }],
        };
        bundle.Create("sleep", "100");
        bundle.Wall.Start(bundle.Container);
        int connection = HostSocket.Accept(agent, Sock.SOCK_CLOEXEC);
        var text = new byte[8192];
        var descriptors = new int[1];
        long length = HostSocket.Receive(connection, text, descriptors, 0, out int received);
        Assert.Equal(1, received);
        string state = System.Text.Encoding.UTF8.GetString(text, 0, (int)length);
        Assert.Contains("\"seccompFd\"", state);
        Assert.Contains($"\"pid\":{bundle.Container.Pid}", state);
        Assert.Contains("hello", state);
        foreach (int fd in new[] { descriptors[0], connection, agent })
        {
            HostFd.Close(fd);
        }
    }

    private static void AddUserNamespace(OciLinux linux)
    {
        linux.Namespaces!.Add(new OciNamespace { Type = "user" });
        linux.UidMappings = [.. Mapping];
        linux.GidMappings = [.. Mapping];
    }
}

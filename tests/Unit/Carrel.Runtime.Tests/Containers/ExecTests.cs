using System;
using System.IO;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>More processes in a running container.</summary>
public sealed class ExecTests
{
    private static TestBundle Running(Action<OciSpec>? change = null)
    {
        var bundle = new TestBundle(new ContainerWall());
        change?.Invoke(bundle.Spec);
        bundle.Create("sleep", "1000");
        bundle.Wall.Start(bundle.Container);
        return bundle;
    }

    [Fact]
    public void Execute_IsInTheContainersNamespacesAndCgroups()
    {
        using TestBundle bundle = Running();
        RunResult result = bundle.Execute("hostname; cat /proc/1/comm; pwd; readlink /proc/self/ns/net; readlink /proc/1/ns/net; cat /proc/self/cgroup | wc -l; exit 5");
        string[] lines = result.Output.Split('\n');
        Assert.Equal(5, result.Status);
        Assert.Equal(["box", "sleep", "/"], lines[..3]);
        Assert.Equal(lines[4], lines[3]);
    }

    [Fact]
    public void Execute_UserAndCapabilities_AreTheProcesss()
    {
        using TestBundle bundle = Running();
        RunResult result = bundle.Execute("id -u; id -g; grep CapEff /proc/self/status; echo $HOME; pwd", process =>
        {
            process.User = new OciUser { Uid = 1000, Gid = 1000 };
            process.Capabilities = null;
            process.Cwd = "/tmp";
        });
        Assert.Equal("1000\n1000\nCapEff:\t0000000000000000\n/home/user\n/tmp\n", result.Output);
    }

    [Fact]
    public void Execute_ProgramNotThere_FailsAtOnce()
    {
        using TestBundle bundle = Running();
        Assert.Contains("no such file or directory", Assert.Throws<RuntimeException>(() => bundle.Execute("", process => process.Args = ["/none"])).Message);
        Assert.Contains("executable file not found", Assert.Throws<RuntimeException>(() => bundle.Execute("", process => process.Args = ["none"])).Message);
    }

    [Fact]
    public void Execute_Terminal_Works()
    {
        using TestBundle bundle = Running();
        int master = -1;
        bundle.Execute("tty; test -t 0 && echo yes", process => process.Terminal = true, fd => master = fd);
        var text = new byte[4096];
        int length = 0;
        for (long n; (n = HostFd.Read(master, text.AsSpan(length))) > 0; length += (int)n)
        {
        }

        HostFd.Close(master);
        Assert.Equal("/dev/pts/0\r\nyes\r\n", Encoding.ASCII.GetString(text, 0, length));
    }

    [Fact]
    public void Execute_HasNoDescriptorsButItsThree()
    {
        using TestBundle bundle = Running();
        Assert.Equal("4\n", bundle.Execute("ls /proc/self/fd | wc -l").Output);
    }

    [Fact]
    public void Execute_UserNamespace_IsJoined()
    {
        using TestBundle bundle = Running(spec =>
        {
            spec.Linux!.Namespaces!.Add(new OciNamespace { Type = "user" });
            spec.Linux.UidMappings = [new OciIdMapping { ContainerID = 0, HostID = 100000, Size = 65536 }];
            spec.Linux.GidMappings = [new OciIdMapping { ContainerID = 0, HostID = 100000, Size = 65536 }];
        });
        Assert.Equal("0\n100000\n", bundle.Execute("id -u; cat /proc/self/uid_map | while read a b c; do echo $b; done").Output);
    }

    [Fact]
    public void Execute_InStoppedContainer_Fails()
    {
        using TestBundle bundle = Running();
        bundle.Wall.Signal(bundle.Container, Signal.SIGKILL, all: true);
        bundle.Wait();
        Assert.Throws<RuntimeException>(() => bundle.Execute("true"));
    }
}

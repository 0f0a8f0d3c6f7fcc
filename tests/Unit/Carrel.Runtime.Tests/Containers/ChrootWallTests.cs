using System.IO;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>A jailed process.</summary>
public sealed class ChrootWallTests
{
    [Fact]
    public void Run_IsJailedWithoutPrivileges()
    {
        using var bundle = new TestBundle(new ChrootWall());
        RunResult result = bundle.Run("ls /; grep -E 'CapEff|CapBnd|NoNew|Seccomp:' /proc/self/status; chroot /tmp /bin/true 2>/dev/null || echo no chroot; mknod /tmp/n c 1 3 2>/dev/null || echo no mknod");
        // CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, NET_BIND_SERVICE of what was given
        Assert.Equal("bin\ndev\netc\nproc\nsys\ntmp\nCapEff:\t00000000000004eb\nCapBnd:\t00000000000004eb\nNoNewPrivs:\t1\nSeccomp:\t2\nno chroot\nno mknod\n", result.Output);
    }

    [Fact]
    public void Run_HostProcesses_AreOutOfReach()
    {
        using var bundle = new TestBundle(new ChrootWall());
        RunResult result = bundle.Run($"kill -0 {System.Environment.ProcessId} 2>/dev/null || echo none; echo x 2>/dev/null > /proc/sys/kernel/core_pattern || echo read-only");
        Assert.Equal("none\nread-only\n", result.Output.Replace("/bin/sh: can't create /proc/sys/kernel/core_pattern: Read-only file system\n", ""));
    }

    [Fact]
    public void Run_JoinedNamespace_IsRefused()
    {
        using var bundle = new TestBundle(new ChrootWall());
        bundle.Spec.Linux!.Namespaces = [new OciNamespace { Type = "mount", Path = "/proc/self/ns/mnt" }];
        Assert.Contains("--isolation=chroot joins no namespace", Assert.Throws<RuntimeException>(() => bundle.Run("true")).Message);
    }

    [Fact]
    public void Execute_IsJailedToo()
    {
        using var bundle = new TestBundle(new ChrootWall());
        bundle.Create("sleep", "1000");
        bundle.Wall.Start(bundle.Container);
        RunResult result = bundle.Execute("ls /; grep -E 'CapEff|NoNew|Seccomp:' /proc/self/status; hostname");
        Assert.Equal($"bin\ndev\netc\nproc\nsys\ntmp\nCapEff:\t00000000000004eb\nNoNewPrivs:\t1\nSeccomp:\t2\n{File.ReadAllText("/proc/sys/kernel/hostname")}", result.Output);
    }
}

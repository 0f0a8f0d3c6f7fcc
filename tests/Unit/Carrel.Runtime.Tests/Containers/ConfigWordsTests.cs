using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>Words of config.json and what they come to.</summary>
public sealed class ConfigWordsTests
{
    [Fact]
    public void MountOptions_AreTakenApart()
    {
        var options = new MountOptions(new OciMount { Type = "bind", Options = ["rbind", "ro", "nosuid", "rw", "rnoexec", "noatime", "rslave", "size=1m"] });
        Assert.True(options.IsBind && options.IsRecursive && !options.IsReadOnly);
        Assert.Equal(MountAttr.MOUNT_ATTR_NOSUID | MountAttr.MOUNT_ATTR_NOATIME, options.Set);
        Assert.Equal(MountAttr.MOUNT_ATTR_NOEXEC, options.RecursiveSet);
        Assert.Equal([(MountFlags.MS_SLAVE, true)], options.Propagation);
        Assert.Equal(["size=1m"], options.Data);
    }

    [Theory]
    [InlineData("net.ipv4.ip_forward", "net/ipv4/ip_forward")]
    [InlineData("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [InlineData("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [InlineData("kernel.shmmax", "kernel/shmmax")]
    public void Sysctl_OfANamespace_HasItsPath(string key, string path) => Assert.Equal(path, SysctlNames.PathOf(key, AllNew()));

    [Theory]
    [InlineData("kernel.core_pattern")]
    [InlineData("net/../kernel/core_pattern")]
    [InlineData("vm.swappiness")]
    [InlineData("net..x")]
    public void Sysctl_OfTheHost_IsRefused(string key) => Assert.Throws<RuntimeException>(() => SysctlNames.PathOf(key, AllNew()));

    [Fact]
    public void Sysctl_WithoutTheNamespace_IsRefused() =>
        Assert.Throws<RuntimeException>(() => SysctlNames.PathOf("net.ipv4.ip_forward", new Namespaces(new OciLinux { Namespaces = [new OciNamespace { Type = "ipc" }] })));

    [Fact]
    public void CpuList_IsAMask()
    {
        byte[] mask = CpuList.ToMask("0-2,9", "field");
        Assert.Equal((7, 2), (mask[0], mask[1]));
        Assert.Throws<RuntimeException>(() => CpuList.ToMask("3-1", "field"));
        Assert.Throws<RuntimeException>(() => CpuList.ToMask("all", "field"));
    }

    [Fact]
    public void Capabilities_UnknownNames_AreWarnedOf()
    {
        List<string> warnings = [];
        var set = new Capabilities(new OciCapabilities { Effective = ["CAP_KILL", "CAP_NONE", "CAP_5", "CAP_LAST_CAP"] }, warnings.Add);
        Assert.Equal(1UL << (int)Capability.CAP_KILL, set.Effective);
        Assert.Contains("CAP_NONE CAP_5 CAP_LAST_CAP", Assert.Single(warnings));
    }

    [Fact]
    public void Paths_AreMadePlain() => Assert.Equal("a/c", StepPlan.Relative("//a/./b/../c/"));

    private static Namespaces AllNew() =>
        new(new OciLinux { Namespaces = [new OciNamespace { Type = "network" }, new OciNamespace { Type = "ipc" }, new OciNamespace { Type = "uts" }] });
}

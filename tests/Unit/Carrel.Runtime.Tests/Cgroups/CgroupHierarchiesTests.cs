using System.Linq;
using Carrel.Runtime;
using Carrel.Runtime.Cgroups;
using Xunit;

namespace Carrel.Tests.Runtime;

public sealed class CgroupHierarchiesTests
{
    [Fact]
    public void Mounts_OfAHybridHost_AreToldApart()
    {
        CgroupHierarchies hierarchies = FakeHost.V1(isHybrid: true).Hierarchies;
        Assert.True(hierarchies.IsHybrid);
        Assert.False(hierarchies.IsUnified);
        Assert.Equal(["cpu", "cpuacct"], hierarchies.Legacy.Single(mount => mount.MountPoint.EndsWith("cpuacct")).Controllers);
        Assert.Equal("/sys/fs/cgroup/unified", hierarchies.Unified!.MountPoint);
    }

    [Fact]
    public void Mounts_OfAUnifiedHost_AreV2() => Assert.True(FakeHost.V2().Hierarchies.IsUnified);

    [Fact]
    public void Own_InAContainer_IsRelativeToWhatIsMounted()
    {
        var hierarchies = new CgroupHierarchies(
            "40 30 0:40 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n41 30 0:41 /docker/abc /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n42 30 0:42 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu",
            "1:memory:/docker/abc/inner\n2:pids:/docker/abc\n3:cpu:/../elsewhere");
        Assert.Equal(["inner", "", ""], hierarchies.Legacy.Select(mount => mount.Own));
    }

    [Fact]
    public void Mounts_WithEscapedNames_AreUnescaped()
    {
        var hierarchies = new CgroupHierarchies("40 30 0:40 / /mnt/my\\040cgroup\\134x rw - cgroup2 none rw", "0::/user.slice/a:b");
        Assert.Equal("/mnt/my cgroup\\x", hierarchies.Unified!.MountPoint);
        Assert.Equal("user.slice/a:b", hierarchies.Unified.Own);
    }

    [Fact]
    public void Mounts_OfTheSameHierarchyTwice_TheUsualPlaceWins()
    {
        var hierarchies = new CgroupHierarchies("40 30 0:40 / /mnt/x rw - cgroup2 none rw\n41 30 0:40 / /sys/fs/cgroup rw - cgroup2 none rw\n42 30 0:40 / /mnt/y rw - cgroup2 none rw", "0::/");
        Assert.Equal("/sys/fs/cgroup", hierarchies.Unified!.MountPoint);
    }

    [Theory]
    [InlineData("/sys/fs/cgroup/memory")]
    [InlineData("/sys/fs/cgroup/memory/../x")]
    [InlineData("/etc/x")]
    [InlineData("/sys/fs/cgroup/memoryx/y")]
    [InlineData("/sys/fs/cgroup/memory//y")]
    public void Locate_OutsideOfAMount_Fails(string path) => Assert.Throws<RuntimeException>(() => FakeHost.V1().Hierarchies.Locate(path));

    [Theory]
    [InlineData("/a/b", "a/b")]
    [InlineData("/a//./b/", "a/b")]
    [InlineData("/../../a", "a")]
    [InlineData("a/b", "own/a/b")]
    [InlineData("../../a", "own/a")]
    [InlineData(null, "own/id")]
    public void DirectoryFor_V1_IsBelowTheMountOrOurOwn(string? path, string directory) =>
        Assert.Equal(directory, CgroupPath.DirectoryFor(new CgroupMount("/m", ["memory"], false, "own"), "id", path));

    [Theory]
    [InlineData("/a", "a")]
    [InlineData("a", "user.slice/a")]
    [InlineData(null, "user.slice/id")]
    public void DirectoryFor_V2_IsBesideOurOwn(string? path, string directory) =>
        Assert.Equal(directory, CgroupPath.DirectoryFor(new CgroupMount("/m", [], true, "user.slice/session-1.scope"), "id", path));

    [Theory]
    [InlineData("/")]
    [InlineData("..")]
    [InlineData("/a\nb")]
    public void DirectoryFor_NoCgroupOfItsOwn_NamesTheField(string path)
    {
        var exception = Assert.Throws<RuntimeException>(() => CgroupPath.DirectoryFor(new CgroupMount("/m", [], true, ""), "id", path));
        Assert.StartsWith("linux.cgroupsPath: ", exception.Message);
    }
}

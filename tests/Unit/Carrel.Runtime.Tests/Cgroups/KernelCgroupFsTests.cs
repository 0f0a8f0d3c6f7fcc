using System;
using System.IO;
using Carrel.Abi;
using Carrel.Runtime.Cgroups;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>That nothing outside of a mount is ever touched, tried on an ordinary directory.</summary>
public sealed class KernelCgroupFsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("carrel-test-cgroupfs").FullName;
    private readonly KernelCgroupFs _fs;
    private readonly CgroupMount _mount;

    public KernelCgroupFsTests()
    {
        Directory.CreateDirectory(_root + "/mount/group");
        File.WriteAllText(_root + "/outside", "old");
        File.WriteAllText(_root + "/mount/group/value", "12\n");
        _mount = new CgroupMount(_root + "/mount", ["memory"], false, "");
        int fd = Carrel.Host.HostPath.OpenAt(At.AT_FDCWD, _root, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
        Carrel.Host.HostFd.StatFs(fd, out StatFs stat);
        Carrel.Host.HostFd.Close(fd);
        _fs = new KernelCgroupFs { Magic = (stat.Type, stat.Type) };
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void ReadAndWrite_WorkBelowTheMount()
    {
        Assert.Equal(Errno.OK, _fs.Write(_mount, "group", "value", "34"));
        Assert.Equal(Errno.OK, _fs.Read(_mount, "group", "value", out string text));
        Assert.Equal("34\n", text);
        Assert.Equal(Errno.ENOENT, _fs.Write(_mount, "group", "absent", "1"));
        Assert.Equal(Errno.OK, _fs.MakeDirectory(_mount, "group/child"));
        Assert.Equal(Errno.EEXIST, _fs.MakeDirectory(_mount, "group/child"));
        Assert.Equal(Errno.OK, _fs.List(_mount, "group", out var names));
        Assert.Equal(["child"], names);
        Assert.Equal(Errno.OK, _fs.RemoveDirectory(_mount, "group/child"));
        Assert.False(_fs.Exists(_mount, "group/child", ""));
    }

    [Fact]
    public void Symlinks_AreNotFollowed()
    {
        File.CreateSymbolicLink(_root + "/mount/group/link", _root + "/outside");
        File.CreateSymbolicLink(_root + "/mount/elsewhere", _root);
        Assert.Equal(Errno.ELOOP, _fs.Write(_mount, "group", "link", "new"));
        Assert.Equal(Errno.ELOOP, _fs.Write(_mount, "elsewhere", "outside", "new"));
        Assert.Equal(Errno.ELOOP, _fs.MakeDirectory(_mount, "elsewhere/made"));
        Assert.Equal(Errno.ELOOP, _fs.RemoveDirectory(_mount, "elsewhere/mount"));
        Assert.Equal("old", File.ReadAllText(_root + "/outside"));
    }

    [Fact]
    public void PathsThatLeadOut_AreRefused()
    {
        Assert.Equal(Errno.EXDEV, _fs.Write(_mount, "group/../..", "outside", "new"));
        Assert.Equal(Errno.EXDEV, _fs.MakeDirectory(_mount, "../made"));
        Assert.Equal("old", File.ReadAllText(_root + "/outside"));
    }

    [Fact]
    public void AMountThatIsNoCgroupFileSystem_IsRefused()
    {
        var real = new KernelCgroupFs();
        Assert.Equal(Errno.EMEDIUMTYPE, real.Write(_mount, "group", "value", "1"));
        Assert.Equal(Errno.EMEDIUMTYPE, real.MakeDirectory(_mount, "made"));
    }
}

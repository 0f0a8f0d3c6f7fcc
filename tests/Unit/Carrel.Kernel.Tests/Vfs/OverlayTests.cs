using System;
using System.Collections.Generic;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Kernel.Fs.Overlay;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;
using Xunit;

namespace Carrel.Tests.Kernel.Vfs;

/// <summary>The overlay over a lower tree: what is changed appears changed, and the lower side stays as it was.</summary>
public sealed class OverlayTests
{
    private readonly FileGuest _guest;
    private TmpfsFileSystem? _lower;

    public OverlayTests() => _guest = new FileGuest(MakeRoot);

    [Fact]
    public void Write_ToALowerFile_ChangesTheOverlayOnly()
    {
        int reader = _guest.Open("/etc/passwd");
        int fd = _guest.Open("/etc/passwd", OpenFlags.O_RDWR);
        _guest.Call(Nr.pwrite64, fd, new byte[] { (byte)'R' }, 1, 0);
        Assert.Equal("Root:x:0:0", _guest.ReadFile("/etc/passwd"));
        Assert.Equal("Root:x:0:0", _guest.ReadText(reader, 100));
        Assert.Equal("root:x:0:0", Lower("etc", "passwd"));
    }

    [Fact]
    public void Append_ToALowerFile_KeepsItsContent()
    {
        int fd = _guest.Open("/etc/passwd", OpenFlags.O_WRONLY | OpenFlags.O_APPEND);
        _guest.Write(fd, "!");
        Assert.Equal("root:x:0:0!", _guest.ReadFile("/etc/passwd"));
    }

    [Fact]
    public void Truncate_OfALowerFile_AndGrowth_ShowsZeros()
    {
        Assert.Equal(0, _guest.Call(Nr.truncate, "/etc/passwd", 4));
        Assert.Equal(0, _guest.Call(Nr.truncate, "/etc/passwd", 6));
        Assert.Equal("root\0\0", _guest.ReadFile("/etc/passwd"));
    }

    [Fact]
    public void Unlink_OfALowerFile_HidesItForGood()
    {
        Assert.Equal(0, _guest.Call(Nr.unlink, "/etc/passwd"));
        Assert.Equal(["group"], _guest.List("/etc"));
        _guest.Kernel.Dentries.Shrink();
        Assert.Equal(-(long)Errno.ENOENT, _guest.Open("/etc/passwd"));
        _guest.WriteFile("/etc/passwd", "new");
        Assert.Equal(["group", "passwd"], _guest.List("/etc"));
        Assert.Equal(0, _guest.Call(Nr.unlink, "/etc/passwd"));
        Assert.Equal(["group"], _guest.List("/etc"));
        Assert.Equal("root:x:0:0", Lower("etc", "passwd"));
    }

    [Fact]
    public void Rename_OfALowerDirectory_MovesItsContent()
    {
        Assert.Equal(0, _guest.Call(Nr.rename, "/etc", "/config"));
        Assert.Equal(["config"], _guest.List("/"));
        Assert.Equal(["group", "passwd"], _guest.List("/config"));
        _guest.Kernel.Dentries.Shrink();
        Assert.Equal("root:x:0:0", _guest.ReadFile("/config/passwd"));
        Assert.Equal(0, _guest.Call(Nr.mkdir, "/etc", 0x1ed));
        Assert.Equal([], _guest.List("/etc"));
    }

    [Fact]
    public void RemoveDirectory_WithLowerEntries_NeedsThemGone()
    {
        Assert.Equal(-(long)Errno.ENOTEMPTY, _guest.Call(Nr.rmdir, "/etc"));
        _guest.Call(Nr.unlink, "/etc/passwd");
        _guest.Call(Nr.unlink, "/etc/group");
        Assert.Equal(0, _guest.Call(Nr.rmdir, "/etc"));
        Assert.Equal(0, _guest.Call(Nr.mkdir, "/etc", 0x1ed));
        Assert.Equal([], _guest.List("/etc"));
    }

    [Fact]
    public void Chmod_OfALowerFile_KeepsDataAndInodeNumber()
    {
        ulong before = _guest.Stat("/etc/passwd").Ino;
        Assert.Equal(0, _guest.Call(Nr.chmod, "/etc/passwd", 0x180));
        _guest.Kernel.Dentries.Shrink();
        Stat stat = _guest.Stat("/etc/passwd");
        Assert.Equal((before, Mode.S_IFREG | 0x180u), (stat.Ino, stat.Mode));
        Assert.Equal("root:x:0:0", _guest.ReadFile("/etc/passwd"));
    }

    [Fact]
    public void HardLinks_OfTheLowerSide_StayLinks()
    {
        int fd = _guest.Open("/etc/group", OpenFlags.O_WRONLY);
        _guest.Write(fd, "wheel");
        Assert.Equal(0, _guest.Call(Nr.link, "/etc/group", "/link"));
        Assert.Equal("wheel", _guest.ReadFile("/link"));
        Assert.Equal(2u, _guest.Stat("/etc/group").Nlink);
        _guest.Call(Nr.unlink, "/etc/group");
        Assert.Equal("wheel", _guest.ReadFile("/link"));
    }

    [Fact]
    public void Exchange_OfLowerAndUpper_Swaps()
    {
        _guest.WriteFile("/new", "new");
        Assert.Equal(0, _guest.Call(Nr.renameat2, FileGuest.Cwd, "/new", FileGuest.Cwd, "/etc/passwd", Renameat2.RENAME_EXCHANGE));
        Assert.Equal("root:x:0:0", _guest.ReadFile("/new"));
        Assert.Equal("new", _guest.ReadFile("/etc/passwd"));
        Assert.Equal(["etc", "new"], _guest.List("/"));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void RandomWrites_AgreeWithAnArray(int seed)
    {
        const int Largest = 60_000;
        var random = new Random(seed);
        var model = new byte[Largest];
        for (int i = 0; i < 40_000; i++)
        {
            model[i] = (byte)(i * 7);
        }

        var guest = new FileGuest(kernel =>
        {
            _lower = new TmpfsFileSystem(kernel, new TmpfsOptions());
            AddFile(_lower.Root, "big", Encoding.Latin1.GetString(model, 0, 40_000));
            return new OverlayFileSystem(kernel, _lower);
        });
        int size = 40_000;
        int fd = guest.Open("/big", OpenFlags.O_RDWR);
        for (int step = 0; step < 200; step++)
        {
            int offset = random.Next(Largest - 1);
            int length = random.Next(1, Math.Min(9000, Largest - offset) + 1);
            switch (random.Next(4))
            {
                case 0 or 1:
                    var data = new byte[length];
                    random.NextBytes(data);
                    Assert.Equal(length, guest.Call(Nr.pwrite64, fd, data, length, offset));
                    Array.Clear(model, size, Math.Max(0, offset - size));
                    data.CopyTo(model, offset);
                    size = Math.Max(size, offset + length);
                    break;
                case 2 when step % 5 == 0:
                    Assert.Equal(0, guest.Call(Nr.ftruncate, fd, offset));
                    Array.Clear(model, offset, Largest - offset);
                    size = offset;
                    break;
                default:
                    Assert.Equal(0, guest.Call(Nr.fallocate, fd, 3, offset, length));
                    Array.Clear(model, offset, length);
                    break;
            }

            var read = new byte[Largest];
            Assert.Equal(size, guest.Call(Nr.pread64, fd, read, Largest, 0));
            Assert.True(read.AsSpan(0, size).SequenceEqual(model.AsSpan(0, size)), $"step {step}");
        }
    }

    private FileSystem MakeRoot(LinuxKernel kernel)
    {
        _lower = new TmpfsFileSystem(kernel, new TmpfsOptions());
        Inode etc = _lower.Root.CreateDirectory("etc", 0x1ed, Credentials.Root(0)).Value;
        AddFile(etc, "passwd", "root:x:0:0");
        AddFile(etc, "group", "group");
        return new OverlayFileSystem(kernel, _lower);
    }

    private static void AddFile(Inode directory, string name, string text)
    {
        var file = (TmpfsFile)directory.Create(name, Mode.S_IFREG | 0x1a4u, 0, Credentials.Root(0)).Value;
        Assert.Equal(Errno.OK, ((FramePages)file.Pages!).Write(0, Encoding.Latin1.GetBytes(text)));
    }

    private string Lower(params ReadOnlySpan<string> path)
    {
        Inode inode = _lower!.Root;
        foreach (string name in path)
        {
            inode = inode.Lookup(name).Value;
        }

        var bytes = new byte[inode.Size];
        ((FramePages)inode.Pages!).Read(0, bytes);
        return Encoding.Latin1.GetString(bytes);
    }
}

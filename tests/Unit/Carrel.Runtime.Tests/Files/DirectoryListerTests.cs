using System;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;
using Xunit;

namespace Carrel.Tests.Runtime.Files;

/// <summary>How long carrel-files reads directories that nobody asked for.</summary>
public sealed class DirectoryListerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carrel-test-").FullName;
    private readonly int _server, _client;

    public DirectoryListerTests()
    {
        foreach (string name in Enumerable.Range(0, 8).Select(i => $"d{i}"))
        {
            Directory.CreateDirectory(Path.Combine(_folder, "top", name, "below"));
            File.WriteAllText(Path.Combine(_folder, "top", name, "file"), "");
        }

        Assert.Equal(0, HostSocket.CreatePair(Sock.AF_UNIX, Sock.SOCK_SEQPACKET | Sock.SOCK_CLOEXEC, out _server, out _client));
    }

    public void Dispose()
    {
        HostFd.Close(_server);
        HostFd.Close(_client);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void List_WithTimeLeft_AddsEverythingBelow()
    {
        FilesReply reply = List(nanosecondsPerLook: 0);
        Assert.Equal((8, 16), (reply.Count, reply.Sections));
    }

    [Fact]
    public void List_OnASlowDisk_GivesTheDirectoryAndStopsInTime()
    {
        FilesReply reply = List(nanosecondsPerLook: 9_000_000);
        Assert.Equal((8, 2), (reply.Count, reply.Sections));
        Assert.Equal((8, 0), (List(nanosecondsPerLook: 1_000_000_000).Count, List(nanosecondsPerLook: 1_000_000_000).Sections));
    }

    private FilesReply List(long nanosecondsPerLook)
    {
        int root = HostPath.OpenAt(At.AT_FDCWD, _folder, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        var tree = new ServedTree(root, TreeFlags.None);
        long now = 0;
        var lister = new DirectoryLister(new FilesChannel(_server)) { Clock = () => now += nanosecondsPerLook };
        lister.List(tree, tree.OpenDirectory("top\0"u8), "top\0"u8, 1, ListFlags.Below);
        var message = new byte[FilesLimits.Reply];
        Assert.True(HostSocket.Receive(_client, message, [], 0, out _) > 0);
        HostFd.Close(root);
        return Wire.Read<FilesReply>(message);
    }
}

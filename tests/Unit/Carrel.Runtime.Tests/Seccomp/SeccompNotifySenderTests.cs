using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>The agent gets one document and the descriptor, then the end.</summary>
public sealed class SeccompNotifySenderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("carrel-notify-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Send_GivesTheAgentStateAndDescriptor()
    {
        string path = Path.Combine(_directory, "agent");
        int server = HostSocket.Create(Sock.AF_UNIX, Sock.SOCK_STREAM | Sock.SOCK_CLOEXEC, 0);
        Assert.Equal(0, HostSocket.Bind(server, HostSocket.UnixAddress(path)));
        Assert.Equal(0, HostSocket.Listen(server, 1));
        HostSocket.CreatePair(Sock.AF_UNIX, Sock.SOCK_STREAM, out int ours, out int sent);
        var profile = new OciSeccomp { ListenerPath = path, ListenerMetadata = "two words" };
        SeccompNotifySender.Send(sent, profile, 4422, new OciState { Id = "c1", Status = "creating", Pid = 4422, Bundle = "/b", Annotations = new Dictionary<string, string> { ["k"] = "v" } });
        HostFd.Close(sent);

        int connection = HostSocket.Accept(server, Sock.SOCK_CLOEXEC);
        var buffer = new byte[4096];
        var descriptors = new int[4];
        int length = (int)HostSocket.Receive(connection, buffer, descriptors, 0, out int received);
        Assert.Equal(1, received);
        Assert.Equal(0, HostSocket.Receive(connection, new byte[8], new int[1], 0, out _)); // closed
        using JsonDocument document = JsonDocument.Parse(buffer.AsMemory(0, length));
        JsonElement root = document.RootElement;
        Assert.Equal("1.2.0", root.GetProperty("ociVersion").GetString());
        Assert.Equal("seccompFd", Assert.Single(root.GetProperty("fds").EnumerateArray()).GetString());
        Assert.Equal(4422, root.GetProperty("pid").GetInt32());
        Assert.Equal("two words", root.GetProperty("metadata").GetString());
        JsonElement state = root.GetProperty("state");
        Assert.Equal("c1", state.GetProperty("id").GetString());
        Assert.Equal("creating", state.GetProperty("status").GetString());
        Assert.Equal("/b", state.GetProperty("bundle").GetString());
        Assert.Equal("v", state.GetProperty("annotations").GetProperty("k").GetString());

        // It is the descriptor that was given: what goes in there comes out here.
        Assert.Equal(2, HostSocket.Send(descriptors[0], "hi"u8, [], 0));
        int got = (int)HostSocket.Receive(ours, buffer, [], 0, out _);
        Assert.Equal("hi", Encoding.ASCII.GetString(buffer, 0, got));
        foreach (int fd in (int[])[descriptors[0], ours, connection, server])
        {
            HostFd.Close(fd);
        }
    }

    [Fact]
    public void Send_WithoutAgent_NamesTheSocket()
    {
        string path = Path.Combine(_directory, "nobody");
        RuntimeException failure = Assert.Throws<RuntimeException>(() => SeccompNotifySender.Send(0, new OciSeccomp { ListenerPath = path }, 1, new OciState()));
        Assert.Equal($"linux.seccomp.listenerPath: connect {path}: ENOENT", failure.Message);
    }
}

using System;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Carrel.Runtime.Cgroups;
using Xunit;

namespace Carrel.Tests.Runtime;

public sealed class SystemdTests
{
    [Theory]
    [InlineData("machine.slice:libpod:abc", "machine.slice", "libpod-abc.scope")]
    [InlineData(":docker:abc", "system.slice", "docker-abc.scope")]
    [InlineData("-.slice::abc", "-.slice", "abc.scope")]
    [InlineData(null, "system.slice", "carrel-id.scope")]
    public void Parse_SlicePrefixName(string? path, string slice, string name) => Assert.Equal(new SystemdUnit(slice, name), SystemdUnit.Parse("id", path, isRootless: false));

    [Theory]
    [InlineData("/a/b")]
    [InlineData("a:b")]
    [InlineData("a.slice:b:")]
    [InlineData("a:b:c")]
    [InlineData("a--b.slice:b:c")]
    [InlineData("a/b.slice:b:c")]
    [InlineData("a.slice:b:c/d")]
    public void Parse_NotAUnit_NamesTheField(string path) =>
        Assert.StartsWith("linux.cgroupsPath: ", Assert.Throws<RuntimeException>(() => SystemdUnit.Parse("id", path, isRootless: false)).Message);

    [Fact]
    public void Create_WithoutSystemd_SaysSo()
    {
        Assert.SkipWhen(Directory.Exists("/run/systemd/system"), "systemd runs here");
        Assert.Contains("does not run systemd", Assert.Throws<RuntimeException>(() => CgroupManager.Create("id", null, null, usesSystemd: true)).Message);
    }

    [Fact]
    public void Properties_OfLimits_AreThoseOfTheVersion()
    {
        var resources = new OciResources
        {
            Memory = new OciMemory { Limit = 100, Swap = 300 }, Cpu = new OciCpu { Shares = 1024, Quota = 25001, Period = 100000, Cpus = "0-2,9" }, Pids = new OciPids { Limit = -1 },
        };
        var unified = SystemdProperties.Of(resources, isUnified: true).ToDictionary();
        Assert.Equal(100UL, unified["MemoryMax"]);
        Assert.Equal(200UL, unified["MemorySwapMax"]);
        Assert.Equal(100UL, unified["CPUWeight"]);
        Assert.Equal(260000UL, unified["CPUQuotaPerSecUSec"]);
        Assert.Equal(new byte[] { 7, 2 }, unified["AllowedCPUs"]);
        Assert.Equal(ulong.MaxValue, unified["TasksMax"]);
        Assert.Equal(["MemoryLimit", "CPUShares", "CPUQuotaPerSecUSec", "CPUQuotaPeriodUSec", "TasksMax"], SystemdProperties.Of(resources, isUnified: false).Select(property => property.Key));
    }

    [Fact]
    public void Properties_OfDevices_NameDriversAndNodes()
    {
        var devices = SystemdProperties.OfDevices(DeviceRules.Of(null), "Character devices:\n  1 mem\n136 pts\n\nBlock devices:\n  8 sd\n").ToDictionary();
        Assert.Equal("strict", devices["DevicePolicy"]);
        var allowed = Assert.IsType<(string, string)[]>(devices["DeviceAllow"]);
        Assert.Contains(("char-*", "m"), allowed);
        Assert.Contains(("/dev/char/1:3", "rwm"), allowed);
        Assert.Contains(("char-pts", "rwm"), allowed);
    }

    [Fact]
    public void Writer_Properties_AreMarshalledAsSpecified()
    {
        var writer = new DBusWriter();
        writer.Properties([new("A", true), new("B", 7UL)]);
        byte[] expected =
        [
            40, 0, 0, 0, 0, 0, 0, 0,
            1, 0, 0, 0, (byte)'A', 0, 1, (byte)'b', 0, 0, 0, 0, 1, 0, 0, 0,
            1, 0, 0, 0, (byte)'B', 0, 1, (byte)'t', 0, 0, 0, 0, 0, 0, 0, 0,
            7, 0, 0, 0, 0, 0, 0, 0,
        ];
        Assert.Equal(expected, writer.Bytes.ToArray());
    }

    [Fact]
    public void StartScope_WaitsForItsJob()
    {
        string path = Path.Combine(Path.GetTempPath(), $"carrel-test-{Environment.ProcessId}-dbus");
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(path));
        server.Listen(1);
        byte[]? call = null;
        var thread = new Thread(() => call = Serve(server));
        thread.Start();
        using (var connection = new DBusConnection(path))
        {
            new SystemdManager(connection).StartScope("x.scope", [new("Slice", "a.slice"), new("PIDs", new uint[] { 5 })]);
            var exception = Assert.Throws<RuntimeException>(() => new SystemdManager(connection).SetProperties("x.scope", []));
            Assert.Equal("systemd: SetUnitProperties x.scope: no such thing", exception.Message);
        }

        thread.Join();
        File.Delete(path);
        Assert.Contains("StartTransientUnit", Encoding.ASCII.GetString(call!));
        Assert.Contains("ssa(sv)a(sa(sv))", Encoding.ASCII.GetString(call!));
    }

    // A manager that starts one job, ends another before it and this one after a while, and refuses the next call.
    private static byte[] Serve(Socket server)
    {
        using Socket client = server.Accept();
        using var stream = new NetworkStream(client);
        var line = new StringBuilder();
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
        {
            line.Append((char)stream.ReadByte());
        }

        string user = Convert.ToHexString(Encoding.ASCII.GetBytes(HostCredentials.UserId.ToString()));
        Assert.Equal($"\0AUTH EXTERNAL {user}\r\n", line.ToString());
        stream.Write("OK 0123456789abcdef0123456789abcdef\r\n"u8);
        stream.ReadExactly(new byte["BEGIN\r\n".Length]);
        byte[] call = ReadMessage(stream);
        stream.Write(Message(4, 0, "JobRemoved", null, "uoss", Job("/job/1", "timeout")));
        stream.Write(Message(2, 1, null, null, "o", writer => writer.String("/job/2")));
        stream.Write(Message(4, 0, "JobRemoved", null, "uoss", Job("/job/2", "done")));
        ReadMessage(stream);
        stream.Write(Message(3, 2, null, "org.freedesktop.systemd1.Nonsense", "s", writer => writer.String("no such thing")));
        return call;
    }

    private static Action<DBusWriter> Job(string path, string result) => writer =>
    {
        writer.UInt32(1);
        writer.String(path);
        writer.String("x.scope");
        writer.String(result);
    };

    private static byte[] ReadMessage(NetworkStream stream)
    {
        var head = new byte[DBusMessage.FixedSize];
        stream.ReadExactly(head);
        var rest = new byte[DBusMessage.RestOf(head)];
        stream.ReadExactly(rest);
        return [.. head, .. rest];
    }

    private static byte[] Message(byte type, uint replySerial, string? member, string? error, string signature, Action<DBusWriter> write)
    {
        var body = new DBusWriter();
        write(body);
        var message = new DBusWriter();
        message.Raw([(byte)'l', type, 0, 1]);
        message.UInt32((uint)body.Bytes.Length);
        message.UInt32(99);
        Action<DBusWriter>[] fields =
        [
            .. member is null ? Array.Empty<Action<DBusWriter>>() : [Field(3, "s", writer => writer.String(member))],
            .. error is null ? Array.Empty<Action<DBusWriter>>() : [Field(4, "s", writer => writer.String(error))],
            .. replySerial == 0 ? Array.Empty<Action<DBusWriter>>() : [Field(5, "u", writer => writer.UInt32(replySerial))],
            Field(8, "g", writer => writer.Signature(signature)),
        ];
        message.Array(fields, 8, field => field(message));
        message.Align(8);
        message.Raw(body.Bytes);
        return message.Bytes.ToArray();
    }

    private static Action<DBusWriter> Field(byte code, string type, Action<DBusWriter> write) => writer =>
    {
        writer.Byte(code);
        writer.Signature(type);
        write(writer);
    };
}

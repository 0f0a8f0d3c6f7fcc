using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>A bundle with busybox as its root directory and a state directory, for the verbs of an OCI runtime.</summary>
internal sealed class OciBundle : IDisposable
{
    private static int s_number;

    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _global;

    public OciBundle(string isolation, params string[] command)
    {
        string? busybox = new[] { "/bin/busybox", "/usr/bin/busybox" }.FirstOrDefault(File.Exists);
        if (busybox is null || Environment.UserName != "root")
        {
            Assert.Skip("needs root and a static busybox");
        }

        Id = $"test-{Environment.ProcessId}-{Interlocked.Increment(ref s_number)}";
        _global = ["--root", Path.Combine(_directory.Path, "state"), "--isolation", isolation];
        string root = Path.Combine(_directory.Path, "rootfs");
        foreach (string folder in (string[])["bin", "dev", "proc", "sys", "tmp", "etc"])
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        File.Copy(busybox, Path.Combine(root, "bin/busybox"));
        foreach (string name in (string[])["sh", "sleep", "cat", "echo", "true", "false", "ls", "id", "env", "stty", "tty", "pwd"])
        {
            File.CreateSymbolicLink(Path.Combine(root, "bin", name), "busybox");
        }

        Assert.Equal(0, Carrel("spec", "--bundle", _directory.Path).Status);
        Change(config =>
        {
            config["process"]!["terminal"] = false;
            config["process"]!["args"] = new JsonArray([.. command.Select(each => (JsonNode)each)]);
            config["root"]!["readonly"] = false;
            config["process"]!["env"] = new JsonArray("PATH=/bin");
            if (isolation == "chroot")
            {
                // Nothing of it can be had without namespaces.
                config.AsObject().Remove("hostname");
                config["linux"] = new JsonObject();
                config["mounts"] = new JsonArray();
            }
        });
    }

    public string Id { get; }

    public string Folder => _directory.Path;

    public string PathOf(string name) => Path.Combine(_directory.Path, name);

    /// <summary>Changes config.json.</summary>
    public void Change(Action<JsonNode> change)
    {
        string path = PathOf("config.json");
        JsonNode config = JsonNode.Parse(File.ReadAllText(path))!;
        change(config);
        File.WriteAllText(path, config.ToJsonString());
    }

    public CommandResult Carrel(params string[] arguments) => CommandRunner.Run(CommandRunner.Carrel, [.. _global, .. arguments], directory: _directory.Path);

    /// <summary>The same with output to a file: who is started in the background must not hold the pipes of the test.</summary>
    public CommandResult CarrelApart(params string[] arguments)
    {
        string line = string.Join(' ', new[] { CommandRunner.Carrel }.Concat(_global).Concat(arguments).Select(each => $"'{each}'"));
        CommandResult result = CommandRunner.Run("/bin/sh", ["-c", $"{line} >>out 2>>err </dev/null"], directory: _directory.Path);
        return result with { Output = File.ReadAllText(PathOf("out")), Error = File.ReadAllText(PathOf("err")) };
    }

    public string Status()
    {
        CommandResult state = Carrel("state", Id);
        return state.Status == 0 ? (string)JsonNode.Parse(state.Output)!["status"]! : state.Error.Trim();
    }

    /// <summary>Waits until the container has this status.</summary>
    public void Await(string status)
    {
        var watch = Stopwatch.StartNew();
        while (Status() != status)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"it is {Status()}, not {status}");
            Thread.Sleep(50);
        }
    }

    public void Dispose()
    {
        Carrel("delete", "--force", Id);
        _directory.Dispose();
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;

namespace Carrel.Tests.Cli;

/// <summary>A bundle with a busybox root, and a container of the kernel wall made of it. Whatever is left of both goes with it.</summary>
internal sealed class KernelBundle : IDisposable
{
    private const string Busybox = "/bin/busybox";

    private readonly TemporaryDirectory _directory = new();

    internal KernelBundle(params string[] arguments)
    {
        foreach (string name in (ReadOnlySpan<string>)["bin", "proc", "sys", "dev", "tmp", "etc"])
        {
            Directory.CreateDirectory(Path.Combine(Rootfs, name));
        }

        File.Copy(Busybox, Path.Combine(Rootfs, "bin/busybox"));
        foreach (string applet in CommandRunner.Run(Busybox, ["--list"]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(name => name != "busybox"))
        {
            File.CreateSymbolicLink(Path.Combine(Rootfs, "bin", applet), "busybox");
        }

        JsonNode[] capabilities = [.. Enumerable.Range(0, 4).Select(_ => (JsonNode)new JsonArray("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_SETUID", "CAP_SETGID", "CAP_KILL"))];
        Config = new JsonObject
        {
            ["ociVersion"] = "1.2.0",
            ["process"] = new JsonObject
            {
                ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
                ["args"] = new JsonArray([.. arguments.Select(argument => JsonValue.Create(argument))]),
                ["env"] = new JsonArray("PATH=/bin"),
                ["cwd"] = "/",
                ["capabilities"] = new JsonObject { ["bounding"] = capabilities[0], ["effective"] = capabilities[1], ["permitted"] = capabilities[2] },
            },
            ["root"] = new JsonObject { ["path"] = "rootfs", ["readonly"] = false },
            ["hostname"] = "bundle",
            ["mounts"] = new JsonArray(
                Mount("/proc", "proc"), Mount("/dev", "tmpfs"), Mount("/dev/pts", "devpts"), Mount("/dev/shm", "tmpfs"), Mount("/sys", "sysfs", "ro")),
            ["linux"] = new JsonObject
            {
                ["resources"] = new JsonObject(),
                ["namespaces"] = new JsonArray([.. new[] { "pid", "mount", "ipc", "uts", "network" }.Select(type => new JsonObject { ["type"] = type })]),
            },
        };
    }

    internal JsonObject Config { get; }

    internal JsonObject Process => Config["process"]!.AsObject();

    internal JsonObject Linux => Config["linux"]!.AsObject();

    internal string Folder => _directory.Path;

    internal string Rootfs => Path.Combine(_directory.Path, "rootfs");

    internal string Id { get; } = $"kernel-{Guid.NewGuid():n}";

    private string Root => Path.Combine(_directory.Path, "state");

    internal static JsonObject Mount(string destination, string type, params string[] options) => new()
    {
        ["destination"] = destination, ["type"] = type, ["source"] = type, ["options"] = new JsonArray([.. options.Select(option => JsonValue.Create(option))]),
    };

    internal static JsonObject Bind(string source, string destination, params string[] options)
    {
        JsonObject mount = Mount(destination, "bind", ["bind", .. options]);
        mount["source"] = source;
        return mount;
    }

    /// <summary>carrel VERB options... ID arguments...</summary>
    internal CommandResult Verb(string verb, string[] options, params string[] arguments) =>
        CommandRunner.Run(CommandRunner.Carrel, ["--isolation=kernel", "--root", Root, verb, .. options, Id, .. arguments]);

    internal CommandResult Verb(string verb) => Verb(verb, []);

    /// <summary>`create`, its program writing to files out and err of the folder.</summary>
    internal CommandResult Create()
    {
        WriteConfig();
        string command = $"exec '{CommandRunner.Carrel}' --isolation=kernel --root '{Root}' create --pid-file '{Folder}/pid' --bundle '{Folder}' {Id} >'{Folder}/out' 2>'{Folder}/err' </dev/null";
        return CommandRunner.Run("/bin/sh", ["-c", command]);
    }

    /// <summary>`run` in the foreground.</summary>
    internal CommandResult Run(string? input = null)
    {
        WriteConfig();
        return CommandRunner.Run(CommandRunner.Carrel, ["--isolation=kernel", "--root", Root, "run", "--bundle", Folder, Id], input);
    }

    /// <summary>`run` with an option and redirections of the shell.</summary>
    internal CommandResult RunWith(string option, string redirections)
    {
        WriteConfig();
        return CommandRunner.Run("/bin/bash", ["-c", $"'{CommandRunner.Carrel}' --isolation=kernel --root '{Root}' run {option} --bundle '{Folder}' {Id} {redirections}"]);
    }

    /// <summary>`exec` with an option and redirections of the shell.</summary>
    internal CommandResult ExecuteWith(string option, string program, string redirections) =>
        CommandRunner.Run("/bin/bash", ["-c", $"'{CommandRunner.Carrel}' --isolation=kernel --root '{Root}' exec {option} {Id} {program} {redirections}"]);

    internal CommandResult Execute(params string[] program) => Verb("exec", [], program);

    /// <summary>`exec --detach`; the program keeps nothing of ours open.</summary>
    /// <returns>The pid in the pid file.</returns>
    internal int ExecuteDetached(string program)
    {
        string file = Path.Combine(Folder, "exec.pid");
        string command = $"exec '{CommandRunner.Carrel}' --isolation=kernel --root '{Root}' exec --detach --pid-file '{file}' {Id} {program} >/dev/null 2>&1 </dev/null";
        CommandResult result = CommandRunner.Run("/bin/sh", ["-c", command]);
        return result.Status == 0 ? int.Parse(File.ReadAllText(file)) : -1;
    }

    internal int Pid => int.Parse(File.ReadAllText(Path.Combine(Folder, "pid")));

    internal string Output => File.ReadAllText(Path.Combine(Folder, "out"));

    internal string Error => File.ReadAllText(Path.Combine(Folder, "err"));

    internal string Status => JsonNode.Parse(Verb("state").Output)!["status"]!.GetValue<string>();

    /// <summary>Waits for something to become true.</summary>
    internal static bool Eventually(Func<bool> condition)
    {
        for (int i = 0; i < 500; i++)
        {
            if (condition())
            {
                return true;
            }

            Thread.Sleep(20);
        }

        return false;
    }

    internal static bool IsAlive(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        Verb("delete", ["--force"]);
        _directory.Dispose();
    }

    private void WriteConfig() => File.WriteAllText(Path.Combine(Folder, "config.json"), Config.ToJsonString());
}

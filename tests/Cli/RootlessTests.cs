using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>A user without privileges, and without subordinate ids, makes containers and jails: everything in a user namespace of his own.</summary>
public sealed class RootlessTests
{
    private const string Nobody = "65534";

    [Theory]
    [InlineData("container")]
    [InlineData("chroot")]
    public void Run_ByNobody_IsRootOfItsOwnNamespace(string isolation)
    {
        using var bundle = new OciBundle(isolation, "sh", "-c", "id -u; cat /proc/self/uid_map; (echo > /tmp/x) 2>/dev/null || echo refused; echo > /dev/null && echo device");
        string state = Prepare(bundle);
        CommandResult result = AsNobody(bundle, "--root", state, "--isolation", isolation, "run", "--bundle", bundle.Folder, bundle.Id);
        Assert.Equal("", result.Error.Replace("carrel: warning: ", "", System.StringComparison.Ordinal).Split("mounts:")[0]);
        Assert.Equal((0, "0\n         0      65534          1\nrefused\ndevice\n"), (result.Status, result.Output));
    }

    [Fact]
    public void Execute_ByNobody_EntersTheContainer()
    {
        using var bundle = new OciBundle("container", "sleep", "1000");
        string state = Prepare(bundle);
        string[] global = ["--root", state, "--isolation", "container"];
        string line = string.Join(' ', (string[])[bundle.PathOf("copy/carrel"), .. global, "create", "--bundle", bundle.Folder, bundle.Id]);
        CommandResult created = CommandRunner.Run("setpriv", ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", "/bin/sh", "-c", $"{line} >{bundle.PathOf("state2")}/out 2>&1 </dev/null"]);
        Assert.Equal((0, ""), (created.Status, File.ReadAllText(bundle.PathOf("state2/out"))));
        Assert.Equal(0, AsNobody(bundle, [.. global, "start", bundle.Id]).Status);
        CommandResult result = AsNobody(bundle, [.. global, "exec", bundle.Id, "cat", "/proc/1/comm"]);
        Assert.Equal((0, "sleep\n"), (result.Status, result.Output));
        Assert.Equal(0, AsNobody(bundle, [.. global, "delete", "--force", bundle.Id]).Status);
    }

    /// <summary>What `spec --rootless` writes, and a copy of the program where nobody may read it.</summary>
    private static string Prepare(OciBundle bundle)
    {
        bundle.Change(config =>
        {
            config["process"]!.AsObject().Remove("rlimits");
            config["linux"] = new JsonObject
            {
                ["namespaces"] = new JsonArray(new JsonObject { ["type"] = "pid" }, new JsonObject { ["type"] = "ipc" }, new JsonObject { ["type"] = "uts" },
                    new JsonObject { ["type"] = "mount" }, new JsonObject { ["type"] = "user" }),
                ["uidMappings"] = new JsonArray(Mapping()),
                ["gidMappings"] = new JsonArray(Mapping()),
            };
            config["mounts"] = new JsonArray(
                new JsonObject { ["destination"] = "/proc", ["type"] = "proc", ["source"] = "proc" },
                new JsonObject { ["destination"] = "/dev", ["type"] = "tmpfs", ["source"] = "tmpfs", ["options"] = new JsonArray("nosuid", "mode=755") });
        });
        string copy = bundle.PathOf("copy"), state = bundle.PathOf("state2");
        Directory.CreateDirectory(state);
        string script = $"cp -r '{CommandRunner.Root}/artifacts/carrel' '{copy}' && chmod -R a+rX '{bundle.Folder}' && chown {Nobody} '{state}' && for d in dev/pts mnt; do mkdir -p '{bundle.Folder}/rootfs/'$d; done";
        Assert.Equal(0, CommandRunner.Run(CommandRunner.Carrel, ["--version"]).Status);
        Assert.Equal(0, CommandRunner.Run("/bin/sh", ["-c", script]).Status);
        return state;
    }

    private static CommandResult AsNobody(OciBundle bundle, params IEnumerable<string> arguments) =>
        CommandRunner.Run("setpriv", ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", bundle.PathOf("copy/carrel"), .. arguments], directory: "/");

    private static JsonObject Mapping() => new() { ["containerID"] = 0, ["hostID"] = 65534, ["size"] = 1 };
}

using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>What config.json means for a container with a kernel of its own: hooks, inherited descriptors, limits to look at, owners of files.</summary>
public sealed class KernelConfigTests
{
    private const string Loop = "while :; do sleep 0.1; done";

    [Fact]
    public void StartContainerHooks_RunInTheGuestBeforeTheProgram()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "cat /tmp/log; echo program $$");
        bundle.Config["hooks"] = new JsonObject
        {
            ["startContainer"] = new JsonArray(
                Hook("first $KEY $0; cat >/tmp/state; cat /proc/1/comm /proc/1/cmdline /proc/1/maps >/tmp/init; readlink /proc/1/exe; ps >/tmp/ps; hostname >>/tmp/log", "KEY=value"), Hook("second $(id -u); [ $$ != 1 ] || echo one >>/tmp/log")),
        };
        CommandResult result = bundle.Run();
        Assert.Equal("first value hook\nbundle\nsecond 0\nprogram 1\n", result.Output);
        JsonNode state = JsonNode.Parse(File.ReadAllText(bundle.Rootfs + "/tmp/state"))!;
        Assert.Equal((bundle.Id, "created", 1), (state["id"]!.GetValue<string>(), state["status"]!.GetValue<string>(), state["pid"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("echo told >&2; exit 3", "exit status 3, output: told")]
    [InlineData("kill -9 $$", "signal 9")]
    [InlineData("sleep 99", "hook ran past specified timeout of 1s")]
    public void StartContainerHook_ThatFails_EndsTheContainer(string script, string message)
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "touch /tmp/ran");
        JsonObject hook = Hook("");
        hook["args"] = new JsonArray("sh", "-c", script);
        hook["timeout"] = 1;
        bundle.Config["hooks"] = new JsonObject
        {
            ["startContainer"] = new JsonArray(hook),
            ["poststop"] = new JsonArray(new JsonObject { ["path"] = "/bin/touch", ["args"] = new JsonArray("touch", bundle.Folder + "/poststop") }),
        };
        Assert.Equal(0, bundle.Create().Status);
        CommandResult result = bundle.Verb("start");
        Assert.NotEqual(0, result.Status);
        Assert.Contains("error running startContainer hook #0: " + message, result.Error);
        Assert.False(File.Exists(bundle.Rootfs + "/tmp/ran"));
        Assert.True(File.Exists(bundle.Folder + "/poststop"));
        Assert.NotEqual(0, bundle.Verb("state").Status);
    }

    /// <summary>What they mount or write below the root is there for the container.</summary>
    [Fact]
    public void CreateHooks_RunBeforeAnythingIsLookedUp()
    {
        using var bundle = new KernelBundle("/made");
        string log = bundle.Folder + "/log";
        JsonObject HostHook(string name, string then) => new()
        {
            ["path"] = "/bin/sh", ["args"] = new JsonArray("sh", "-c", $"echo {name} >>{log}; {then}"),
        };
        bundle.Config["hooks"] = new JsonObject
        {
            ["prestart"] = new JsonArray(HostHook("prestart", $"printf '#!/bin/sh\\necho made $(cat /data/there)\\n' >{bundle.Rootfs}/made; chmod +x {bundle.Rootfs}/made")),
            ["createRuntime"] = new JsonArray(HostHook("createRuntime", $"cat >{bundle.Folder}/hook-state; echo yes >{bundle.Folder}/volume/there")),
            ["createContainer"] = new JsonArray(HostHook("createContainer", "")),
            ["poststart"] = new JsonArray(HostHook("poststart", "")),
            ["poststop"] = new JsonArray(HostHook("poststop", "")),
        };
        Directory.CreateDirectory(bundle.Folder + "/volume");
        bundle.Config["mounts"]!.AsArray().Add(KernelBundle.Bind(bundle.Folder + "/volume", "/data"));
        Assert.Equal("made yes\n", bundle.Run().Output);
        Assert.Equal(["prestart", "createRuntime", "createContainer", "poststart", "poststop"], File.ReadAllLines(log));
        JsonNode state = JsonNode.Parse(File.ReadAllText(bundle.Folder + "/hook-state"))!;
        Assert.Equal("creating", state["status"]!.GetValue<string>());
        Assert.True(state["pid"]!.GetValue<int>() > 1);
    }

    [Fact]
    public void CreateHook_ThatFails_LeavesNothing()
    {
        using var bundle = new KernelBundle("/bin/true");
        bundle.Config["hooks"] = new JsonObject { ["createRuntime"] = new JsonArray(new JsonObject { ["path"] = "/bin/false" }) };
        Assert.NotEqual(0, bundle.Create().Status);
        Assert.Contains("error running createRuntime hook #0", bundle.Error);
        Assert.NotEqual(0, bundle.Verb("state").Status);
    }

    [Fact]
    public void PreservedDescriptors_AreTheProgramsFrom3On()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "cat <&3; echo reply >&4; ls /proc/self/fd | wc -l");
        File.WriteAllText(bundle.Folder + "/given", "given\n");
        CommandResult result = bundle.RunWith("--preserve-fds=2", $"3<'{bundle.Folder}/given' 4>'{bundle.Folder}/reply'");
        Assert.Equal("given\n6\n", result.Output);
        Assert.Equal("reply\n", File.ReadAllText(bundle.Folder + "/reply"));

        using var running = new KernelBundle("/bin/sh", "-c", Loop);
        Assert.Equal(0, running.Create().Status);
        Assert.Equal(0, running.Verb("start").Status);
        result = running.ExecuteWith("--preserve-fds=1", "/bin/sh -c 'cat <&3'", "3<<<here");
        Assert.Equal("here\n", result.Output);
        result = running.ExecuteWith("--preserve-fds=1", "/bin/true", "3</");
        Assert.NotEqual(0, result.Status);
        Assert.Contains("descriptor 3 is a directory", result.Error);
    }

    [Fact]
    public void Tmpfs_WithTmpcopyup_HasTheImagesFiles()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "cd /etc/copied; cat sub/file; readlink link; ls -ln sub/file | cut -c1-10; ls -ldn . | cut -c1-10; rm sub/file; ls /plain; ls -ldn /plain | cut -c1-10");
        string directory = bundle.Rootfs + "/etc/copied";
        Directory.CreateDirectory(directory + "/sub");
        File.WriteAllText(directory + "/sub/file", "content\n");
        SetMode(directory + "/sub/file", "400");
        SetMode(directory, "700");
        File.CreateSymbolicLink(directory + "/link", "sub/file");
        Directory.CreateDirectory(bundle.Rootfs + "/plain");
        File.WriteAllText(bundle.Rootfs + "/plain/hidden", "");
        SetMode(bundle.Rootfs + "/plain", "500");
        bundle.Config["mounts"]!.AsArray().Add(KernelBundle.Mount("/etc/copied", "tmpfs", "tmpcopyup", "size=1m"));
        bundle.Config["mounts"]!.AsArray().Add(KernelBundle.Mount("/plain", "tmpfs"));
        CommandResult result = bundle.Run();
        Assert.Equal("content\nsub/file\n-r--------\ndrwx------\ndr-x------\n", result.Output);
        Assert.True(File.Exists(directory + "/sub/file"));
    }

    [Fact]
    public void Cgroup_ShowsTheLimitsAndFollowsAnUpdate()
    {
        const string Show = "cd /sys/fs/cgroup; cat memory.max cpu.max pids.max cpu.weight";
        using var bundle = new KernelBundle("/bin/sh", "-c", Loop);
        bundle.Config["mounts"]!.AsArray().Add(KernelBundle.Mount("/sys/fs/cgroup", "cgroup", "ro", "nosuid"));
        bundle.Linux["resources"] = new JsonObject
        {
            ["memory"] = new JsonObject { ["limit"] = 128 << 20 },
            ["cpu"] = new JsonObject { ["quota"] = 50000, ["period"] = 100000, ["shares"] = 1024 },
            ["pids"] = new JsonObject { ["limit"] = 50 },
        };
        Assert.Equal(0, bundle.Create().Status);
        Assert.Equal(0, bundle.Verb("start").Status);
        Assert.Equal("134217728\n50000 100000\n50\n100\n", bundle.Execute("/bin/sh", "-c", Show).Output);
        Assert.Equal(0, bundle.Verb("update", ["--memory", "100663296", "--cpu-quota", "25000", "--pids-limit", "60"]).Status);
        Assert.Equal("100663296\n25000 100000\n60\n100\n", bundle.Execute("/bin/sh", "-c", Show).Output);

        const string Facts = "cat /proc/self/cgroup; cd /sys/fs/cgroup; cat cgroup.controllers; [ $(cat memory.current) -lt $(cat memory.max) ] && echo fits; grep -c . cgroup.procs; "
            + "grep usage cpu.stat | cut -d' ' -f1; echo 1 >memory.max; grep '^cgroup2 ' /proc/mounts | wc -l; stat -f -c %T . 2>/dev/null | head -1";
        CommandResult facts = bundle.Execute("/bin/sh", "-c", Facts);
        Assert.StartsWith("0::/\ncpu memory pids\nfits\n", facts.Output);
        Assert.Contains("usage_usec\n", facts.Output);
        Assert.Contains("Read-only file system", facts.Error);
        bundle.Execute("/bin/sh", "-c", "dd if=/dev/zero of=/dev/null bs=200M count=1");
        Assert.Contains("oom_kill 1\n", bundle.Execute("/bin/cat", "/sys/fs/cgroup/memory.events").Output);
    }

    [Fact]
    public void Cgroup_WithoutLimits_SaysMax()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "cd /sys/fs/cgroup; cat memory.max cpu.max pids.max");
        bundle.Config["mounts"]!.AsArray().Add(KernelBundle.Mount("/sys/fs/cgroup", "cgroup", "ro"));
        Assert.Equal("max\nmax 100000\nmax\n", bundle.Run().Output);
    }

    [Fact]
    public void SmallMemoryLimit_IsEnoughForASmallProgram()
    {
        using var bundle = new KernelBundle("/bin/sh", "-c", "/bin/true && echo $(hostname)");
        bundle.Linux["resources"]!["memory"] = new JsonObject { ["limit"] = 8 << 20 };
        Assert.Equal("bundle\n", bundle.Run().Output);
        bundle.Linux["resources"]!["memory"]!["limit"] = 5 << 20;
        Assert.Contains("linux.resources.memory.limit: 5242880: with --isolation=kernel a container needs at least 6 MiB", bundle.Run().Error);
    }

    [Fact]
    public void MappedUsers_OwnTheFilesThatTheMapsSay()
    {
        const string Script = "stat -c %u:%g /tmp /etc /tmp/other; touch /tmp/new; chown 5:6 /tmp/new; chown 70000:0 /tmp/new; stat -c %u:%g /tmp/new; mkdir /tmp/dir; cat /tmp/other; echo x >/tmp/other; id -u";
        using var bundle = new KernelBundle("/bin/sh", "-c", Script);
        bundle.Linux["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "user" });
        foreach (string field in (string[])["uidMappings", "gidMappings"])
        {
            bundle.Linux[field] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = 100000, ["size"] = 65536 });
        }

        CommandRunner.Run("/bin/chown", ["-R", "100000:100000", bundle.Rootfs]);
        File.WriteAllText(bundle.Rootfs + "/tmp/other", "secret");
        SetMode(bundle.Rootfs + "/tmp/other", "600");
        CommandResult result = bundle.Run();
        Assert.Equal("0:0\n0:0\n65534:65534\n5:6\n0\n", result.Output);
        Assert.Contains("/tmp/new: Invalid argument", result.Error);
        Assert.Contains("/tmp/other: Permission denied", result.Error.Replace("can't open '/tmp/other'", "/tmp/other"));
        CommandResult owners = CommandRunner.Run("/usr/bin/stat", ["-c", "%u:%g", bundle.Rootfs + "/tmp/new", bundle.Rootfs + "/tmp/dir"]);
        Assert.Equal("100005:100006\n100000:100000\n", owners.Output);
        Assert.Equal("secret", File.ReadAllText(bundle.Rootfs + "/tmp/other"));
    }

    private static void SetMode(string path, string mode) => CommandRunner.Run("/bin/chmod", [mode, path]);

    /// <summary>sh -c in the guest that writes its first word to /tmp/log.</summary>
    private static JsonObject Hook(string script, params string[] environment) => new()
    {
        ["path"] = "/bin/sh",
        ["args"] = new JsonArray("sh", "-c", "echo " + script.Split(';')[0] + " >>/tmp/log;" + string.Join(';', script.Split(';').Skip(1)), "hook"),
        ["env"] = new JsonArray([.. environment.Append("PATH=/bin").Select(each => JsonValue.Create(each))]),
    };
}

using System;
using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>The verbs as clients of OCI runtimes use them, with each wall.</summary>
public sealed class OciVerbTests
{
    [Theory]
    [InlineData("kernel")]
    [InlineData("container")]
    [InlineData("chroot")]
    public void Create_Start_Kill_Delete_GoThroughTheStates(string isolation)
    {
        using var bundle = new OciBundle(isolation, "sleep", "1000");
        CommandResult created = bundle.CarrelApart("create", "--bundle", bundle.Folder, "--pid-file", bundle.PathOf("pid"), bundle.Id);
        Assert.Equal((0, ""), (created.Status, created.Error));
        Assert.Equal("created", bundle.Status());
        int pid = int.Parse(File.ReadAllText(bundle.PathOf("pid")), CultureInfo.InvariantCulture);
        Assert.True(Directory.Exists($"/proc/{pid}"));
        CommandResult started = bundle.Carrel("start", bundle.Id);
        Assert.Equal((0, ""), (started.Status, started.Error));
        Assert.Equal("running", bundle.Status());
        Assert.Equal(1, bundle.Carrel("start", bundle.Id).Status);
        Assert.Equal(1, bundle.Carrel("delete", bundle.Id).Status);
        Assert.Equal(0, bundle.Carrel("kill", bundle.Id, "KILL").Status);
        bundle.Await("stopped");
        Assert.Contains("container not running", bundle.Carrel("kill", bundle.Id, "9").Error);
        Assert.Equal(0, bundle.Carrel("delete", bundle.Id).Status);
        Assert.Contains("container does not exist", bundle.Status());
        // A zombie is gone, too: it waits for whoever adopted it.
        Assert.True(!File.Exists($"/proc/{pid}/stat") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(bundle.PathOf("state")));
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("container")]
    [InlineData("chroot")]
    public void Run_GivesOutputAndStatusAndLeavesNothing(string isolation)
    {
        using var bundle = new OciBundle(isolation, "sh", "-c", "echo out; echo err >&2; exit 7");
        CommandResult result = bundle.Carrel("run", "-b", bundle.Folder, bundle.Id);
        Assert.Equal((7, "out\n", "err\n"), (result.Status, result.Output, result.Error));
        Assert.Empty(Directory.EnumerateFileSystemEntries(bundle.PathOf("state")));
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("container")]
    [InlineData("chroot")]
    public void Run_OfWhatIsNotThere_Fails127AndTellsTheLog(string isolation)
    {
        using var bundle = new OciBundle(isolation, "no-such-program");
        CommandResult result = bundle.Carrel("--log", bundle.PathOf("log"), "--log-format=json", "run", "--bundle", bundle.Folder, bundle.Id);
        Assert.Equal(127, result.Status);
        JsonNode line = JsonNode.Parse(File.ReadAllLines(bundle.PathOf("log"))[^1])!;
        Assert.Equal("error", (string?)line["level"]);
        Assert.Matches("no such file or directory|not found", (string)line["msg"]!);
        Assert.True(DateTimeOffset.TryParse((string?)line["time"], out _));
        Assert.Contains((string)line["msg"]!, result.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(bundle.PathOf("state")));
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("container")]
    [InlineData("chroot")]
    public void Failures_HaveTheStatusThatTheVerbPromises(string isolation)
    {
        using var bundle = new OciBundle(isolation, "/etc");
        Directory.CreateDirectory(bundle.PathOf("rootfs/etc"));
        Assert.Equal(126, bundle.Carrel("run", "--bundle", bundle.Folder, bundle.Id).Status);
        Assert.Equal(1, bundle.CarrelApart("create", "--bundle", bundle.Folder, bundle.Id).Status);
        Assert.Equal(125, bundle.Carrel("run", "--bundle", bundle.PathOf("state"), bundle.Id).Status);
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("container")]
    [InlineData("chroot")]
    public void Exec_RunsInTheContainer(string isolation)
    {
        using var bundle = new OciBundle(isolation, "sleep", "1000");
        Assert.Equal("", bundle.CarrelApart("run", "--detach", "--bundle", bundle.Folder, bundle.Id).Error);
        CommandResult result = bundle.Carrel("exec", "--env", "A=one two", "--cwd", "/tmp", bundle.Id, "sh", "-c", "echo $A; pwd; exit 5");
        Assert.Equal((5, "one two\n/tmp\n", ""), (result.Status, result.Output, result.Error));
        Assert.Equal("1000:1000\n", bundle.Carrel("exec", "-u", "1000:1000", bundle.Id, "sh", "-c", "echo $(id -u):$(id -g)").Output);
        Assert.Equal(255, bundle.Carrel("exec", bundle.Id, "no-such-program").Status);
        File.WriteAllText(bundle.PathOf("process.json"), """{ "args": ["sh", "-c", "echo $B"], "cwd": "/", "env": ["PATH=/bin", "B=from file"] }""");
        Assert.Equal("from file\n", bundle.Carrel("exec", "-process", bundle.PathOf("process.json"), bundle.Id).Output);
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("container")]
    public void Pause_And_Resume_ShowInTheState(string isolation)
    {
        using var bundle = new OciBundle(isolation, "sleep", "1000");
        bundle.CarrelApart("run", "-d", "-b", bundle.Folder, bundle.Id);
        CommandResult paused = bundle.Carrel("pause", bundle.Id);
        if (paused.Error.Contains("freezer", StringComparison.Ordinal) || paused.Error.Contains("control group", StringComparison.Ordinal))
        {
            Assert.Skip(paused.Error);
        }

        Assert.Equal("paused", bundle.Status());
        Assert.Contains("paused", bundle.Carrel("exec", bundle.Id, "true").Error);
        Assert.Equal(0, bundle.Carrel("resume", bundle.Id).Status);
        Assert.Equal("running", bundle.Status());
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("container")]
    public void Ps_And_List_ShowIt(string isolation)
    {
        using var bundle = new OciBundle(isolation, "sleep", "1000");
        bundle.CarrelApart("run", "-d", "-b", bundle.Folder, bundle.Id);
        int[] pids = JsonSerializer.Deserialize<int[]>(bundle.Carrel("ps", "--format", "json", bundle.Id).Output)!;
        Assert.NotEmpty(pids);
        Assert.All(pids, pid => Assert.True(Directory.Exists($"/proc/{pid}")));
        Assert.Equal(bundle.Id + "\n", bundle.Carrel("list", "-q").Output);
        Assert.Matches($@"(?m)^ID +PID +STATUS +BUNDLE +CREATED +OWNER\n{bundle.Id} +\d+ +running +{bundle.Folder} ", bundle.Carrel("list").Output);
        Assert.Equal(bundle.Id, (string?)JsonNode.Parse(bundle.Carrel("list", "--format=json").Output)![0]!["id"]);
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("container")]
    public async Task Create_WithAConsoleSocket_SendsTheTerminal(string isolation)
    {
        using var bundle = new OciBundle(isolation, "sh", "-c", "stty size; tty");
        bundle.Change(config =>
        {
            config["process"]!["terminal"] = true;
            config["process"]!["consoleSize"] = new JsonObject { ["height"] = 33, ["width"] = 99 };
        });
        string refused = bundle.CarrelApart("create", "-b", bundle.Folder, bundle.Id).Error;
        Assert.Contains("without setting console socket", refused);
        // recvtty: one message with one descriptor, whose content is the program's output.
        string script = $"import socket, array, os\ns = socket.socket(socket.AF_UNIX); s.bind('{bundle.PathOf("socket")}'); s.listen(1)\nprint('ready', flush=True)\nc, _ = s.accept()\n"
            + "data, fds, _, _ = socket.recv_fds(c, 100, 4)\nassert len(fds) == 1 and data and not c.recv(1)\nout = b''\ntry:\n  while True:\n    out += os.read(fds[0], 1000)\nexcept OSError: pass\nprint(out.decode())";
        Task<CommandResult> receiver = Task.Run(() => CommandRunner.Run("python3", ["-c", script]));
        for (int i = 0; i < 200 && !File.Exists(bundle.PathOf("socket")); i++)
        {
            await Task.Delay(20);
        }

        await Task.Delay(100);
        Assert.Equal(0, bundle.CarrelApart("create", "-b", bundle.Folder, "--console-socket", bundle.PathOf("socket"), bundle.Id).Status);
        Assert.Equal(0, bundle.Carrel("start", bundle.Id).Status);
        Assert.Matches(@"33 99\r\n/dev/(pts/0|console)", (await receiver).Output);
    }

    [Fact]
    public void Run_WithoutAProfile_HasTheDefaultSeccomp()
    {
        using var bundle = new OciBundle("container", "cat", "/proc/self/status");
        Assert.Matches(@"Seccomp:\s+2\n", bundle.Carrel("run", "-b", bundle.Folder, bundle.Id).Output);
        Assert.Matches(@"Seccomp:\s+0\n", bundle.Carrel("run", "--no-seccomp", "-b", bundle.Folder, bundle.Id).Output);
        Assert.Equal("", bundle.CarrelApart("create", "-b", bundle.Folder, bundle.Id).Error);
        bundle.Carrel("start", bundle.Id);
        bundle.Await("stopped");
        Assert.Matches(@"Seccomp:\s+0\n", File.ReadAllText(bundle.PathOf("out")));
    }

    [Fact]
    public void Signals_InAnySpelling_AreKnown()
    {
        using var bundle = new OciBundle("kernel", "sleep", "1000");
        bundle.CarrelApart("run", "-d", "-b", bundle.Folder, bundle.Id);
        foreach (string name in (string[])["0", "CONT", "SIGCONT", "18", "sigcont"])
        {
            Assert.Equal((0, ""), (bundle.Carrel("kill", bundle.Id, name) is var result ? result.Status : 0, result.Error));
        }

        Assert.Contains("unknown signal", bundle.Carrel("kill", bundle.Id, "NOSUCH").Error);
        Assert.Equal(0, bundle.Carrel("kill", "--all", bundle.Id, "9").Status);
        bundle.Await("stopped");
    }

    [Fact]
    public void Run_ForwardsSignals()
    {
        using var bundle = new OciBundle("kernel", "sh", "-c", "trap 'echo got; exit 3' TERM; echo ready; while :; do sleep 0.1; done");
        CommandResult result = CommandRunner.Run("/bin/sh", ["-c",
            $"{CommandRunner.Carrel} --root {bundle.PathOf("state")} run -b {bundle.Folder} {bundle.Id} >{bundle.PathOf("out")} & p=$!; "
            + $"while ! grep -q ready {bundle.PathOf("out")}; do sleep 0.05; done; kill -TERM $p; wait $p"]);
        Assert.Equal(3, result.Status);
        Assert.Equal("ready\ngot\n", File.ReadAllText(bundle.PathOf("out")));
    }
}

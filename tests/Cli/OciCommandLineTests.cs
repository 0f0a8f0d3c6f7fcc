using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>Options and answers that clients of OCI runtimes rely on, without a container.</summary>
public sealed class OciCommandLineTests : IDisposable
{
    private readonly TemporaryDirectory _state = new();

    public void Dispose() => _state.Dispose();

    private CommandResult Carrel(params string[] arguments) => CommandRunner.Run(CommandRunner.Carrel, ["--root", _state.Path, .. arguments]);

    [Fact]
    public void Version_HasTheLineThatClientsLookFor() => Assert.Matches(@"^carrel version \d+\.\d+\.\d+\n(.*\n)*spec: 1\.2\.0\n", Carrel("--version").Output);

    [Theory]
    [InlineData("state")]
    [InlineData("start")]
    [InlineData("kill")]
    [InlineData("delete")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("ps")]
    [InlineData("events")]
    public void Verb_OnAMissingContainer_Fails1(string verb)
    {
        CommandResult result = Carrel(verb, "none");
        Assert.Equal((1, "carrel: container does not exist\n"), (result.Status, result.Error));
    }

    [Theory]
    [InlineData("--force")]
    [InlineData("-f")]
    [InlineData("-force")]
    [InlineData("--force=true")]
    public void ForcedDelete_OfNothing_IsFine(string option) => Assert.Equal((0, ""), (Carrel("delete", option, "none") is var result ? result.Status : 0, result.Error));

    [Fact]
    public void GlobalOptions_InAllSpellings_AreTaken()
    {
        string[][] spellings =
        [
            ["--systemd-cgroup", "--rootless", "auto", "--criu", "criu", "--log-format", "text", "--debug"],
            ["--systemd-cgroup=true", "--rootless=true", "-log-format=text", "--debug=false"],
            ["-systemd-cgroup=false", "-rootless", "false"],
        ];
        Assert.All(spellings, options => Assert.Equal((0, ""), (Carrel([.. options, "list", "-q"]) is var result ? result.Status : 0, result.Error)));
    }

    [Fact]
    public void Checkpoint_IsRefusedButHasHelp()
    {
        Assert.Equal(0, Carrel("checkpoint", "--help").Status);
        CommandResult result = Carrel("checkpoint", "--image-path", "/x", "--leave-running", "-no-subreaper", "none");
        Assert.Equal(1, result.Status);
        Assert.Contains("not supported", result.Error);
    }

    [Fact]
    public void Features_IsADocumentOfTheSpecification()
    {
        JsonNode features = JsonNode.Parse(Carrel("features").Output)!;
        Assert.Equal("1.2.0", (string?)features["ociVersionMax"]);
        Assert.Equal(6, features["hooks"]!.AsArray().Count);
        Assert.Contains("rbind", features["mountOptions"]!.AsArray().Select(each => (string?)each));
        Assert.Contains("CAP_CHECKPOINT_RESTORE", features["linux"]!["capabilities"]!.AsArray().Select(each => (string?)each));
        Assert.Contains("SCMP_ACT_NOTIFY", features["linux"]!["seccomp"]!["actions"]!.AsArray().Select(each => (string?)each));
    }

    [Fact]
    public void Spec_WritesAConfigurationOnce()
    {
        Assert.Equal(0, Carrel("spec", "--bundle", _state.Path).Status);
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(_state.Path, "config.json")))!;
        Assert.Equal("sh", (string?)config["process"]!["args"]![0]);
        Assert.Contains("exists. Remove it first", Carrel("spec", "--bundle", _state.Path).Error);
        File.Delete(Path.Combine(_state.Path, "config.json"));
        Assert.Equal(0, Carrel("spec", "--rootless", "-b", _state.Path).Status);
        config = JsonNode.Parse(File.ReadAllText(Path.Combine(_state.Path, "config.json")))!;
        Assert.Equal(1, (int)config["linux"]!["uidMappings"]![0]!["size"]!);
    }

    [Fact]
    public void Create_OfABadConfiguration_NamesTheFieldInTheLog()
    {
        string log = Path.Combine(_state.Path, "log");
        File.WriteAllText(Path.Combine(_state.Path, "config.json"), """{ "ociVersion": "1.2.0", "process": { "args": ["x"], "cwd": "/" }, "root": { "path": "." }, "linux": { "intelRdt": { "closID": "x" } } }""");
        CommandResult result = Carrel("--log", log, "--log-format", "json", "create", "--bundle", _state.Path, "one");
        Assert.Equal(1, result.Status);
        Assert.Equal("linux.intelRdt: not supported", (string?)JsonNode.Parse(File.ReadAllText(log))!["msg"]);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Completion_HasTheVerbsAndTheirOptions(string shell)
    {
        string script = Carrel("completion", shell).Output;
        Assert.Contains("console-socket", script);
        if (shell != "bash")
        {
            return;
        }

        string test = script + "\nCOMP_WORDS=(carrel --root /x cre); COMP_CWORD=3; _carrel; echo ${COMPREPLY[*]}\nCOMP_WORDS=(carrel create --pi); COMP_CWORD=2; _carrel; echo ${COMPREPLY[*]}\n"
            + "COMP_WORDS=(carrel --log-format j); COMP_CWORD=2; _carrel; echo ${COMPREPLY[*]}\n";
        Assert.Equal("create\n--pid-file\njson\n", CommandRunner.Run("/bin/bash", ["-c", test]).Output);
    }

    [Fact]
    public void Doctor_SpeaksOfEveryWall()
    {
        JsonNode report = JsonNode.Parse(Carrel("doctor", "--json").Output)!;
        Assert.Equal(["kernel", "container", "chroot"], report["walls"]!.AsObject().Select(each => each.Key));
        CommandResult text = Carrel("--isolation=chroot", "doctor");
        Assert.Contains("--isolation=chroot (default): ", text.Output);
        Assert.Equal((bool)report["works"]! ? 0 : 1, Carrel("doctor").Status);
    }

    [Fact]
    public void LeakedDescriptors_DoNotReachTheProgram()
    {
        CommandResult result = CommandRunner.Run("/bin/bash", ["-c", $"exec 7</etc/passwd 9</; {CommandRunner.Carrel} do -- sh -c 'ls /proc/self/fd | wc -l'"]);
        Assert.Equal("4\n", result.Output);
    }
}

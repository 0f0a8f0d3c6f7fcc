using System.IO;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>The command line's own promises: exit statuses, options, isolation from the host's files.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$; sleep 1", 137)]
    public void Do_ExitStatus_IsTheProgramsOr128PlusSignal(string script, int status) =>
        Assert.Equal(status, CommandRunner.Do("/bin/sh", "-c", $"sh -c '{script}'; s=$?; exit $s").Status);

    [Fact]
    public void Do_ProgramNotFound_Is127() => Assert.Equal(127, CommandRunner.Do("no-such-program").Status);

    [Fact]
    public void Do_ProgramNotExecutable_Is126() => Assert.Equal(126, CommandRunner.Do("/etc/passwd").Status);

    [Fact]
    public void Do_BadOption_Is125WithOneLine()
    {
        CommandResult result = CommandRunner.DoWith(["--no-such-option"], "true");
        Assert.Equal(125, result.Status);
        Assert.NotEqual("", result.Error);
    }

    [Fact]
    public void Do_MissingRootfs_Is125AndNamesIt()
    {
        CommandResult result = CommandRunner.DoWith(["--rootfs", "/no/such/directory"], "true");
        Assert.Equal(125, result.Status);
        Assert.Contains("/no/such/directory", result.Error);
    }

    [Fact]
    public void Do_StandardInput_ReachesTheProgram() =>
        Assert.Equal("HELLO\n", CommandRunner.Run(CommandRunner.Carrel, ["do", "--", "tr", "a-z", "A-Z"], "hello\n").Output);

    [Fact]
    public void Do_Environment_IsInheritedAndSet() =>
        Assert.Equal("value\n", CommandRunner.DoWith(["--env", "CARREL_TEST=value"], "/bin/sh", "-c", "echo $CARREL_TEST").Output);

    [Fact]
    public void Do_HostName_IsTheGiven() => Assert.Equal("desk\n", CommandRunner.DoWith(["--hostname", "desk"], "uname", "-n").Output);

    [Fact]
    public void Do_User_RunsAsThatUser() => Assert.Equal("1000:1000\n", CommandRunner.DoWith(["--user", "1000:1000"], "/bin/sh", "-c", "echo $(id -u):$(id -g)").Output);

    [Fact]
    public void Do_WorkingDirectory_IsTheGiven() => Assert.Equal("/usr\n", CommandRunner.DoWith(["--cwd", "/usr"], "pwd").Output);

    [Fact]
    public void Do_Init_IsPidOne() => Assert.Equal("1\n", CommandRunner.Do("/bin/sh", "-c", "echo $$").Output);

    [Fact]
    public void Do_WhatIsWritten_DoesNotReachTheHost()
    {
        string path = $"/tmp/carrel-test-{System.Guid.NewGuid():n}";
        CommandResult result = CommandRunner.Do("/bin/sh", "-c", $"echo hello > {path}; cat {path}; echo x >> /etc/passwd; tail -n 1 /etc/passwd");
        Assert.Equal("hello\nx\n", result.Output);
        Assert.False(File.Exists(path));
        Assert.DoesNotContain("\nx\n", File.ReadAllText("/etc/passwd"));
    }

    [Fact]
    public void Do_Mount_SharesADirectoryForWriting()
    {
        using var shared = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(shared.Path, "in"), "from host\n");
        CommandResult result = CommandRunner.DoWith(["--mount", $"{shared.Path}:/mnt"], "/bin/sh", "-c", "cat /mnt/in; echo from carrel > /mnt/out");
        Assert.Equal("from host\n", result.Output);
        Assert.Equal("from carrel\n", File.ReadAllText(Path.Combine(shared.Path, "out")));
    }

    [Fact]
    public void Do_ReadOnlyMount_RefusesWriting()
    {
        using var shared = new TemporaryDirectory();
        CommandResult result = CommandRunner.DoWith(["--mount", $"{shared.Path}:/mnt:ro"], "/bin/sh", "-c", "echo x > /mnt/out");
        Assert.NotEqual(0, result.Status);
        Assert.False(File.Exists(Path.Combine(shared.Path, "out")));
    }

    [Fact]
    public void Do_Processes_SeeOnlyTheirOwn() =>
        Assert.Equal("1\n", CommandRunner.Do("/bin/sh", "-c", "set -- /proc/[0-9]*; echo $#").Output);

    [Fact]
    public void Do_Strace_ShowsCalls()
    {
        CommandResult result = CommandRunner.DoWith(["--strace"], "/bin/echo", "traced");
        Assert.Equal("traced\n", result.Output);
        Assert.Contains("write(1<", result.Error);
        Assert.Contains("exit_group(0)", result.Error);
    }

    [Theory]
    [InlineData("container")]
    [InlineData("chroot")]
    public void Do_BehindAnotherWall_KeepsItsPromises(string isolation)
    {
        string path = $"/tmp/carrel-test-{System.Guid.NewGuid():n}";
        CommandResult result = CommandRunner.DoWith(["--isolation", isolation, "--env", "A=b", "--user", "1000:1000"], "/bin/sh", "-c", $"id -u; echo $A; echo x > {path}; cat {path}; exit 9");
        Assert.Equal((9, "1000\nb\nx\n", ""), (result.Status, result.Output, result.Error));
        Assert.False(File.Exists(path));
        Assert.Equal(127, CommandRunner.DoWith(["--isolation", isolation], "no-such-program").Status);
        Assert.Equal(127, CommandRunner.DoWith(["--isolation", isolation], "/no/such/program").Status);
        Assert.Equal(126, CommandRunner.DoWith(["--isolation", isolation], "/etc/passwd").Status);
        Assert.Empty(Directory.EnumerateFileSystemEntries("/tmp", "carrel-do-*"));
    }

    /// <summary>Init or not: what stands behind a pipe of the shell ends as it would without a carrel.</summary>
    [Theory]
    [InlineData("yes")]
    [InlineData("sh -c 'while :; do echo y; done'")]
    public void Do_WhoseReaderGoes_EndsBySigpipe(string program)
    {
        CommandResult result = Shell($"{CommandRunner.Carrel} do -- {program} | head -n 1; echo ${{PIPESTATUS[0]}}");
        Assert.Equal(("y\n141\n", ""), (result.Output, result.Error));
    }

    [Fact]
    public void Do_WithLimits_HandsThemOn()
    {
        const string Show = "ulimit -Sn; ulimit -Hn; ulimit -f; ulimit -s; ulimit -t; ulimit -v";
        CommandResult result = Shell($"ulimit -Sn 300; ulimit -Hn 5000; ulimit -Sf 100; ulimit -s 4096; ulimit -St 1000; {Show}; {CommandRunner.Carrel} do -- bash -c '{Show}'");
        Assert.Equal(("300\n5000\n100\n4096\n1000\nunlimited\n300\n5000\n100\n4096\n1000\nunlimited\n", ""), (result.Output, result.Error));
        result = Shell($"ulimit -Sf 1; {CommandRunner.Carrel} do -- bash -c 'head -c 1024 /dev/zero >/tmp/most; head -c 1025 /dev/zero >/tmp/more; echo $?'");
        Assert.Equal("153\n", result.Output);
    }

    [Fact]
    public void Do_WithTooFewOpenFiles_SaysSo()
    {
        CommandResult result = Shell($"ulimit -n 100; {CommandRunner.Carrel} do -- true");
        Assert.Equal((125, "carrel: no descriptor left: 100 open files are allowed, at least 256 are needed (ulimit -n)\n"), (result.Status, result.Error));
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("container")]
    [InlineData("chroot")]
    public void Do_InADirectoryThatIsGone_BeginsInTheRoot(string isolation)
    {
        using var directory = new TemporaryDirectory();
        string gone = directory.Path + "/gone";
        CommandResult result = Shell($"mkdir {gone}; cd {gone}; rmdir {gone}; {Program} do --isolation {isolation} -- pwd");
        Assert.Equal(("/\n", ""), (result.Output, result.Error));
    }

    [Fact]
    public void Do_WithoutProc_SaysSo()
    {
        CommandResult result = CommandRunner.Run("unshare", ["--mount", "sh", "-c", $"umount -l /proc; {Program} do -- true"]);
        Assert.Equal((125, "carrel: /proc/self/cmdline cannot be read: /proc must be mounted\n"), (result.Status, result.Error));
    }

    /// <summary>Without the script that builds it, whose shell has words of its own to say.</summary>
    private static string Program { get; } = Path.Combine(CommandRunner.Root, "artifacts/carrel/carrel");

    private static CommandResult Shell(string script) => CommandRunner.Run("/bin/bash", ["-c", script]);
}

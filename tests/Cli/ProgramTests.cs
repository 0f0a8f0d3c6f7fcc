using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>Real programs give the same output and exit status in a carrel as natively. Each script in programs/ names what it needs in its second line.</summary>
public sealed class ProgramTests
{
    private static readonly string Folder = Path.Combine(CommandRunner.Root, "tests/Cli/programs");

    public static IEnumerable<TheoryDataRow<string>> Scripts() =>
        Directory.EnumerateFiles(Folder, "*.sh").Order().Select(path => new TheoryDataRow<string>(Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Script_InCarrel_GivesWhatItGivesNatively(string script)
    {
        string path = Path.Combine(Folder, script);
        foreach (string program in Needs(path))
        {
            if (CommandRunner.Run("/bin/sh", ["-c", $"command -v {program}"]).Status != 0)
            {
                Assert.Skip($"{program} is not on this machine");
            }
        }

        CommandResult native = CommandRunner.Run("/bin/bash", [path]);
        CommandResult carrel = CommandRunner.Do("/bin/bash", path);
        Assert.Equal((native.Output, native.Status), (carrel.Output, carrel.Status));
        Assert.NotEqual("", native.Output);
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Script_InDebianRoot_GivesWhatItGivesNatively(string script)
    {
        if (DebianRoot.WhyNot is { } reason)
        {
            Assert.Skip(reason);
        }

        string path = Path.Combine(Folder, script);
        if (File.ReadLines(path).Contains("# not in a chroot"))
        {
            Assert.Skip("Linux refuses natively in a chroot what the script does");
        }

        foreach (string program in Needs(path))
        {
            if (CommandRunner.Run("chroot", [DebianRoot.Directory, "/bin/sh", "-c", $"command -v {program}"]).Status != 0)
            {
                Assert.Skip($"{program} is not in the root file system");
            }
        }

        CommandResult native = DebianRoot.RunNatively(path);
        CommandResult carrel = DebianRoot.RunInCarrel(path);
        Assert.Equal((native.Output, native.Status), (carrel.Output, carrel.Status));
        Assert.NotEqual("", native.Output);
    }

    private static IEnumerable<string> Needs(string script) =>
        File.ReadLines(script).Skip(1).First().Replace("# needs:", "").Split(' ', System.StringSplitOptions.RemoveEmptyEntries);
}

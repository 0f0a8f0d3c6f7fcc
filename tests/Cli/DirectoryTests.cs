using System.IO;
using System.Linq;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>Directories of the host as a carrel reads them.</summary>
public sealed class DirectoryTests
{
    /// <summary>readdir(3): an entry that is neither made nor removed meanwhile is returned once.</summary>
    [Fact]
    public void ADirectoryThatIsChangedWhileItIsRead_ShowsTheOtherEntriesOnce()
    {
        const int Files = 4000;
        using var directory = new TemporaryDirectory();
        foreach (int i in Enumerable.Range(0, Files))
        {
            File.WriteAllText(System.IO.Path.Combine(directory.Path, $"file-with-a-name-of-some-length-{i}"), "");
        }

        const string Script = """
            my $d = shift; my %seen;
            opendir(D, $d) or die; opendir(E, $d) or die;
            for (1..10) { $seen{readdir D}++; readdir E }
            do { open(F, ">", "$d/made-$_") or die } for 1..20;
            do { unlink("$d/file-with-a-name-of-some-length-$_") or die } for 1..50;
            while (defined(my $n = readdir D)) { $seen{$n}++ }
            my $kept = grep { /-(\d+)$/ && !/^made/ && $1 > 50 || /-0$/ } keys %seen;
            my $twice = grep { $_ > 1 } values %seen;
            my $rest = 0; $rest++ while defined readdir E;
            rewinddir D; my $anew = 0; $anew++ while defined readdir D;
            print "$kept $twice ", ($rest > 3000 ? "rest" : "no rest"), " $anew\n";
            """;
        Assert.Equal("3950 0 rest 3972\n", CommandRunner.Do("perl", "-e", Script, directory.Path).Output);
        Assert.Equal(Files, Directory.GetFiles(directory.Path).Length);
    }

    /// <summary>Whoever walks a tree gets listings ahead of asking: they must be those of the right directories.</summary>
    [Fact]
    public void AWalkOfADeepAndWideTree_SeesWhatTheHostSees()
    {
        using var directory = new TemporaryDirectory();
        foreach (int i in Enumerable.Range(0, 60))
        {
            string below = System.IO.Path.Combine(directory.Path, $"d{i}");
            foreach (int depth in Enumerable.Range(0, i))
            {
                below = System.IO.Path.Combine(below, $"level-{depth}");
                Directory.CreateDirectory(below);
                File.WriteAllText(System.IO.Path.Combine(below, $"file-{i}-{depth}"), "");
            }
        }

        string[] find = [directory.Path, "-printf", "%P %y %i %s\n"];
        Assert.Equal(CommandRunner.Run("find", find).Output.Split('\n').Order(), CommandRunner.Do(["find", .. find]).Output.Split('\n').Order());
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Carrel.Abi;
using Carrel.Kernel.Syscalls;
using Xunit;

namespace Carrel.Tests.Architecture;

/// <summary>The system call table: nothing twice, nothing forgotten, and tried by a guest program.</summary>
public sealed class SyscallTests
{
    /// <summary>Every number that Linux has a name for.</summary>
    private static IEnumerable<int> Numbers => Enumerable.Range(0, Nr.Count).Where(number => SyscallTable.Name(number) is not null);

    private const string Untested = "tests/Architecture/untested-syscalls.txt";

    [Fact]
    public void Numbers_AreDeclaredExactlyOnce()
    {
        int[] declared = [.. SyscallTable.All.Select(call => call.Number), .. SyscallTable.Refused.Select(call => call.Number)];
        Assert.Empty(declared.GroupBy(number => number).Where(group => group.Count() > 1).Select(group => SyscallTable.Name(group.Key)));
        Assert.Empty(Numbers.Except(declared).Select(SyscallTable.Name));
        Assert.Empty(declared.Except(Numbers));
    }

    [Fact]
    public void Refusals_StandInOneTable() =>
        Assert.Equal(["src/Carrel.Kernel/Syscalls/UnsupportedSyscalls.cs"], Repository.Sources.Where(file => file.IsProduct && file.Text.Contains("[UnsupportedSyscall(", StringComparison.Ordinal)).Select(file => file.Path));

    [Fact]
    public void Calls_AreTriedByAGuestProgram()
    {
        HashSet<string> words = GuestWords();
        Dictionary<string, string> excused = Excuses();
        string[] missing = [.. Supported().Where(name => !words.Contains(name) && !excused.ContainsKey(name))];
        Assert.True(missing.Length == 0, $"no program in tests/Guest names {string.Join(", ", missing)}; test them, or list them in {Untested} with the reason");
    }

    [Fact]
    public void Excuses_AreNeededAndGiveReasons()
    {
        HashSet<string> words = GuestWords();
        string[] supported = [.. Supported()];
        Assert.Empty(Excuses().Where(excuse => excuse.Value.Length == 0 || words.Contains(excuse.Key) || !supported.Contains(excuse.Key)).Select(excuse => excuse.Key));
    }

    private static IEnumerable<string> Supported() => SyscallTable.All.Select(call => SyscallTable.Name(call.Number)!);

    /// <summary>Words of the guest programs' code, comments left out; SYS_name counts as name.</summary>
    private static HashSet<string> GuestWords()
    {
        IEnumerable<string> files = Repository.Files("tests/Guest", "*.c").Concat(Repository.Files("tests/Guest", "*.h"));
        IEnumerable<string> code = files.Select(path => Regex.Replace(File.ReadAllText(Path.Combine(Repository.Root, path)), @"//[^\n]*|/\*.*?\*/", "", RegexOptions.Singleline));
        return [.. code.SelectMany(text => Regex.Matches(text, @"\w+").Select(word => word.Value.StartsWith("SYS_", StringComparison.Ordinal) ? word.Value[4..] : word.Value))];
    }

    /// <summary>Lines `name  reason`.</summary>
    private static Dictionary<string, string> Excuses() =>
        File.ReadLines(Path.Combine(Repository.Root, Untested))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 2, StringSplitOptions.TrimEntries))
            .ToDictionary(parts => parts[0], parts => parts.Length > 1 ? parts[1] : "");
}

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>What an idle carrel holds of the host's memory.</summary>
public sealed class MemoryTests
{
    /// <summary>The start runs through most of the program's code; a carrel that waits keeps little of it mapped.</summary>
    [Fact]
    public void AnIdleCarrel_GivesBackTheCodeThatOnlyItsStartNeeded()
    {
        const long MostKilobytes = 2048;
        using Process process = Process.Start(new ProcessStartInfo(CommandRunner.Carrel, ["do", "--", "/bin/sleep", "60"]) { RedirectStandardInput = true })!;
        try
        {
            var watch = Stopwatch.StartNew();
            Dictionary<string, long> code;
            do
            {
                Thread.Sleep(100);
                code = Family(process.Id).Where(p => p.Name.StartsWith("carrel", StringComparison.Ordinal)).Select(p => (p.Name, Code(p.Pid)))
                    .Where(p => p.Item2 > 0).ToDictionary(p => p.Name, p => p.Item2);
            }
            while ((code.Count < 3 || code.Values.Max() > MostKilobytes) && watch.Elapsed < TimeSpan.FromSeconds(10));

            Assert.Equal(3, code.Count); // the command, carrel-kernel, carrel-files
            Assert.All(code, process => Assert.True(process.Value <= MostKilobytes, $"{process.Key} maps {process.Value} KB of code"));
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static IEnumerable<(int Pid, string Name)> Family(int pid)
    {
        yield return (pid, Read($"/proc/{pid}/comm").Trim());
        foreach (string child in Read($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            foreach ((int Pid, string Name) below in Family(int.Parse(child)))
            {
                yield return below;
            }
        }
    }

    /// <summary>Kilobytes of the program's code that are mapped in.</summary>
    private static long Code(int pid)
    {
        string[] lines = Read($"/proc/{pid}/smaps").Split('\n');
        int at = Array.FindIndex(lines, line => line.Contains(" r-xp ", StringComparison.Ordinal) && line.EndsWith("/carrel/carrel", StringComparison.Ordinal));
        int size = at < 0 ? -1 : Array.FindIndex(lines, at, line => line.StartsWith("Rss:", StringComparison.Ordinal));
        return size < 0 ? 0 : long.Parse(lines[size].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

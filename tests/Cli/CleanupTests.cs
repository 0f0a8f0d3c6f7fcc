using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>However a carrel ends, nothing stays behind: no process, no mount, no temporary file.</summary>
public sealed class CleanupTests
{
    private const int Rounds = 100;

    [Fact]
    public void KillingAnyProcess_AtAnyMoment_LeavesNothing()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        string[] mounts = Mounts();
        for (int round = 0; round < Rounds; round++)
        {
            string marker = $"carrel-cleanup-{Guid.NewGuid():n}";
            var start = new ProcessStartInfo(CommandRunner.Carrel, ["do", "--env", $"MARKER={marker}", "--", "/bin/sh", "-c", "while :; do /bin/true; sleep 0.01; done"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            Thread.Sleep(random.Next(5, 250));
            List<int> family = Family(process.Id);
            int victim = family[random.Next(family.Count)];
            Kill(victim);
            // A stub is one guest process: its end need not be the program's. Then the command is next.
            if (!process.WaitForExit(1_000))
            {
                Kill(process.Id);
            }

            Assert.True(process.WaitForExit(10_000), $"seed {seed}, round {round}: the command lives on after its process {victim} was killed");
            WaitUntilGone(family, $"seed {seed}, round {round}");
        }

        // Other tests may be making their root file system meanwhile.
        Assert.DoesNotContain(Mounts().Except(mounts), line => line.Contains("carrel", StringComparison.Ordinal) && !line.Contains(DebianRoot.Directory, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries("/tmp", "carrel-cleanup-*"));
    }

    private static string[] Mounts() => File.ReadAllLines("/proc/self/mounts");

    private static void WaitUntilGone(List<int> family, string where)
    {
        var watch = Stopwatch.StartNew();
        List<int> left = family;
        while (watch.Elapsed < TimeSpan.FromSeconds(10))
        {
            left = left.Where(IsAlive).ToList();
            if (left.Count == 0)
            {
                return;
            }

            Thread.Sleep(5);
        }

        Assert.Fail($"{where}: still there: {string.Join(' ', left.Select(pid => $"{pid} ({Read($"/proc/{pid}/comm").Trim()})"))}");
    }

    private static bool IsAlive(int pid)
    {
        string stat = Read($"/proc/{pid}/stat");
        return stat.Length > 0 && stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
    }

    private static List<int> Family(int root)
    {
        var all = new List<int> { root };
        for (int i = 0; i < all.Count; i++)
        {
            foreach (string thread in Tasks(all[i]))
            {
                all.AddRange(Read($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));
            }
        }

        return all;
    }

    private static IEnumerable<string> Tasks(int pid)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{pid}/task");
        }
        catch (IOException)
        {
            return [];
        }
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

    private static void Kill(int pid) => SendSignal(pid, 9);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int pid, int signal);
}

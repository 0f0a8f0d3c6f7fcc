using System;
using System.Diagnostics;
using System.IO;
using Carrel.Host;
using Carrel.Machine;

namespace Carrel.Tests.GateSmoke;

/// <summary>usage: GateSmoke GUEST [test...]   Runs the guest's tests through the gate, each on a platform of its own.</summary>
internal static class Tests
{
    private static readonly (string Name, int Status, bool IsViolation, bool DiesUnexpectedly)[] s_tests =
    [
        ("hello", 0, false, false), ("mmap", 0, false, false), ("fork", 0, false, false), ("threads", 0, false, false),
        ("faults", 0, false, false), ("kick", 0, false, false), ("forge", 0, true, false), ("avx", 0, false, false),
        ("int80", 0, false, false), ("suicide", 9, false, true), ("file", 0, false, false), ("fs", 0, false, false),
        ("fork_threads", 0, false, false),
        ("time_getppid", 0, false, false), ("time_trap", 0, false, false), ("time_mmap", 0, false, false),
        ("time_fork", 0, false, false), ("time_fault", 0, false, false),
    ];

    private static int Main(string[] arguments)
    {
        if (arguments.Length == 2 && arguments[1] != "all")
        {
            return RunOne(arguments[0], Array.FindIndex(s_tests, test => test.Name == arguments[1])) ? 0 : 1;
        }

        // One process a test: a platform owns the wait calls of its process.
        int failures = 0;
        for (int i = 0; i < s_tests.Length; i++)
        {
            using Process child = Process.Start(Environment.ProcessPath!, [arguments[0], s_tests[i].Name])!;
            if (!child.WaitForExit(60_000))
            {
                child.Kill();
                Console.WriteLine($"FAIL {s_tests[i].Name}: hangs");
                failures++;
                continue;
            }

            failures += child.ExitCode == 0 ? 0 : 1;
        }

        Console.WriteLine(failures == 0 ? "all passed" : $"{failures} failed");
        return failures;
    }

    private static bool RunOne(string guest, int index)
    {
        long begin = Stopwatch.GetTimestamp();
        var platform = new SeccompPlatform(new SeccompPlatformOptions { Log = message => Console.WriteLine("    log: " + message) });
        double made = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        var kernel = new MiniKernel(platform, guest);
        kernel.RunTest(index);
        double ran = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        (string name, int status, bool violates, bool dies) = s_tests[index];
        bool passed = violates ? kernel.Violation is not null : kernel.Violation is null && kernel.Status == status << (status == 9 ? 0 : 8) && kernel.IsUnexpectedDeath == dies;
        Console.WriteLine($"{(passed ? "ok  " : "FAIL")} {name} (platform {made:F1} ms, all {ran:F1} ms) status {kernel.Status:x} violation '{kernel.Violation}' pages {platform.Frames.UsedPages}");
        return passed;
    }

    /// <summary>The newest child of this process.</summary>
    internal static int PidOfLastStub()
    {
        int newest = 0;
        foreach (string task in Directory.GetDirectories("/proc/self/task"))
        {
            foreach (string pid in File.ReadAllText(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                newest = Math.Max(newest, int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return newest;
    }
}

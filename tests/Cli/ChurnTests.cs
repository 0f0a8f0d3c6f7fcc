using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Carrel.Tests.Cli;

/// <summary>Many containers at a time, verbs in random order, the runtime killed at random: the list tells the truth, and in the end nothing is left.</summary>
public sealed class ChurnTests : IDisposable
{
    private const int Containers = 200, Workers = 6;

    private readonly string _marker = $"churn{Guid.NewGuid():n}"[..16];
    private readonly string _directory;
    private readonly string _state;

    public ChurnTests()
    {
        _directory = Path.Combine("/tmp", $"carrel-{_marker}");
        _state = Path.Combine(_directory, "state");
    }

    [Theory]
    [InlineData("container", 2400)]
    [InlineData("kernel", 900)]
    public async Task Churn_LeavesNothing(string isolation, int operations)
    {
        if (Environment.UserName != "root" || !File.Exists("/bin/busybox"))
        {
            Assert.Skip("needs root and busybox");
        }

        MakeBundle();
        int seed = Environment.TickCount;
        var failures = new ConcurrentQueue<string>();
        int left = operations;
        // A container belongs to one worker, so that what it should be is known.
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(worker => Task.Factory.StartNew(() =>
        {
            var random = new Random(seed + worker);
            string[] ids = [.. Enumerable.Range(0, Containers).Where(n => n % Workers == worker).Select(n => $"{_marker}-{n}")];
            while (Interlocked.Decrement(ref left) >= 0 && failures.Count < 5)
            {
                Step(random, ids[random.Next(ids.Length)], isolation, failures);
            }
        }, TaskCreationOptions.LongRunning))];
        await Task.WhenAll(workers);
        Assert.True(failures.IsEmpty, $"seed {seed}: {string.Join("\n", failures)}");

        foreach (string id in List().Select(each => each.Id))
        {
            CommandResult deleted = Carrel("delete", "--force", id);
            Assert.True(deleted.Status == 0, $"delete --force {id}: {deleted.Error}");
        }

        Assert.Empty(List());
        WaitUntil(() => Processes().Count == 0, () => $"seed {seed}: processes left: {string.Join(' ', Processes())}");
        Assert.Empty(Cgroups());
        Assert.DoesNotContain(_marker, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(_state));
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            // A test that failed half-way leaves nothing either.
            foreach (string container in Directory.Exists(_state) ? Directory.EnumerateDirectories(_state) : [])
            {
                Carrel("delete", "--force", Path.GetFileName(container));
            }

            Directory.Delete(_directory, recursive: true);
        }
    }

    private void Step(Random random, string id, string isolation, ConcurrentQueue<string> failures)
    {
        string[] command = random.Next(10) switch
        {
            0 or 1 or 2 => ["create", $"--isolation={isolation}", "--bundle", Path.Combine(_directory, "bundle"), id],
            3 or 4 => ["start", id],
            5 or 6 => ["exec", id, "/bin/true"],
            7 => ["kill", id, "9"],
            8 => ["delete", "--force", id],
            _ => ["state", id],
        };
        bool isKilled = random.Next(12) == 0;
        CommandResult result = Carrel(command, isKilled ? random.Next(0, 60) : -1);
        if (!isKilled && result.Status is not (0 or 1) && !(command[0] == "exec" && result.Status == 255))
        {
            failures.Enqueue($"{string.Join(' ', command)} ended with {result.Status}: {result.Error}");
        }

        if (result.Error.Contains("internal error", StringComparison.Ordinal) || result.Error.Contains("Unhandled", StringComparison.Ordinal))
        {
            failures.Enqueue($"{string.Join(' ', command)}: {result.Error}");
        }

        if (random.Next(8) == 0)
        {
            CheckTruth(id, failures);
        }
    }

    /// <summary>What list and state say of this container, which nobody else touches now, is what is there.</summary>
    private void CheckTruth(string id, ConcurrentQueue<string> failures)
    {
        (string Id, string Status, int Pid) listed = List().FirstOrDefault(each => each.Id == id);
        if (listed.Id is null)
        {
            return;
        }

        bool isAlive = listed.Pid > 0 && File.Exists($"/proc/{listed.Pid}/stat") && File.ReadAllText($"/proc/{listed.Pid}/stat") is var stat && stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        if (isAlive != listed.Status is "created" or "running" or "paused" && listed.Status != "creating")
        {
            // It may have ended between the two looks.
            if (!isAlive || listed.Status == "stopped")
            {
                Thread.Sleep(100);
                listed = List().FirstOrDefault(each => each.Id == id);
                if (listed.Id is null || listed.Status is "stopped" == !File.Exists($"/proc/{listed.Pid}/stat"))
                {
                    return;
                }
            }

            failures.Enqueue($"{id} is said to be {listed.Status}, its process {listed.Pid} is {(isAlive ? "alive" : "gone")}");
        }
    }

    private List<(string Id, string Status, int Pid)> List()
    {
        CommandResult result = Carrel("list", "--format", "json");
        Assert.True(result.Status == 0, "list: " + result.Error);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return document.RootElement.ValueKind != JsonValueKind.Array
            ? []
            : [.. document.RootElement.EnumerateArray().Select(each => (each.GetProperty("id").GetString()!, each.GetProperty("status").GetString()!, each.GetProperty("pid").GetInt32()))];
    }

    private CommandResult Carrel(params string[] arguments) => Carrel(arguments, -1);

    /// <summary>Runs a verb; with <paramref name="killAfter"/> >= 0 its process is killed after so many milliseconds.</summary>
    private CommandResult Carrel(string[] arguments, int killAfter)
    {
        string output = Path.GetTempFileName(), error = Path.GetTempFileName();
        // Files, not pipes: the processes of a container keep the runtime's descriptors.
        string quoted = string.Join(' ', arguments.Select(each => $"'{each}'"));
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec '{Program}' --root '{_state}' {quoted} >'{output}' 2>'{error}' </dev/null"]);
        start.Environment["CARREL_TEST_MARKER"] = _marker;
        try
        {
            using Process process = Process.Start(start)!;
            if (killAfter >= 0)
            {
                Thread.Sleep(killAfter);
                _ = Kill(process.Id, 9);
            }

            if (!process.WaitForExit(60_000))
            {
                _ = Kill(process.Id, 9);
                return new CommandResult(-1, "", "no end after a minute");
            }

            return new CommandResult(process.ExitCode, File.ReadAllText(output), File.ReadAllText(error));
        }
        finally
        {
            File.Delete(output);
            File.Delete(error);
        }
    }

    private static string Program => Path.Combine(CommandRunner.Root, "artifacts/carrel/carrel");

    private List<int> Processes()
    {
        List<int> found = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out int pid) || pid == Environment.ProcessId)
            {
                continue;
            }

            try
            {
                if (File.ReadAllText($"{directory}/environ").Contains(_marker, StringComparison.Ordinal) || File.ReadAllText($"{directory}/cgroup").Contains(_marker, StringComparison.Ordinal))
                {
                    found.Add(pid);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has just ended.
            }
        }

        return found;
    }

    private IEnumerable<string> Cgroups() =>
        File.ReadLines("/proc/self/mountinfo")
            .Where(line => line.Contains(" - cgroup", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[4])
            .SelectMany(mount => Directory.EnumerateDirectories(mount, $"*{_marker}*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint }));

    private static void WaitUntil(Func<bool> condition, Func<string> message)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), message());
            Thread.Sleep(50);
        }
    }

    private void MakeBundle()
    {
        string root = Path.Combine(_directory, "bundle/rootfs");
        foreach (string name in (ReadOnlySpan<string>)["bin", "dev", "proc", "tmp", "etc"])
        {
            Directory.CreateDirectory(Path.Combine(root, name));
        }

        Directory.CreateDirectory(_state);
        File.Copy("/bin/busybox", Path.Combine(root, "bin/busybox"));
        foreach (string name in (ReadOnlySpan<string>)["sh", "true", "sleep"])
        {
            File.CreateSymbolicLink(Path.Combine(root, "bin", name), "busybox");
        }

        File.WriteAllText(Path.Combine(_directory, "bundle/config.json"), $$"""
            {
              "ociVersion": "1.0.2",
              "process": { "user": {"uid": 0, "gid": 0}, "args": ["sleep", "1000"], "cwd": "/", "env": ["PATH=/bin", "CARREL_TEST_MARKER={{_marker}}"] },
              "root": {"path": "rootfs"},
              "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}, {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755", "size=64k"]}],
              "linux": { "namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}] }
            }
            """);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);
}

using System;
using System.Diagnostics;
using System.IO;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Machine;

namespace Carrel.Tests.GateSmoke;

/// <summary>usage: GateSmoke GUEST [test...]   Runs the guest's tests through the gate, each on a platform of its own.</summary>
internal static class Tests
{
    /// <summary>How a test is to end.</summary>
    private enum End
    {
        Normal,
        Violation,

        /// <summary>The space dies without the kernel's doing.</summary>
        Accident,

        /// <summary>Anything but damage to us: hostile guests whose fate depends on timing.</summary>
        Any,
    }

    private static readonly (string Name, End End)[] s_tests =
    [
        ("hello", End.Normal), ("mmap", End.Normal), ("fork", End.Normal), ("threads", End.Normal), ("faults", End.Normal),
        ("kick", End.Normal), ("forge", End.Violation), ("avx", End.Normal), ("int80", End.Normal), ("suicide", End.Accident),
        ("file", End.Normal), ("fs", End.Normal), ("fork_threads", End.Normal),
        ("time_getppid", End.Normal), ("time_trap", End.Normal), ("time_mmap", End.Normal), ("time_fork", End.Normal), ("time_fault", End.Normal),
        ("forge_child", End.Violation), ("forge_child_known_tag", End.Violation), ("forge_failed", End.Accident), ("forge_confirm", End.Violation),
        ("forge_trap", End.Violation), ("forge_trap_own", End.Violation), ("block_sigsys", End.Accident), ("block_kick", End.Violation),
        ("move_stack", End.Any), ("slot_noise", End.Any), ("list_noise", End.Any), ("stress", End.Normal), ("limit", End.Any), ("killer", End.Normal),
        ("exceed", End.Normal),
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
                Say($"FAIL {s_tests[i].Name}: hangs");
                failures++;
                continue;
            }

            failures += child.ExitCode == 0 ? 0 : 1;
        }

        Say(failures == 0 ? "all passed" : $"{failures} failed");
        return failures;
    }

    private static bool RunOne(string guest, int index)
    {
        long begin = Stopwatch.GetTimestamp();
        string? folder = Environment.GetEnvironmentVariable("GATESMOKE_TMPFS"); // a tmpfs with a size= option: the memory limit
        int frames = folder is null ? -1 : HostPath.OpenAt(At.AT_FDCWD, folder, OpenFlags.O_TMPFILE | OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC, 0x180);
        var platform = new SeccompPlatform(new SeccompPlatformOptions { FramesFd = frames, Log = message => Say("    log: " + message) });
        double made = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        var kernel = new MiniKernel(platform, guest);
        if (Environment.GetEnvironmentVariable("GATESMOKE_FILTER") is not null)
        {
            Sandbox();
        }

        kernel.RunTest(index);
        double ran = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        (string name, End end) = s_tests[index];
        End was = kernel.Violation is not null ? End.Violation : kernel.IsUnexpectedDeath ? End.Accident : End.Normal;
        bool passed = end == End.Any || (end == was && (end != End.Normal || kernel.Status == 0));
        if (was == End.Normal && platform.FrameFile.TotalReferences != platform.Geometry.Pages)
        {
            Say($"    {platform.FrameFile.TotalReferences} frames are still referenced"); // all but the zygote's slot are to be free
            passed = false;
        }

        foreach ((string what, System.Collections.Generic.List<double> times) in kernel.Times)
        {
            times.Sort();
            Say($"    {what}: minimum {times[0]:F1}, median {times[times.Count / 2]:F1} us");
        }

        Say($"{(passed ? "ok  " : "FAIL")} {name} (platform {made:F1} ms, all {ran:F1} ms) status {kernel.Status:x} violation '{kernel.Violation}' pages {platform.Frames.UsedPages}");
        return passed;
    }

    /// <summary>
    /// Lays the host calls that the platform and a NativeAOT runtime need on this process, to see that they suffice. Only with the published
    /// program, and for tests that start no thread of their own.
    /// </summary>
    private static void Sandbox()
    {
        _ = new object().GetHashCode(); // opens /dev/urandom; later threads only read it
        AllowList list = new AllowList()
            .AllowIf(Nr.ioctl, 1, Seccomp.SECCOMP_IOCTL_NOTIF_RECV)
            .AllowIf(Nr.ioctl, 1, Seccomp.SECCOMP_IOCTL_NOTIF_SEND)
            .AllowIf(Nr.ioctl, 1, Seccomp.SECCOMP_IOCTL_NOTIF_ADDFD)
            .AllowIf(Nr.ioctl, 1, Seccomp.SECCOMP_IOCTL_NOTIF_ID_VALID)
            .Allow(Nr.tgkill, Nr.kill, Nr.wait4, Nr.lseek, Nr.fallocate, Nr.fstat, Nr.clock_gettime, Nr.pread64, Nr.close)
            .Allow(Nr.read, Nr.write, Nr.mmap, Nr.munmap, Nr.mprotect, Nr.madvise, Nr.futex, Nr.sched_yield, Nr.clock_nanosleep, Nr.getpid)
            .Allow(Nr.rt_sigreturn, Nr.rt_sigprocmask, Nr.membarrier, Nr.exit_group)
            .Refuse(Errno.ENOSYS, Nr.openat, Nr.sysinfo, Nr.prlimit64);
        long result = HostSeccomp.LoadForAllThreads(list.Build(Environment.GetEnvironmentVariable("GATESMOKE_FILTER") == "trap" ? Seccomp.SECCOMP_RET_TRAP : Seccomp.SECCOMP_RET_KILL_PROCESS));
        if (result != 0)
        {
            throw new InvalidOperationException($"no filter: {result}");
        }
    }

    /// <summary>A line on standard output, by a plain write: the Console wants more host calls than a filtered process has.</summary>
    internal static void Say(string line) => HostFd.Write(1, System.Text.Encoding.UTF8.GetBytes(line + "\n"));

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

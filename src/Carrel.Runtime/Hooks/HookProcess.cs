using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>One hook at work.</summary>
internal sealed class HookProcess : IDisposable
{
    private const CloneFlags Joinable = CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWNET | CloneFlags.CLONE_NEWIPC
        | CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWCGROUP | CloneFlags.CLONE_NEWPID;

    private static readonly (string Name, CloneFlags Kind)[] s_kinds =
    [
        ("user", CloneFlags.CLONE_NEWUSER), ("mnt", CloneFlags.CLONE_NEWNS), ("net", CloneFlags.CLONE_NEWNET), ("ipc", CloneFlags.CLONE_NEWIPC),
        ("uts", CloneFlags.CLONE_NEWUTS), ("cgroup", CloneFlags.CLONE_NEWCGROUP), ("pid", CloneFlags.CLONE_NEWPID),
    ];

    private readonly int _pid;
    private readonly int _pidfd;
    private bool _isReaped;

    private HookProcess(int pid, int pidfd)
    {
        _pid = pid;
        _pidfd = pidfd;
    }

    /// <param name="pid">Of the process into whose namespaces it goes; 0: it stays in ours.</param>
    internal static HookProcess Start(OciHook hook, int input, int output, int pid)
    {
        string path = OciText.ToBytes(hook.Path ?? "");
        IReadOnlyList<string> arguments = hook.Args is { Count: > 0 } given ? [.. given.Select(OciText.ToBytes)] : [path];
        // An absent list inherits the runtime's environment, as runc does.
        IReadOnlyList<string> environment = hook.Env is { } variables ? [.. variables.Select(OciText.ToBytes)] : OwnEnvironment();
        using var spawner = new HostSpawner { Flags = CloneFlags.CLONE_PIDFD };
        List<int> opened = [];
        int ownPidNamespace = -1;
        try
        {
            if (pid > 0)
            {
                ownPidNamespace = Join(spawner, pid, opened);
            }

            spawner.Add(Nr.dup3, input, 0, 0);
            spawner.Add(Nr.dup3, output, 1, 0);
            spawner.Add(Nr.dup3, output, 2, 0);
            spawner.AddExec(At.AT_FDCWD, path, arguments, environment);
            SpawnOutcome outcome = spawner.Start();
            if (outcome.Pid > 0 && !outcome.Succeeded)
            {
                HostProcess.WaitFor(outcome.Pid, out _);
                HostFd.Close(spawner.Pidfd);
                throw new RuntimeException($"{hook.Path}: {HostError.Describe(outcome.Error)}");
            }

            HostError.Check(outcome.Pid, "clone");
            return new HookProcess(outcome.Pid, spawner.Pidfd);
        }
        finally
        {
            if (ownPidNamespace >= 0)
            {
                HostNamespace.Join(ownPidNamespace, CloneFlags.CLONE_NEWPID);
            }

            opened.ForEach(fd => HostFd.Close(fd));
        }
    }

    /// <summary>Waits for its end; at the timeout (nanoseconds, negative: none) it is killed.</summary>
    internal bool TryWait(long timeout, out int status)
    {
        status = 0;
        Span<PollFd> poll = [new PollFd { Fd = _pidfd, Events = (short)PollEvents.POLLIN }];
        long end = HostClock.Get(ClockId.CLOCK_MONOTONIC) + timeout;
        int ready;
        do
        {
            ready = HostFd.Poll(poll, timeout < 0 ? -1 : Math.Max(0, end - HostClock.Get(ClockId.CLOCK_MONOTONIC)));
        }
        while (ready == -(int)Errno.EINTR);
        if (ready == 0)
        {
            return false;
        }

        Reap(out status);
        return true;
    }

    public void Dispose()
    {
        if (!_isReaped)
        {
            HostPidfd.SendSignal(_pidfd, Signal.SIGKILL);
            Reap(out _);
        }

        HostFd.Close(_pidfd);
    }

    private void Reap(out int status)
    {
        HostProcess.WaitFor(_pid, out status);
        _isReaped = true;
    }

    /// <summary>Steps into the namespaces and the root of a process. The pid namespace is entered by this thread, for the child; returns the way back.</summary>
    private static int Join(HostSpawner spawner, int pid, List<int> opened)
    {
        int pidfd = HostError.Check(HostPidfd.Open(pid), $"pidfd_open of {pid}");
        opened.Add(pidfd);
        string process = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
        int root = HostError.Check(HostPath.OpenAt(At.AT_FDCWD, process + "/root", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC), process + "/root");
        opened.Add(root);
        CloneFlags others = Differing(process) & Joinable;
        int back = -1;
        if ((others & CloneFlags.CLONE_NEWPID) != 0)
        {
            back = HostError.Check(HostPath.OpenAt(At.AT_FDCWD, "/proc/self/ns/pid_for_children", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC), "/proc/self/ns/pid_for_children");
            opened.Add(back);
            others &= ~CloneFlags.CLONE_NEWPID;
            HostError.Check(HostNamespace.Join(pidfd, CloneFlags.CLONE_NEWPID), "setns");
        }

        if (others != 0)
        {
            spawner.Add(Nr.setns, pidfd, (long)others);
        }

        spawner.Add(Nr.fchdir, root);
        spawner.Add(Nr.chroot, spawner.Text("."));
        return back;
    }

    private static CloneFlags Differing(string process)
    {
        CloneFlags kinds = 0;
        foreach ((string name, CloneFlags kind) in s_kinds)
        {
            if (HostPath.StatAt(At.AT_FDCWD, $"{process}/ns/{name}", 0, out Stat theirs) == 0 && HostPath.StatAt(At.AT_FDCWD, $"/proc/self/ns/{name}", 0, out Stat ours) == 0
                && theirs.Ino != ours.Ino)
            {
                kinds |= kind;
            }
        }

        return kinds;
    }

    private static List<string> OwnEnvironment() => [.. (ProcFile.ReadText("/proc/self/environ") ?? "").Split('\0', StringSplitOptions.RemoveEmptyEntries)];
}

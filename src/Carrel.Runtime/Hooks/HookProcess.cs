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
    private readonly int _pid;
    private readonly int _pidfd;
    private bool _isReaped;

    private HookProcess(int pid, int pidfd)
    {
        _pid = pid;
        _pidfd = pidfd;
    }

    /// <summary>In the namespaces of the runtime.</summary>
    internal static HookProcess Start(OciHook hook, int input, int output)
    {
        using var spawner = new HostSpawner { Flags = CloneFlags.CLONE_PIDFD };
        spawner.Add(Nr.dup3, input, 0, 0);
        spawner.Add(Nr.dup3, output, 1, 0);
        spawner.Add(Nr.dup3, output, 2, 0);
        spawner.AddExec(At.AT_FDCWD, PathOf(hook), Arguments(hook), Environment(hook));
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

    /// <summary>
    /// createContainer: a program of the host's, with the host's tree as its root, in the container's namespaces. What enters them is an <see cref="InitImage"/>. A pid namespace
    /// that has others in it is left out: a process like this is nothing to show them.
    /// </summary>
    /// <param name="pid">Of the process into whose namespaces it goes.</param>
    internal static HookProcess StartInside(OciHook hook, int input, int output, int pid, bool sharesPids)
    {
        using var plan = new StepPlan();
        using var second = new StepPlan();
        using var rendezvous = new Rendezvous(plan, second);
        string process = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
        int pidfd = plan.Take(HostError.Check(HostPidfd.Open(pid), $"pidfd_open of {pid}"));
        int root = plan.Open(process + "/root", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, process + "/root");
        CloneFlags joined = Namespaces.Differing(process) & ~(sharesPids ? CloneFlags.CLONE_NEWPID : 0);

        (int from, int to) = (plan.Keep(input), plan.Keep(output));
        plan.Add("standard streams", Nr.dup3, from, 0, 0);
        plan.Add("standard streams", Nr.dup3, to, 1, 0);
        plan.Add("standard streams", Nr.dup3, to, 2, 0);
        ContainerLaunch.Unblock(plan);
        rendezvous.AddTaken(second);
        second.Add("PR_SET_DUMPABLE", Nr.prctl, PrctlOption.PR_SET_DUMPABLE, 0, 0, 0, 0);
        if (joined != 0)
        {
            second.Add("joining the container's namespaces", Nr.setns, pidfd, (long)joined);
        }

        second.Add("entering the root", Nr.fchdir, root);
        second.Add("chroot", Nr.chroot, second.Text("."));
        second.CloseAllBut(3, rendezvous.ChildEnd);
        if ((joined & CloneFlags.CLONE_NEWPID) != 0)
        {
            rendezvous.Forks = rendezvous.ForksLater = true;
            second.List.AddForkAway("clone");
        }

        second.Add(PathOf(hook), Nr.execve, second.Text(PathOf(hook)), second.List.TextVector(Arguments(hook)), second.List.TextVector(Environment(hook)));
        rendezvous.AddInit(second, pidfd, root);
        return Of(rendezvous.Run(CloneFlags.CLONE_VM));
    }

    /// <summary>
    /// startContainer: a program of the container's, so it runs as what the container runs: in its root and namespaces, with no other user, capabilities, filter or limits
    /// than its process has. It comes with the image, and may be anything.
    /// </summary>
    internal static HookProcess StartAsProgram(OciHook hook, int input, int output, Container container)
    {
        OciProcess own = container.Spec.Process ?? new OciProcess();
        var process = new OciProcess
        {
            Args = hook.Args is { Count: > 0 } ? hook.Args : [hook.Path ?? ""],
            Env = hook.Env ?? own.Env,
            Cwd = own.Cwd,
            User = own.User,
            Capabilities = own.Capabilities,
            Rlimits = own.Rlimits,
            NoNewPrivileges = own.NoNewPrivileges,
            ApparmorProfile = own.ApparmorProfile,
            SelinuxLabel = own.SelinuxLabel,
            OomScoreAdj = own.OomScoreAdj,
        };
        var request = new ExecuteRequest { Container = container, Process = process, Program = PathOf(hook), Stdio = [input, output, output] };
        return Of(Walls.For(container.Isolation).Execute(request).Pid);
    }

    private static HookProcess Of(int pid) => new(pid, HostError.Check(HostPidfd.Open(pid), $"pidfd_open of {pid}"));

    private static string PathOf(OciHook hook) => OciText.ToBytes(hook.Path ?? "");

    private static IReadOnlyList<string> Arguments(OciHook hook) => hook.Args is { Count: > 0 } given ? [.. given.Select(OciText.ToBytes)] : [PathOf(hook)];

    // An absent list inherits the runtime's environment, as runc does.
    private static IReadOnlyList<string> Environment(OciHook hook) =>
        hook.Env is { } variables ? [.. variables.Select(OciText.ToBytes)] : [.. (ProcFile.ReadText("/proc/self/environ") ?? "").Split('\0', StringSplitOptions.RemoveEmptyEntries)];

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
}

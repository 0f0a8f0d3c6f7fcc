using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Sandbox;

namespace Carrel.Runtime;

/// <summary>
/// A kernel of its own in user space: the container is a carrel that outlives the command. Its pid is that of the kernel process, whose exit status is the
/// program's; orders go over the control socket in the state directory.
/// </summary>
public sealed class KernelWall : Wall
{
    private const int DestroySeconds = 10;

    public override Isolation Isolation => Isolation.Kernel;

    public override StartedProcess Create(CreateRequest request)
    {
        Container container = request.Container;
        SandboxSpec spec = GuestConfig.Make(container, request.Warn);
        spec.IsHeld = !request.StartsAtOnce;
        spec.TracesSyscalls = request.TracesSyscalls;
        OciLinux? linux = container.Spec.Linux;
        container.Cgroup = CgroupManager.Create(container.Id, linux?.CgroupsPath, GuestMemory.ForCgroup(linux?.Resources), request.UsesSystemd);
        request.RecordChanged?.Invoke();
        using var descriptors = new DescriptorBag();
        int requests = descriptors.Keep(Guard(() => ControlClient.Listen(container.Directory)));
        int[] stdio = Stdio(request.Stdio, spec.HasTerminal ? request.Terminal : null, descriptors);
        int[] preserved = PreservedDescriptors.Take(request.PreservedDescriptors, descriptors);
        spec.PreservedFlags.AddRange(preserved.Select(fd => (int)HostFd.Fcntl(fd, Fcntl.F_GETFL)));
        spec.AwaitsCommand = HookRunner.AnyBeforeMounts(container.Spec.Hooks);
        using DetachedCarrel carrel = Guard(() => DetachedCarrel.Start(
            spec, [.. stdio, .. preserved], requests, descriptors.OpenCgroups(container.Cgroup), GuestOwners.Map(linux, descriptors), GuestOwners.Mapper(linux), pid => RunHooks(request, pid)));
        try
        {
            if (carrel.WaitUntilReady() is { } failure)
            {
                throw new RuntimeException(failure.Message ?? $"the program ended at once with status {failure.Status}") { ProgramStatus = failure.Status is 126 or 127 ? failure.Status : 0 };
            }

            request.PidKnown?.Invoke(carrel.Pid);
            carrel.LetGo(!request.DiesWithCaller);
            return new StartedProcess(carrel.Pid);
        }
        catch
        {
            carrel.Kill();
            throw;
        }
    }

    /// <summary>Our kernel does it: they are programs of the guest.</summary>
    public override bool RunsStartHooks => true;

    public override void Start(Container container)
    {
        const int UntilHooksEnd = 1 << 20;
        int seconds = HookRunner.Of(container.Spec.Hooks, HookPoint.StartContainer).Count > 0 ? UntilHooksEnd : 30;
        Guard(() => ControlClient.AskNumber(container.Directory, new ControlRequest { Operation = ControlOperation.Start }, seconds));
    }

    /// <summary>The container has its processes, but nothing is mounted for it yet.</summary>
    private static void RunHooks(CreateRequest request, int pid)
    {
        request.PidKnown?.Invoke(pid);
        request.RunHooks(HookPoint.Prestart, pid);
        request.RunHooks(HookPoint.CreateRuntime, pid);
        request.RunHooks(HookPoint.CreateContainer, pid);
    }

    public override StartedProcess Execute(ExecuteRequest request)
    {
        Container container = request.Container;
        if (request.Cgroup is { Length: > 0 })
        {
            throw new RuntimeException("--cgroup: not supported by --isolation=kernel");
        }

        var spec = new ProcessSpec();
        GuestProcess.Fill(spec, request.Process, container.Spec.Linux?.Seccomp);
        using var descriptors = new DescriptorBag();
        int[] stdio = Stdio(request.Stdio, spec.HasTerminal ? request.Terminal : null, descriptors);
        for (int i = 0; i < stdio.Length; i++)
        {
            stdio[i] = stdio[i] >= 0 ? stdio[i] : descriptors.OpenNothing();
        }

        stdio = [.. stdio, .. PreservedDescriptors.Take(request.PreservedDescriptors, descriptors)];
        return new StartedProcess(Guard(() => ControlClient.Execute(container.Directory, spec, stdio, descriptors.OpenCgroups(container.Cgroup))));
    }

    public override void Signal(Container container, int signal, bool all)
    {
        if (signal == Abi.Signal.SIGKILL)
        {
            // The end of the kernel process is the end of all.
            if (IsAlive(container))
            {
                HostProcess.Kill(container.Pid, signal);
            }

            if (IsPaused(container))
            {
                CgroupManager.Thaw(container.Cgroup!);
            }

            return;
        }

        var request = new ControlRequest { Operation = ControlOperation.Signal, Number = signal, SecondNumber = all ? 1 : 0 };
        Guard(() => ControlClient.Ask(container.Directory, request, IsPaused(container) ? 0 : 30));
    }

    public override IReadOnlyList<int> Processes(Container container)
    {
        if (IsPaused(container))
        {
            return CgroupManager.Processes(container.Cgroup!);
        }

        byte[] reply = Guard(() => ControlClient.Ask(container.Directory, new ControlRequest { Operation = ControlOperation.Processes }));
        // Clients look for the container's own pid among them.
        return [container.Pid, .. GuestHostPids.Find(container.Pid, ControlMessage.ReadPids(reply))];
    }

    public override void Pause(Container container) =>
        CgroupManager.Hold(container.Cgroup ?? throw new RuntimeException("it cannot be paused: it has no control group"));

    public override void Resume(Container container) =>
        CgroupManager.Thaw(container.Cgroup ?? throw new RuntimeException("it cannot be resumed: it has no control group"));

    public override void Update(Container container, OciResources resources)
    {
        var request = new ControlRequest { Operation = ControlOperation.Update, Number = GuestMemory.Tasks(resources) };
        bool changesMemory = resources.Memory?.Limit is > 0;
        long share = changesMemory ? GuestMemory.Share(resources) : 0;
        if (container.Cgroup is { } cgroup)
        {
            CgroupManager.Apply(cgroup, GuestMemory.ForCgroup(resources)!);
        }

        if (changesMemory)
        {
            Guard(() => CarrelMemory.Resize(container.Pid, share));
            request.Size = share;
            request.Limit = resources.Memory!.Limit!.Value;
            request.OomSize = container.Spec.Linux?.Resources?.Memory?.DisableOOMKiller == true ? 0 : GuestMemory.OomSize(resources);
        }

        CgroupSpec shown = GuestMemory.Shown(resources);
        (request.CpuQuota, request.CpuPeriod, request.CpuWeight) = (resources.Cpu?.Quota ?? 0, shown.CpuPeriod, shown.CpuWeight);
        if ((request.Number, request.Size, request.CpuQuota, request.CpuPeriod, request.CpuWeight) != (0, 0, 0, 0, 0))
        {
            Guard(() => ControlClient.AskNumber(container.Directory, request));
        }
    }

    public override bool IsWaitingForStart(Container container)
    {
        try
        {
            return ControlClient.AskNumber(container.Directory, new ControlRequest { Operation = ControlOperation.Status }, seconds: 5) != 0;
        }
        catch (ControlException)
        {
            return false;
        }
    }

    public override bool IsPaused(Container container) => container.Cgroup is { } cgroup && CgroupManager.IsFrozen(cgroup);

    public override void Destroy(Container container)
    {
        Signal(container, Abi.Signal.SIGKILL, all: true);
        for (int i = 0; i < DestroySeconds * 100 && IsAlive(container); i++)
        {
            HostProcess.Wait(container.Pid, (int)WaitOptions.WNOHANG, out _);
            HostClock.Sleep(10_000_000);
        }

        if (container.Cgroup is { } cgroup)
        {
            CgroupManager.KillAll(cgroup);
            CgroupManager.Remove(cgroup);
        }

        ControlClient.Remove(container.Directory);
    }

    private static bool IsAlive(Container container) =>
        ProcFile.TryReadStat(container.Pid, out char state, out ulong start) && start == container.PidStart && state is not ('Z' or 'X');

    /// <summary>Descriptors for 0, 1 and 2 that the kernel process can use without blocking; with a taker, those of a terminal whose master side he gets.</summary>
    private static int[] Stdio(int[] given, Action<int>? taker, DescriptorBag descriptors)
    {
        if (taker is not null)
        {
            int slave = descriptors.Keep(HostTerminal.Make(taker));
            return [slave, slave, slave];
        }

        int[] stdio = StdioPreparer.Prepare(given);
        foreach (int fd in stdio.Where(fd => !given.Contains(fd)))
        {
            descriptors.Keep(fd);
        }

        return stdio;
    }

    /// <summary>Failures of the sandbox as those of a verb.</summary>
    private static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (ControlException e)
        {
            throw new RuntimeException(e.Message);
        }
        catch (LaunchException e)
        {
            throw new RuntimeException(e.Message);
        }
    }
}

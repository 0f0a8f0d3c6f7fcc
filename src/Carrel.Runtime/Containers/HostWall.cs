using System;
using System.Collections.Generic;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>What the walls that are made of the host kernel's own means have in common: their programs are processes of the host.</summary>
public abstract class HostWall : Wall
{
    /// <summary>config.json as this wall takes it.</summary>
    private protected abstract OciSpec Adapt(Container container, Action<string>? warn);

    public sealed override StartedProcess Create(CreateRequest request)
    {
        Container container = request.Container;
        OciSpec spec = Adapt(container, request.Warn);
        var context = new ContainerContext(container, spec, isInitial: true);
        Refusals.Check(context);
        container.Cgroup = CgroupManager.Create(container.Id, spec.Linux?.CgroupsPath, spec.Linux?.Resources, request.UsesSystemd);
        request.RecordChanged?.Invoke();
        try
        {
            using var launch = new ContainerLaunch(request, context);
            var started = new StartedProcess(launch.Start());
            if (container.Cgroup is { } cgroup)
            {
                CgroupManager.Settle(cgroup);
            }

            return started;
        }
        catch (Exception)
        {
            Destroy(container);
            throw;
        }
    }

    public sealed override void Start(Container container)
    {
        OciSeccomp? profile = Adapt(container, null).Linux?.Seccomp;
        StartGate.Open(container.Directory, fd => ListenerHandover.Fetch(container, profile, fd));
    }

    public sealed override StartedProcess Execute(ExecuteRequest request)
    {
        OciSpec spec = Adapt(request.Container, null);
        using var launch = new ExecLaunch(request, new ContainerContext(request.Container, spec, isInitial: false), Restrict(request.Process));
        return new StartedProcess(launch.Start());
    }

    public sealed override void Signal(Container container, int signal, bool all)
    {
        if (all)
        {
            ContainerProcesses.SignalAll(container, signal);
        }
        else
        {
            ContainerProcesses.Signal(container, signal);
        }
    }

    public sealed override IReadOnlyList<int> Processes(Container container) => ContainerProcesses.List(container);

    public sealed override void Pause(Container container) => CgroupManager.Freeze(CgroupOf(container));

    public sealed override void Resume(Container container) => CgroupManager.Thaw(CgroupOf(container));

    public sealed override void Update(Container container, OciResources resources) => CgroupManager.Apply(CgroupOf(container), resources);

    public sealed override bool IsWaitingForStart(Container container) => StartGate.IsWaiting(container.Directory);

    public sealed override bool IsPaused(Container container) => container.Cgroup is { } cgroup && CgroupManager.IsFrozen(cgroup);

    public sealed override void Destroy(Container container)
    {
        // The usual case: the program has ended, and nobody it started is left.
        if (container.Cgroup is { } groups && !ContainerProcesses.IsAlive(container) && CgroupManager.TryRemoveEmpty(groups))
        {
            return;
        }

        ContainerProcesses.KillAll(container);
        if (container.Cgroup is { } cgroup)
        {
            CgroupManager.Remove(cgroup);
        }
    }

    /// <summary>Another process as this wall takes it.</summary>
    private protected virtual OciProcess Restrict(OciProcess process) => process;

    private static CgroupRecord CgroupOf(Container container) =>
        container.Cgroup ?? throw new RuntimeException("the container has no cgroup of its own");
}

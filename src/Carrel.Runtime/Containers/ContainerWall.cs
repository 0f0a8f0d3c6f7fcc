using System;
using System.Collections.Generic;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>Namespaces, cgroups, capabilities and seccomp of the host's kernel around a program: what runc, crun and LXC do.</summary>
public sealed class ContainerWall : Wall
{
    public override Isolation Isolation => Isolation.Container;

    public override StartedProcess Create(CreateRequest request)
    {
        Container container = request.Container;
        OciLinux? linux = container.Spec.Linux;
        container.Cgroup = CgroupManager.Create(container.Id, linux?.CgroupsPath, linux?.Resources, request.UsesSystemd);
        request.RecordChanged?.Invoke();
        try
        {
            using var launch = new ContainerLaunch(request);
            return new StartedProcess(launch.Start());
        }
        catch (Exception)
        {
            Destroy(container);
            throw;
        }
    }

    public override void Start(Container container) => StartGate.Open(container.Directory);

    public override StartedProcess Execute(ExecuteRequest request) => throw new RuntimeException("exec: not supported by this build");

    public override void Signal(Container container, int signal, bool all)
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

    public override IReadOnlyList<int> Processes(Container container) => ContainerProcesses.List(container);

    public override void Pause(Container container) => CgroupManager.Freeze(CgroupOf(container));

    public override void Resume(Container container) => CgroupManager.Thaw(CgroupOf(container));

    public override void Update(Container container, OciResources resources) => CgroupManager.Apply(CgroupOf(container), resources);

    public override bool IsWaitingForStart(Container container) => StartGate.IsWaiting(container.Directory);

    public override bool IsPaused(Container container) => container.Cgroup is { } cgroup && CgroupManager.IsFrozen(cgroup);

    public override void Destroy(Container container)
    {
        ContainerProcesses.KillAll(container);
        if (container.Cgroup is { } cgroup)
        {
            CgroupManager.Remove(cgroup);
        }
    }

    private static CgroupRecord CgroupOf(Container container) =>
        container.Cgroup ?? throw new RuntimeException("the container has no cgroup of its own");
}

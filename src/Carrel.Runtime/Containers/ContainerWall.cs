using System;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>Namespaces, cgroups, capabilities and seccomp of the host's kernel around a program: what runc, crun and LXC do.</summary>
public sealed class ContainerWall : HostWall
{
    public override Isolation Isolation => Isolation.Container;

    private protected override OciSpec Adapt(Container container, Action<string>? warn) => container.Spec;
}

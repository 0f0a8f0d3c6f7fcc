using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>What the parts of a container's plan have to know of it.</summary>
internal sealed class ContainerContext
{
    /// <param name="spec">config.json as the wall takes it.</param>
    /// <param name="isInitial">The container is being made.</param>
    internal ContainerContext(Container container, OciSpec spec, bool isInitial)
    {
        Container = container;
        Spec = spec;
        IsInitial = isInitial;
        Namespaces = new Namespaces(Spec.Linux);
        HasUserNamespace = Namespaces.Has(CloneFlags.CLONE_NEWUSER);
        HostCredentials.GetCapabilities(out ulong effective, out _, out _);
        IsPrivileged = (effective >> (int)Capability.CAP_SYS_ADMIN & 1) != 0;
    }

    internal Container Container { get; }

    internal OciSpec Spec { get; }

    internal bool IsInitial { get; }

    internal OciProcess Process => Spec.Process ?? throw new RuntimeException("process: not given");

    internal Namespaces Namespaces { get; }

    internal bool HasUserNamespace { get; }

    /// <summary>The runtime may mount in its own mount namespace: sources of mounts are opened by it, with its rights, not by the container's.</summary>
    internal bool IsPrivileged { get; }

    /// <summary>Not root on the host, or root of a user namespace only.</summary>
    internal bool OpensTrees => IsPrivileged;

    /// <summary>Who mounts is not in the pid namespace that proc is to show: a descriptor of that one, else -1.</summary>
    internal int PidNamespaceOfProc { get; set; } = -1;

    internal string Bundle => OciText.ToBytes(Container.Bundle);

    /// <summary>What may be denied to a process in a user namespace is made from the host's instead.</summary>
    internal bool BindsDevices => HasUserNamespace || !IsPrivileged || !UserNamespace.IsInitial;

    internal bool HasHooks => Spec.Hooks is { } hooks && ((hooks.Prestart?.Count ?? 0) + (hooks.CreateRuntime?.Count ?? 0) + (hooks.CreateContainer?.Count ?? 0)) > 0;

    /// <summary>Whether a mount of config.json binds something over this path: then the runtime makes nothing there.</summary>
    internal bool IsBound(string place) => Spec.Mounts?.Any(mount => StepPlan.Relative(OciText.ToBytes(mount.Destination ?? "")) == place && new MountOptions(mount).IsBind) == true;
}

using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// The sandbox of a pod, whose namespaces the pod's other containers are told to join. Behind this wall each of them has a kernel of its own, so nothing is
/// joined; but without a pod's names and its ipc a container runs well, and nobody could run a pod at all if these were refused.
/// </summary>
/// <param name="Pid">Of its kernel process.</param>
/// <param name="HostName">The pod's, if it has one of its own.</param>
internal sealed record PodSandbox(int Pid, string? HostName)
{
    /// <summary>Where clients say which sandbox it is: containerd's CRI plug-in; CRI-O and podman.</summary>
    private static readonly string[] Annotations = ["io.kubernetes.cri.sandbox-id", "io.kubernetes.cri-o.SandboxID"];

    /// <summary>The sandbox to whose pod the container belongs, if it is a carrel that the same runtime made.</summary>
    internal static PodSandbox? Find(Container container)
    {
        foreach (string annotation in Annotations)
        {
            if (container.Annotations?.GetValueOrDefault(annotation) is { } id && id != container.Id && ContainerId.IsValid(id)
                && Path.GetDirectoryName(container.Directory) is { } root)
            {
                using ContainerEntry? entry = new ContainerStore(root).Find(id);
                return entry?.Load() is { Isolation: Isolation.Kernel } made ? new PodSandbox(made.Pid, made.Spec.Hostname) : null;
            }
        }

        return null;
    }

    /// <summary>Whether a namespace's path names that of the sandbox.</summary>
    internal bool Owns(OciNamespace joined)
    {
        string own = string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid}/ns/{joined.Type}");
        return HostPath.StatAt(At.AT_FDCWD, own, 0, out Stat its) == 0
            && HostPath.StatAt(At.AT_FDCWD, OciText.ToBytes(joined.Path!), 0, out Stat that) == 0
            && its.Ino == that.Ino && its.Dev == that.Dev;
    }
}

using System.Collections.Generic;

namespace Carrel.Runtime.Cgroups;

/// <summary>One mounted cgroup hierarchy.</summary>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="Controllers">v1: the controllers bound to it ("cpu", "name=systemd"); v2: empty, they differ from cgroup to cgroup.</param>
/// <param name="IsUnified">cgroup v2.</param>
/// <param name="Own">The runtime's own cgroup, relative to the mount: "" is the mount itself.</param>
internal sealed record CgroupMount(string MountPoint, IReadOnlyList<string> Controllers, bool IsUnified, string Own)
{
    /// <summary>The absolute path of a directory of this hierarchy.</summary>
    public string PathOf(string directory) => directory.Length == 0 ? MountPoint : MountPoint + "/" + directory;
}

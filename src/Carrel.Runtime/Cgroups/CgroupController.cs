using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>One resource controller in one cgroup version: its limits and its figures.</summary>
internal abstract class CgroupController
{
    /// <summary>As in /proc/cgroups and cgroup.controllers.</summary>
    public abstract string Name { get; }

    /// <summary>Applies the settings that are there; what is not there stays as it is. As in runc, 0 is "not set" except where the specification gives it a meaning.</summary>
    /// <exception cref="RuntimeException">Names the field that cannot be.</exception>
    public abstract void Apply(Cgroup group, OciResources resources);

    /// <summary>Adds this controller's figures.</summary>
    public virtual void ReadStats(Cgroup group, CgroupStats stats)
    {
    }
}

using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v2 cpuset controller; an empty one means its parent's, so nothing must be initialised.</summary>
internal sealed class CpusetV2 : CgroupController
{
    public override string Name => "cpuset";

    public override void Apply(Cgroup group, OciResources resources)
    {
        if (resources.Cpu is { } cpu)
        {
            CpusetSettings.Apply(group, cpu);
        }
    }

    public override void ReadStats(Cgroup group, CgroupStats stats) => CpusetSettings.ReadStats(group, stats.CpuSet, isUnified: true);
}

using System.Collections.Generic;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v1 cpuset controller, cpuset(7).</summary>
internal sealed class CpusetV1 : CgroupController
{
    private static readonly string[] Files = ["cpuset.cpus", "cpuset.mems"];

    public override string Name => "cpuset";

    public override void Apply(Cgroup group, OciResources resources)
    {
        if (resources.Cpu is { } cpu)
        {
            CpusetSettings.Apply(group, cpu);
        }
    }

    public override void ReadStats(Cgroup group, CgroupStats stats) => CpusetSettings.ReadStats(group, stats.CpuSet, isUnified: false);

    /// <summary>A new v1 cpuset is empty, and no process may enter an empty one: from the top down, each one that is empty gets its parent's.</summary>
    public static void Initialise(Cgroup group)
    {
        var chain = new Stack<Cgroup>();
        for (Cgroup? at = group; at is not null && at.Directory.Length > 0; at = at.Parent)
        {
            chain.Push(at);
        }

        foreach (Cgroup at in chain)
        {
            foreach (string file in Files)
            {
                if (string.IsNullOrWhiteSpace(at.TryRead(file)) && at.Parent?.TryRead(file)?.Trim() is { Length: > 0 } inherited)
                {
                    at.Set("linux.cgroupsPath", file, inherited);
                }
            }
        }
    }
}

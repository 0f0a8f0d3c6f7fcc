using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The pids controller; the same files in both versions.</summary>
internal sealed class PidsController : CgroupController
{
    public override string Name => "pids";

    public override void Apply(Cgroup group, OciResources resources)
    {
        if (resources.Pids?.Limit is { } limit and not 0)
        {
            group.Set("linux.resources.pids.limit", "pids.max", limit < 0 ? "max" : limit.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    public override void ReadStats(Cgroup group, CgroupStats stats)
    {
        ulong limit = group.TryReadNumber("pids.max") ?? 0;
        stats.Pids = new PidsStats { Current = group.TryReadNumber("pids.current") ?? 0, Limit = limit == ulong.MaxValue ? 0 : limit };
    }
}

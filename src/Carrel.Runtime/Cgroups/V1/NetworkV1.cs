using System;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v1 net_cls controller: a class for tc(8).</summary>
internal sealed class NetClsV1 : CgroupController
{
    public override string Name => "net_cls";

    public override void Apply(Cgroup group, OciResources resources)
    {
        if (resources.Network?.ClassID is { } id and not 0)
        {
            group.Set("linux.resources.network.classID", "net_cls.classid", (ulong)id);
        }
    }
}

/// <summary>The v1 net_prio controller: a priority per interface.</summary>
internal sealed class NetPrioV1 : CgroupController
{
    private const int MaxInterfaceName = 15; // IFNAMSIZ - 1

    public override string Name => "net_prio";

    public override void Apply(Cgroup group, OciResources resources)
    {
        foreach (OciInterfacePriority priority in resources.Network?.Priorities ?? [])
        {
            const string Field = "linux.resources.network.priorities";
            if (priority.Name.Length is 0 or > MaxInterfaceName || priority.Name.AsSpan().IndexOfAnyInRange('\0', ' ') >= 0)
            {
                throw new RuntimeException($"{Field}: \"{priority.Name}\" is not the name of an interface");
            }

            group.Set(Field, "net_prio.ifpriomap", $"{priority.Name} {priority.Priority}");
        }
    }
}

using System;

namespace Carrel.Runtime.Cgroups;

/// <summary>The controllers we know, by version.</summary>
internal static class Controllers
{
    /// <summary>v1, in the order in which they are applied: what may refuse comes before what may kill.</summary>
    public static readonly CgroupController[] V1 =
    [
        new DevicesV1(), new CpusetV1(), new CpuV1(), new CpuacctV1(), new PidsController(), new BlkioV1(), new HugetlbController(isUnified: false), new NetClsV1(), new NetPrioV1(),
        new RdmaController(), new MemoryV1(),
    ];

    /// <summary>v2, by the names that the v1 counterpart has where they differ ("blkio" is "io" in cgroup.controllers).</summary>
    public static readonly CgroupController[] V2 =
    [
        new DevicesV2(), new CpusetV2(), new CpuV2(), new PidsController(), new IoV2(), new HugetlbController(isUnified: true), new RdmaController(), new MemoryV2(),
    ];

    /// <summary>The v2 controller for a v1 name if this cgroup has it. Devices are no controller in v2 but a program, which every cgroup may have.</summary>
    public static CgroupController? FindV2(string name, Cgroup group) =>
        name == "devices" || UnifiedDelegation.Has(group, UnifiedName(name)) ? Array.Find(V2, controller => controller.Name == name) : null;

    public static string UnifiedName(string name) => name == "blkio" ? "io" : name;
}

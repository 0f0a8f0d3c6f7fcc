using System;
using System.Collections.Generic;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime.Cgroups;

namespace Carrel.Runtime;

/// <summary>The cgroups of containers on this host: cgroup v1, v2 or both. A <see cref="CgroupRecord"/> names those of one container.</summary>
public static class CgroupManager
{
    private static readonly Lazy<CgroupDriver> Host = new(() => new CgroupDriver(CgroupHierarchies.Detect(), new KernelCgroupFs(), IsRootless));

    /// <summary>
    /// What <see cref="Create"/> is about to make, to be written down before: should we be killed in the middle of it, the next verb can take it back. Null for
    /// systemd, which makes it and is asked for it.
    /// </summary>
    public static CgroupRecord? Plan(string id, string? cgroupsPath, bool usesSystemd) => usesSystemd ? null : Host.Value.Plan(id, cgroupsPath);

    /// <summary>Makes the container's cgroups and applies the limits. Nobody is in them yet. On failure nothing is left.</summary>
    /// <param name="cgroupsPath">linux.cgroupsPath; for systemd "slice:prefix:name".</param>
    /// <returns>Null: the user is rootless, nothing is delegated to him and no limit is asked for.</returns>
    public static CgroupRecord? Create(string id, string? cgroupsPath, OciResources? resources, bool usesSystemd) =>
        usesSystemd ? Systemd.Create(id, cgroupsPath, resources) : Host.Value.Create(id, cgroupsPath, resources);

    /// <summary>The container's first process is in its cgroups. Only systemd needs to be told: until then a process of ours keeps the scope.</summary>
    public static void Settle(CgroupRecord record) => Placeholder.End(record.Unit);

    /// <summary>Changes limits of a running container; fields that are null stay as they are.</summary>
    public static void Apply(CgroupRecord record, OciResources resources)
    {
        if (IsOfSystemd(record))
        {
            Systemd.Apply(record, resources);
        }

        Host.Value.Apply(record, resources, isNew: false);
    }

    /// <summary>How a process that is being made comes into the container's cgroups.</summary>
    /// <param name="below">A path below the container's cgroup (exec --cgroup).</param>
    /// <param name="firstPid">The container's first process, 0 if there is none: decides where exec enters when the container has made v2 cgroups of its own.</param>
    public static CgroupEntrance Entrance(CgroupRecord record, string? below = null, int firstPid = 0) => Host.Value.Entrance(record, below, firstPid);

    /// <summary>Moves a process into the container's cgroups.</summary>
    public static void Enter(CgroupRecord record, int pid)
    {
        Host.Value.Enter(record, pid);
        Settle(record);
    }

    /// <summary>Host pids in the container's cgroups and below, ascending.</summary>
    public static IReadOnlyList<int> Processes(CgroupRecord record) => Host.Value.Processes(record);

    /// <summary>Stops all processes; returns when they have stopped.</summary>
    public static void Freeze(CgroupRecord record) => FreezerOf(record).Freeze();

    /// <summary>Stops all processes as far as the host can; for carrels, whose guests wait where they cannot be frozen but do not run.</summary>
    public static void Hold(CgroupRecord record) => FreezerOf(record).Hold();

    public static void Thaw(CgroupRecord record) => FreezerOf(record).Thaw();

    public static bool IsFrozen(CgroupRecord record) => Host.Value.FreezerOf(record)?.IsFrozen == true;

    /// <summary>SIGKILL to every process in the cgroups; returns when they are gone. A frozen container is thawed.</summary>
    public static void KillAll(CgroupRecord record) => Host.Value.KillAll(record);

    /// <summary>Removes the cgroups if nobody is in them any more, at little cost. False: <see cref="KillAll"/> and <see cref="Remove"/> have work to do.</summary>
    public static bool TryRemoveEmpty(CgroupRecord record) => !IsOfSystemd(record) && Host.Value.TryRemoveEmpty(record);

    /// <summary>Removes the cgroups with those that the container made in them. Those that are gone already are no error.</summary>
    public static void Remove(CgroupRecord record)
    {
        if (IsOfSystemd(record))
        {
            Systemd.Stop(record);
        }

        Host.Value.Remove(record);
    }

    public static CgroupStats ReadStats(CgroupRecord record) => Host.Value.ReadStats(record);

    /// <summary>Watches for processes killed at the memory limit.</summary>
    public static OomWatch WatchOom(CgroupRecord record) => Host.Value.WatchOom(record);

    private static SystemdDriver Systemd => new(Host.Value, IsRootless);

    private static bool IsOfSystemd(CgroupRecord record) => record.Manager == SystemdDriver.ManagerName;

    private static Freezer FreezerOf(CgroupRecord record) =>
        Host.Value.FreezerOf(record) ?? throw new RuntimeException("the container cannot be paused: this host has no cgroup freezer for it");

    // In a user namespace the root user is a user of the host all the same.
    internal static bool IsRootless { get; } =
        HostCredentials.UserId != 0 || !UserNamespace.IsInitial;
}

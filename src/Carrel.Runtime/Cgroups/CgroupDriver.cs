using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The verbs on a container's cgroups, given what the host has. <see cref="CgroupManager"/> is this on the host we run on.</summary>
/// <param name="isRootless">Not the host's root: what this user may not make is left out, as long as nothing needs it.</param>
internal sealed class CgroupDriver(CgroupHierarchies hierarchies, CgroupFs fs, bool isRootless)
{
    private const string Unified = "";

    public CgroupHierarchies Hierarchies { get; } = hierarchies;

    /// <summary>The directories that <see cref="Create(string, string?, OciResources?)"/> would make: those that are there already belong to somebody else.</summary>
    public CgroupRecord Plan(string id, string? cgroupsPath)
    {
        var record = new CgroupRecord();
        foreach (CgroupMount mount in Hierarchies.IsUnified || Hierarchies.IsHybrid ? Hierarchies.Legacy.Append(Hierarchies.Unified!) : Hierarchies.Legacy)
        {
            var group = new Cgroup(fs, mount, CgroupPath.DirectoryFor(mount, id, cgroupsPath));
            if (!group.IsThere)
            {
                Add(record, group);
            }
        }

        return record;
    }

    /// <summary>Makes the directories and applies the limits; on failure nothing of it is left.</summary>
    public CgroupRecord? Create(string id, string? cgroupsPath, OciResources? resources) =>
        Create(mount => CgroupPath.DirectoryFor(mount, id, cgroupsPath), isOurs: false, resources);

    /// <param name="directoryFor">The container's directory in each hierarchy.</param>
    /// <param name="isOurs">Directories that are there already are ours.</param>
    public CgroupRecord? Create(Func<CgroupMount, string> directoryFor, bool isOurs, OciResources? resources)
    {
        var maker = new CgroupMaker(fs, isRootless);
        var record = new CgroupRecord();
        try
        {
            foreach (CgroupMount mount in Hierarchies.IsUnified ? [Hierarchies.Unified!] : Hierarchies.Legacy)
            {
                Add(record, maker.Make(mount, directoryFor(mount), isOurs));
            }

            // Beside v1 the v2 hierarchy has no controllers, but it can kill and freeze at once. Without it, we lose nothing.
            if (Hierarchies.IsHybrid)
            {
                Add(record, maker.TryMake(Hierarchies.Unified!, directoryFor(Hierarchies.Unified!), isOurs));
            }

            if (record.Paths.Count == 0)
            {
                string? asked = AskedFields.AnyLimit(resources);
                return asked is null && isRootless ? null : throw new RuntimeException($"{asked ?? "linux.cgroupsPath"}: {maker.Refusal ?? "no cgroup file system is mounted"}");
            }

            if (record.Paths.TryGetValue("cpuset", out string? cpuset))
            {
                CpusetV1.Initialise(At(cpuset));
            }

            Apply(record, resources ?? new OciResources(), isNew: true);
            return record;
        }
        catch (RuntimeException)
        {
            maker.Undo();
            throw;
        }
    }

    /// <summary>Applies what is set. Device rules of a running container change only if there are some.</summary>
    public void Apply(CgroupRecord record, OciResources resources, bool isNew)
    {
        if (resources.Unified is { Count: > 0 } && !Hierarchies.IsUnified)
        {
            throw new RuntimeException("linux.resources.unified: this host has cgroup v1");
        }

        foreach (CgroupController controller in Controllers.V1)
        {
            bool isDevices = controller.Name == "devices";
            string? asked = AskedFields.Of(controller.Name, resources);
            if (!isNew && isDevices && resources.Devices is null)
            {
                continue;
            }

            if (record.Paths.TryGetValue(controller.Name, out string? path))
            {
                controller.Apply(At(path), resources);
            }
            else if (record.Paths.TryGetValue(Unified, out path) && Controllers.FindV2(controller.Name, At(path)) is { } unified)
            {
                unified.Apply(At(path), resources);
            }
            else if (!isRootless && isDevices)
            {
                throw new RuntimeException("linux.resources.devices: this host has no devices controller, access to devices would be unlimited");
            }
            else if (asked is not null && !isDevices)
            {
                throw new RuntimeException($"{asked}: {WhyWithout(record, controller.Name)}");
            }
        }

        if (resources.Unified is { Count: > 0 } settings)
        {
            UnifiedSettings.Apply(At(record.Paths[Unified]), settings);
        }
    }

    /// <summary>How a process that is being made comes into the container's cgroups.</summary>
    /// <param name="below">A path below the container's cgroup (exec --cgroup).</param>
    /// <param name="firstPid">v2: when the container's own cgroup is closed because it hands controllers to children it made, the cgroup of this process is entered.</param>
    public CgroupEntrance Entrance(CgroupRecord record, string? below, int firstPid)
    {
        var tasks = new List<string>();
        string? unified = null;
        foreach (Cgroup group in Groups(record))
        {
            Cgroup target = group;
            if (!string.IsNullOrEmpty(below?.Trim('/')))
            {
                string path = below.Trim('/');
                target = CgroupPath.IsPlain(path) && group.Child(path).IsThere ? group.Child(path) : throw new RuntimeException($"cgroup {group.Path}/{path}: no such cgroup");
            }
            else if (group.Mount.IsUnified && firstPid > 0 && !string.IsNullOrWhiteSpace(group.TryRead("cgroup.subtree_control")))
            {
                target = group.Tree().FirstOrDefault(child => child.OwnProcesses().Contains(firstPid)) ?? group;
            }

            if (target.Mount.IsUnified)
            {
                unified = target.Path;
            }
            else
            {
                tasks.Add(target.Path + "/tasks");
            }
        }

        return new CgroupEntrance(tasks, unified);
    }

    public void Enter(CgroupRecord record, int pid)
    {
        string text = pid.ToString(CultureInfo.InvariantCulture);
        foreach (Cgroup group in Groups(record))
        {
            Errno error = group.TryWrite("cgroup.procs", text);

            // EINVAL: the process is just being moved by somebody else.
            for (int attempt = 0; error == Errno.EINVAL && attempt < 5; attempt++)
            {
                Thread.Sleep(30);
                error = group.TryWrite("cgroup.procs", text);
            }

            if (error != Errno.OK)
            {
                throw new RuntimeException($"enter cgroup {group.Path}: {error}");
            }
        }
    }

    public IReadOnlyList<int> Processes(CgroupRecord record) =>
        Primary(record) is { } group ? group.Tree().SelectMany(at => at.OwnProcesses()).Distinct().Order().ToArray() : [];

    public Freezer? FreezerOf(CgroupRecord record)
    {
        if (record.Paths.TryGetValue("freezer", out string? path))
        {
            return new FreezerV1(At(path));
        }

        return record.Paths.TryGetValue(Unified, out path) && At(path) is var group && group.Has("cgroup.freeze") ? new FreezerV2(group) : null;
    }

    public void KillAll(CgroupRecord record) => new CgroupKiller([.. Groups(record)], FreezerOf(record)).Kill();

    /// <summary>Removes the cgroups that are empty, which is all of them if nothing is left of the container. True: it was all.</summary>
    public bool TryRemoveEmpty(CgroupRecord record)
    {
        bool isGone = true;
        foreach (Cgroup group in Groups(record))
        {
            isGone &= group.RemoveEmpty() is Errno.OK or Errno.ENOENT;
        }

        return isGone;
    }

    public void Remove(CgroupRecord record)
    {
        string? failure = null;
        foreach (Cgroup group in Groups(record))
        {
            failure = CgroupRemover.Remove(group) ?? failure;
        }

        if (failure is not null)
        {
            throw new RuntimeException(failure);
        }
    }

    public CgroupStats ReadStats(CgroupRecord record)
    {
        var stats = new CgroupStats();
        foreach (CgroupController controller in Controllers.V1)
        {
            if (record.Paths.TryGetValue(controller.Name, out string? path))
            {
                controller.ReadStats(At(path), stats);
            }
            else if (record.Paths.TryGetValue(Unified, out path))
            {
                // Some figures (processor time, pressure) are there without the controller.
                Array.Find(Controllers.V2, unified => unified.Name == controller.Name)?.ReadStats(At(path), stats);
            }
        }

        return stats;
    }

    public OomWatch WatchOom(CgroupRecord record)
    {
        string? path = record.Paths.GetValueOrDefault("memory") ?? record.Paths.GetValueOrDefault(Unified);
        return path is not null ? OomWatch.Of(At(path)) : throw new RuntimeException("the container has no memory cgroup, whose events could be watched");
    }

    /// <summary>The cgroup of an absolute path from a record, checked to be below a cgroup mount.</summary>
    public Cgroup At(string path)
    {
        (CgroupMount mount, string directory) = Hierarchies.Locate(path);
        return new Cgroup(fs, mount, directory);
    }

    /// <summary>The cgroups of a record, each once (v1 mounts may have several controllers).</summary>
    public List<Cgroup> Groups(CgroupRecord record)
    {
        // No chain of queries: what it is made of has to be made up at run time, on the way of every start.
        var groups = new List<Cgroup>(record.Paths.Count);
        HashSet<string> seen = [];
        foreach (string path in record.Paths.Values)
        {
            if (seen.Add(path))
            {
                groups.Add(At(path));
            }
        }

        return groups;
    }

    // The hierarchy in which a container's processes are looked up.
    private Cgroup? Primary(CgroupRecord record)
    {
        foreach (string name in (ReadOnlySpan<string>)["freezer", "devices", "pids", "memory"])
        {
            if (record.Paths.TryGetValue(name, out string? path))
            {
                return At(path);
            }
        }

        return Groups(record).FirstOrDefault();
    }

    private string WhyWithout(CgroupRecord record, string controller)
    {
        string host = record.Paths.ContainsKey(Unified) && Hierarchies.IsUnified
            ? $"the {Controllers.UnifiedName(controller)} controller is not available in {record.Paths[Unified]} (cgroup v2)"
            : $"this host has no {controller} controller (cgroup v1)";
        return isRootless ? host + ", or it is not delegated to this user" : host;
    }

    private static void Add(CgroupRecord record, Cgroup? group)
    {
        if (group is null)
        {
            return;
        }

        foreach (string name in group.Mount.IsUnified ? [Unified] : group.Mount.Controllers)
        {
            record.Paths[name] = group.Path;
        }
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Runtime.Cgroups;

namespace Carrel.Runtime;

/// <summary>A mount of type cgroup: the unified hierarchy, or of the v1 hierarchies each in a directory of its own, as the container's cgroup namespace shows them.</summary>
internal sealed class CgroupMountPlan(StepPlan plan, RootPlan root, ContainerContext context)
{
    private const MountAttr Always = MountAttr.MOUNT_ATTR_NOSUID | MountAttr.MOUNT_ATTR_NODEV | MountAttr.MOUNT_ATTR_NOEXEC;

    internal void Add(string name, MountOptions options, string place)
    {
        CgroupHierarchies host = CgroupHierarchies.Detect();
        int target = plan.Target(name, root.Fd, place, isDirectory: true);
        if (host.IsUnified)
        {
            int mount = context.Namespaces.Has(CloneFlags.CLONE_NEWCGROUP)
                ? plan.NewMount(name, "cgroup2", options.Data.Where(option => option is not "nsdelegate"), "cgroup", options.Set)
                : Copy(name, OwnDirectory("") ?? host.Unified!.MountPoint, options.Set);
            plan.MoveMount(name, StepPlan.ResultOf(mount), StepPlan.ResultOf(target));
            return;
        }

        MountAttr attributes = options.Set | Always;
        int tmpfs = plan.NewMount(name, "tmpfs", ["mode=755"], "tmpfs", attributes & ~MountAttr.MOUNT_ATTR_RDONLY);
        StepArgument directory = StepPlan.ResultOf(tmpfs);
        plan.MoveMount(name, directory, StepPlan.ResultOf(target));
        foreach (CgroupMount hierarchy in host.Legacy)
        {
            AddHierarchy(name, hierarchy, directory, attributes);
        }

        if (options.IsReadOnly)
        {
            root.ReadOnlyLater.Add((directory, "/" + place));
        }
    }

    private void AddHierarchy(string name, CgroupMount hierarchy, StepArgument directory, MountAttr attributes)
    {
        string file = hierarchy.MountPoint[(hierarchy.MountPoint.LastIndexOf('/') + 1)..];
        plan.Add($"{name}: {file}", Nr.mkdirat, directory, plan.Text(file), 0x1ed);
        int place = plan.OpenIn($"{name}: {file}", directory, file, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, ResolveFlags.RESOLVE_NO_SYMLINKS);
        int mount = context.Namespaces.Has(CloneFlags.CLONE_NEWCGROUP)
            ? plan.NewMount($"{name}: {file}", "cgroup", Option(hierarchy), "cgroup", attributes)
            : Copy($"{name}: {file}", OwnDirectory(hierarchy.Controllers[0]) ?? hierarchy.PathOf(hierarchy.Own), attributes);
        plan.MoveMount($"{name}: {file}", StepPlan.ResultOf(mount), StepPlan.ResultOf(place));
        if (file.Contains(',', StringComparison.Ordinal))
        {
            foreach (string controller in file.Split(','))
            {
                plan.List.Tolerate(plan.Add($"{name}: {controller}", Nr.symlinkat, plan.Text(file), directory, plan.Text(controller)), Errno.EEXIST);
            }
        }
    }

    // cgroup1_parse_param: "name=systemd" needs "none", the hierarchy has no controllers.
    private static IEnumerable<string> Option(CgroupMount hierarchy) =>
        hierarchy.Controllers.Any(controller => controller.StartsWith("name=", StringComparison.Ordinal)) ? hierarchy.Controllers.Prepend("none") : hierarchy.Controllers;

    private string? OwnDirectory(string controller) => context.Container.Cgroup?.Paths.GetValueOrDefault(controller);

    private int Copy(string name, string source, MountAttr attributes)
    {
        int tree = plan.Add(name, Nr.open_tree, At.AT_FDCWD, plan.Text(source), (long)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC));
        plan.SetAttributes(name, StepPlan.ResultOf(tree), new MountAttrBuf { AttrSet = (ulong)attributes, Propagation = (ulong)MountFlags.MS_PRIVATE });
        return tree;
    }
}

using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// The container's root: a private copy of the mount at root.path, with everything that config.json mounts, devices, and at the end nothing else.
/// Until <see cref="Enter"/> the process still stands in a copy of the host's tree, where the sources of its mounts are found.
/// </summary>
internal sealed class RootPlan
{
    private readonly StepPlan _plan;
    private readonly MountFlags _propagation;
    private readonly bool _isPropagationRecursive;
    private readonly bool _isReadOnly;
    private readonly int _root;

    /// <param name="tree">A detached copy of the root directory's mount, ours; -1: the process opens it by its path.</param>
    internal RootPlan(StepPlan plan, OciSpec spec, string path, int tree)
    {
        _plan = plan;
        _isReadOnly = spec.Root?.Readonly == true;
        string propagation = spec.Linux?.RootfsPropagation is { Length: > 0 } given ? given : "rprivate";
        if (!MountOptions.TryPropagation(propagation, out _propagation, out _isPropagationRecursive))
        {
            throw new RuntimeException($"linux.rootfsPropagation: {propagation} is unknown");
        }

        // Nothing that is mounted here may reach the host. What the host mounts later reaches the container only if it asks for that.
        MountFlags own = _propagation is MountFlags.MS_SHARED or MountFlags.MS_SLAVE ? MountFlags.MS_SLAVE : MountFlags.MS_PRIVATE;
        plan.Add("making the mounts private", Nr.mount, plan.Text("none"), plan.Text("/"), 0, (long)(MountFlags.MS_REC | own), 0);
        if (tree >= 0)
        {
            _root = plan.List.AddNothing();
            plan.List.AddSetResult(_root, tree);
        }
        else
        {
            const long Flags = (long)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC) | At.AT_RECURSIVE;
            _root = plan.Add($"opening the root {path}", Nr.open_tree, At.AT_FDCWD, plan.Text(path), Flags);
        }

        plan.SetAttributes("making the root private", Fd, new MountAttrBuf { Propagation = (ulong)own }, isRecursive: true);
        plan.Add("mounting the root", Nr.move_mount, Fd, plan.Text(""), At.AT_FDCWD, plan.Text("/"), (uint)MoveMountFlags.MOVE_MOUNT_F_EMPTY_PATH);
    }

    /// <summary>The root as a descriptor.</summary>
    internal StepArgument Fd => StepPlan.ResultOf(_root);

    /// <summary>Mounts that become read-only when everything is in place.</summary>
    internal List<(StepArgument Mount, string Path)> ReadOnlyLater { get; } = [];

    /// <summary>The root becomes the root, and the host's tree goes. pivot_root(2) says why "." twice.</summary>
    internal void Enter(bool pivots)
    {
        StepPlan plan = _plan;
        if (pivots)
        {
            int old = plan.Add("opening the old root", Nr.openat, At.AT_FDCWD, plan.Text("/"), (long)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC), 0);
            plan.Add("entering the new root", Nr.fchdir, Fd);
            plan.Add("pivot_root", Nr.pivot_root, plan.Text("."), plan.Text("."));
            plan.Add("going back to the old root", Nr.fchdir, StepPlan.ResultOf(old));
            plan.Add("detaching the old root from the host's", Nr.mount, 0, plan.Text("."), 0, (long)(MountFlags.MS_REC | MountFlags.MS_SLAVE), 0);
            plan.Add("leaving the old root", Nr.umount2, plan.Text("."), (long)MountFlags.MNT_DETACH);
            plan.CloseFd(StepPlan.ResultOf(old));
        }
        else
        {
            // --no-pivot: "/" of an initramfs cannot be pivoted away; the new root already lies over it.
            plan.Add("entering the new root", Nr.fchdir, Fd);
            plan.Add("chroot", Nr.chroot, plan.Text("."));
        }

        plan.Add("chdir", Nr.chdir, plan.Text("/"));
    }

    /// <summary>Read-only mounts, the propagation of the root, a read-only root.</summary>
    internal void Finish()
    {
        foreach ((StepArgument mount, string path) in ReadOnlyLater)
        {
            _plan.SetAttributes($"making {path} read-only", mount, new MountAttrBuf { AttrSet = (ulong)MountAttr.MOUNT_ATTR_RDONLY });
        }

        if (_propagation != MountFlags.MS_PRIVATE || !_isPropagationRecursive)
        {
            _plan.SetAttributes("setting the propagation of the root", Fd, new MountAttrBuf { Propagation = (ulong)_propagation }, _isPropagationRecursive);
        }

        if (_isReadOnly)
        {
            _plan.SetAttributes("making the root read-only", Fd, new MountAttrBuf { AttrSet = (ulong)MountAttr.MOUNT_ATTR_RDONLY });
        }
    }
}

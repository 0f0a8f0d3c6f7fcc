using System;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// maskedPaths and readonlyPaths. What hides a file is the host's own /dev/null, opened and looked at by the runtime: never the container's, which may be
/// anything (CVE-2025-31133). Files of /proc are sought in the proc that was mounted, not by a name.
/// </summary>
internal sealed class MaskPlan(StepPlan plan, RootPlan root, MountPlan mounts, ContainerContext context)
{
    private int _emptyDirectory = -1, _null = -1;

    internal void AddAll()
    {
        foreach (string path in context.Spec.Linux?.ReadonlyPaths ?? [])
        {
            MakeReadOnly(OciText.ToBytes(path));
        }

        foreach (string path in context.Spec.Linux?.MaskedPaths ?? [])
        {
            Mask(OciText.ToBytes(path));
        }
    }

    /// <summary>To be called before the host's tree is left, where its /dev/null is.</summary>
    internal void Prepare()
    {
        if (context.Spec.Linux?.MaskedPaths is not { Count: > 0 })
        {
            return;
        }

        const string Name = "masking paths";
        int host = plan.Open("/dev/null", OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, "/dev/null");
        if (HostFd.Stat(host, out Stat stat) < 0 || (stat.Mode & Mode.S_IFMT) != Mode.S_IFCHR || stat.Rdev != 0x103)
        {
            throw new RuntimeException("the host's /dev/null is not the null device");
        }

        _null = plan.Add(Name, Nr.open_tree, At.AT_FDCWD, plan.Text("/dev/null"),
            (long)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC) | At.AT_SYMLINK_NOFOLLOW);
        plan.SetAttributes(Name, StepPlan.ResultOf(_null), new MountAttrBuf { Propagation = (ulong)MountFlags.MS_PRIVATE });
        _emptyDirectory = plan.NewMount(Name, "tmpfs", ["nr_blocks=1", "nr_inodes=1"], "tmpfs", MountAttr.MOUNT_ATTR_RDONLY | MountAttr.MOUNT_ATTR_NOSUID | MountAttr.MOUNT_ATTR_NODEV | MountAttr.MOUNT_ATTR_NOEXEC);
    }

    private void Mask(string path)
    {
        string name = $"masking {path}";
        StepList list = plan.List;
        int directory = Open(name, path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        list.Tolerate(directory, Errno.ENOTDIR, Errno.ENOENT);
        Cover(name, StepPlan.ResultOf(_emptyDirectory), StepPlan.ResultOf(directory));
        int end = plan.List.AddNothing(); // jumps over the file's part

        list.OnFailure(directory, list.Count);
        int file = Open(name, path, OpenFlags.O_PATH);
        list.Tolerate(file, Errno.ENOENT, Errno.ENOTDIR);
        Cover(name, StepPlan.ResultOf(_null), StepPlan.ResultOf(file));
        list.OnSuccess(end, list.Count);
        list.OnFailure(file, list.Count);
    }

    /// <summary>A copy of a mount is put over a place. Before Linux 6.15 only what is mounted somewhere can be copied: then the first place gets the mount itself.</summary>
    private void Cover(string name, StepArgument mount, StepArgument place)
    {
        StepList list = plan.List;
        int copy = plan.CloneMount(name, mount, isRecursive: false);
        list.Tolerate(copy, Errno.EINVAL);
        plan.MoveMount(name, StepPlan.ResultOf(copy), place);
        int end = list.AddNothing();
        list.OnFailure(copy, list.Count);
        plan.MoveMount(name, mount, place);
        list.OnSuccess(end, list.Count);
    }

    private void MakeReadOnly(string path)
    {
        string name = $"making {path} read-only";
        StepList list = plan.List;
        int place = Open(name, path, OpenFlags.O_PATH);
        list.Tolerate(place, Errno.ENOENT, Errno.ENOTDIR);
        int copy = plan.CloneMount(name, StepPlan.ResultOf(place), isRecursive: true);
        plan.SetAttributes(name, StepPlan.ResultOf(copy), new MountAttrBuf { AttrSet = (ulong)MountAttr.MOUNT_ATTR_RDONLY }, isRecursive: true);
        plan.MoveMount(name, StepPlan.ResultOf(copy), StepPlan.ResultOf(place));
        list.OnFailure(place, list.Count);
    }

    private int Open(string name, string path, OpenFlags flags)
    {
        string place = StepPlan.Relative(path);
        foreach ((string prefix, StepArgument? mount) in (ReadOnlySpan<(string, StepArgument?)>)[("proc/", mounts.ProcMount), ("sys/", mounts.SysMount)])
        {
            if (mount is { } fd && place.StartsWith(prefix, StringComparison.Ordinal))
            {
                return plan.OpenIn(name, fd, place[prefix.Length..], flags);
            }
        }

        return plan.OpenIn(name, root.Fd, place, flags);
    }
}

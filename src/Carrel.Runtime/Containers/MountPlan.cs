using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// The mounts of config.json, in their order. Each is made detached, gets its attributes, and is then put at a place that is a descriptor: there is
/// no moment at which it is there without them, and no name to race for.
/// </summary>
internal sealed class MountPlan(StepPlan plan, RootPlan root, ContainerContext context)
{
    private const string Proc = "proc", Sys = "sys";

    // What runc lets a bind mount hide in /proc (checkProcMount): lxcfs and the like.
    private static readonly HashSet<string> ProcFiles =
    [
        "proc/cpuinfo", "proc/diskstats", "proc/meminfo", "proc/stat", "proc/swaps", "proc/uptime", "proc/loadavg", "proc/slabinfo", "proc/net/dev",
        "proc/sys/kernel/ns_last_pid", "proc/sys/crypto/fips_enabled",
    ];

    /// <summary>The proc that was mounted on /proc; null: none was.</summary>
    internal StepArgument? ProcMount { get; private set; }

    /// <summary>The sysfs that was mounted on /sys; null: none was.</summary>
    internal StepArgument? SysMount { get; private set; }

    internal void Add(OciMount mount)
    {
        string destination = OciText.ToBytes(mount.Destination ?? "");
        var options = new MountOptions(mount);
        string type = options.IsBind ? "bind" : mount.Type ?? "";
        string name = $"mount {type} on {destination}";
        string place = StepPlan.Relative(destination);
        switch (type)
        {
            case "bind":
                Bind(name, mount, options, place);
                break;
            case "cgroup" or "cgroup2":
                new CgroupMountPlan(plan, root, context).Add(name, options, place);
                break;
            case "proc" or "sysfs":
                Kernel(name, type, options, place);
                break;
            case "overlay":
                Classic(name, type, OciText.ToBytes(mount.Source ?? type), options, place);
                break;
            case "":
                throw new RuntimeException($"mounts: {destination}: no type is given");
            default:
                Fresh(name, type, OciText.ToBytes(mount.Source ?? type), options, place);
                break;
        }
    }

    /// <summary>proc and sysfs: what they show decides what the container sees of itself, so the place must be a real directory of the root and no link (CVE-2019-19921).</summary>
    private void Kernel(string name, string type, MountOptions options, string place)
    {
        int target = plan.Target(name, root.Fd, place, isDirectory: true, ResolveFlags.RESOLVE_NO_SYMLINKS);
        int mount = plan.NewMount(name, type, options.Data, type, options.Set, type == "proc" ? context.PidNamespaceOfProc : -1);
        Attach(name, options, mount, target);
        if (place == Proc && type == "proc")
        {
            ProcMount = StepPlan.ResultOf(mount);
        }
        else if (place == Sys && type == "sysfs")
        {
            SysMount = StepPlan.ResultOf(mount);
        }
    }

    private void Fresh(string name, string type, string source, MountOptions options, string place)
    {
        int target = plan.Target(name, root.Fd, place, isDirectory: true);
        RefuseProc(name, target);
        MountAttr attributes = options.Set;
        bool isTmpfs = type == "tmpfs";
        if (isTmpfs || place == "dev")
        {
            // Devices and the copies of tmpcopyup go into it first.
            attributes &= ~MountAttr.MOUNT_ATTR_RDONLY;
        }

        List<string> data = Data(type, options);
        string rootfs = OciText.ToBytes(context.Container.Rootfs);
        if (isTmpfs && !data.Exists(option => option.StartsWith("mode=", System.StringComparison.Ordinal)) && TmpfsCopy.ModeOf(rootfs, place) is { } mode)
        {
            data.Add("mode=" + System.Convert.ToString(mode, 8)); // as runc: that of the directory below
        }

        int mount = plan.NewMount(name, type, data, source, attributes);
        if (options.CopiesUp && isTmpfs)
        {
            TmpfsCopy.Add(plan, name, rootfs, place, StepPlan.ResultOf(target), StepPlan.ResultOf(mount));
        }

        Attach(name, options, mount, target);
        if (attributes != options.Set)
        {
            root.ReadOnlyLater.Add((StepPlan.ResultOf(mount), "/" + place));
        }
    }

    /// <summary>mount(2) on the directory that is the current one: for file systems whose options are too long for fsconfig(2).</summary>
    private void Classic(string name, string type, string source, MountOptions options, string place)
    {
        int target = plan.Target(name, root.Fd, place, isDirectory: true);
        RefuseProc(name, target);
        MountFlags flags = Flags(options.Set);
        plan.Add(name, Nr.fchdir, StepPlan.ResultOf(target));
        plan.Add(name, Nr.mount, plan.Text(source), plan.Text("."), plan.Text(type), (long)flags, plan.Text(string.Join(',', options.Data)));
        plan.Add(name, Nr.chdir, plan.Text("/"));
        if (options.Propagation.Count > 0)
        {
            int mounted = plan.OpenIn(name, root.Fd, place, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
            Propagate(name, options, StepPlan.ResultOf(mounted));
        }
    }

    private void Bind(string name, OciMount mount, MountOptions options, string place)
    {
        string source = OciText.ToBytes(mount.Source ?? "");
        source = source.StartsWith('/') ? source : context.Bundle + "/" + source;
        bool isDirectory = IsDirectory(source, name);
        int tree = context.OpensTrees ? plan.Take(OpenTree(source, options.IsRecursive, name)) : -1;
        int step;
        if (tree >= 0)
        {
            step = plan.List.AddNothing();
            plan.List.AddSetResult(step, tree);
        }
        else
        {
            step = plan.Add(name, Nr.open_tree, At.AT_FDCWD, plan.Text(source), TreeFlags(options.IsRecursive));
        }

        int target = plan.Target(name, root.Fd, place, isDirectory);
        if (!IsAllowedInProc(place, source))
        {
            RefuseProc(name, target);
        }

        // Made in the host's namespace it is a peer of the source's mount: what is mounted below must not reach the host unless asked.
        if (options.Propagation.Count == 0)
        {
            plan.SetAttributes(name, StepPlan.ResultOf(step), new MountAttrBuf { Propagation = (ulong)MountFlags.MS_PRIVATE }, isRecursive: true);
        }

        if (options.IsIdMapped)
        {
            IdMap(name, mount, options, tree);
        }

        if (options.Set != 0 || options.Clear != 0)
        {
            plan.SetAttributes(name, StepPlan.ResultOf(step), new MountAttrBuf { AttrSet = (ulong)options.Set, AttrClr = (ulong)options.Clear });
        }

        Attach(name, options, step, target);
    }

    private void IdMap(string name, OciMount mount, MountOptions options, int tree)
    {
        if (tree < 0)
        {
            throw new RuntimeException($"{name}: idmap needs privileges");
        }

        List<OciIdMapping>? uids = mount.UidMappings is { Count: > 0 } ? mount.UidMappings : context.Spec.Linux?.UidMappings;
        List<OciIdMapping>? gids = mount.GidMappings is { Count: > 0 } ? mount.GidMappings : context.Spec.Linux?.GidMappings;
        if (uids is not { Count: > 0 } || gids is not { Count: > 0 })
        {
            throw new RuntimeException($"{name}: idmap: neither the mount nor the container has id mappings");
        }

        int ns = plan.Take(IdMappedNamespace.Create(uids, gids, name));
        // The attribute is set by us: it takes privileges over the file system's own namespace, which a container does not have.
        int recursive = options.IsIdMappedRecursively ? At.AT_RECURSIVE : 0;
        ErrorText.Check(HostMount.SetAttributes(tree, "", At.AT_EMPTY_PATH | recursive,
            new MountAttrBuf { AttrSet = (ulong)MountAttr.MOUNT_ATTR_IDMAP, UsernsFd = (ulong)ns }), $"{name}: idmap");
    }

    private void Attach(string name, MountOptions options, int mount, int target)
    {
        StepArgument fd = StepPlan.ResultOf(mount);
        if (options.RecursiveSet != 0 || options.RecursiveClear != 0)
        {
            plan.SetAttributes(name, fd, new MountAttrBuf { AttrSet = (ulong)options.RecursiveSet, AttrClr = (ulong)options.RecursiveClear }, isRecursive: true);
        }

        plan.MoveMount(name, fd, StepPlan.ResultOf(target));
        Propagate(name, options, fd);
        plan.CloseFd(StepPlan.ResultOf(target));
    }

    private void Propagate(string name, MountOptions options, StepArgument mount)
    {
        foreach ((MountFlags flag, bool isRecursive) in options.Propagation)
        {
            plan.SetAttributes($"{name}: propagation", mount, new MountAttrBuf { Propagation = (ulong)flag }, isRecursive);
        }
    }

    /// <summary>Nothing is mounted over files of /proc: that would be the container lying to its own runtime (runc's checkProcMount).</summary>
    private void RefuseProc(string name, int target) =>
        plan.CheckFileSystem($"{name}: it lies in /proc", StepPlan.ResultOf(target), SuperMagic.PROC_SUPER_MAGIC, Errno.EPERM, isNegated: true);

    private static bool IsAllowedInProc(string place, string source)
    {
        if (ProcFiles.Contains(place))
        {
            return true;
        }

        // A /proc of the host bound to /proc.
        int fd = HostPath.OpenAt(At.AT_FDCWD, source, OpenFlags.O_PATH | OpenFlags.O_CLOEXEC);
        bool isProc = fd >= 0 && HostFd.StatFs(fd, out StatFs stat) == 0 && stat.Type == SuperMagic.PROC_SUPER_MAGIC;
        if (fd >= 0)
        {
            HostFd.Close(fd);
        }

        return place == Proc && isProc;
    }

    private static List<string> Data(string type, MountOptions options) =>
        options.Data.Where(option => type != "devpts" || option != "newinstance").ToList(); // every devpts is new

    private bool IsDirectory(string source, string name)
    {
        ErrorText.Check(HostPath.StatAt(At.AT_FDCWD, source, 0, out Stat stat), $"{name}: {source}");
        return (stat.Mode & Mode.S_IFMT) == Mode.S_IFDIR;
    }

    private static long TreeFlags(bool isRecursive) =>
        (long)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC) | (long)(isRecursive ? At.AT_RECURSIVE : 0);

    private static int OpenTree(string source, bool isRecursive, string name) =>
        ErrorText.Check(HostMount.OpenTree(At.AT_FDCWD, source, (uint)TreeFlags(isRecursive)), $"{name}: {source}");

    private static MountFlags Flags(MountAttr attributes)
    {
        MountFlags flags = 0;
        flags |= (attributes & MountAttr.MOUNT_ATTR_RDONLY) != 0 ? MountFlags.MS_RDONLY : 0;
        flags |= (attributes & MountAttr.MOUNT_ATTR_NOSUID) != 0 ? MountFlags.MS_NOSUID : 0;
        flags |= (attributes & MountAttr.MOUNT_ATTR_NODEV) != 0 ? MountFlags.MS_NODEV : 0;
        flags |= (attributes & MountAttr.MOUNT_ATTR_NOEXEC) != 0 ? MountFlags.MS_NOEXEC : 0;
        flags |= (attributes & MountAttr.MOUNT_ATTR_NODIRATIME) != 0 ? MountFlags.MS_NODIRATIME : 0;
        flags |= (attributes & MountAttr.MOUNT_ATTR_NOSYMFOLLOW) != 0 ? MountFlags.MS_NOSYMFOLLOW : 0;
        return flags | ((attributes & MountAttr.MOUNT_ATTR__ATIME) switch
        {
            MountAttr.MOUNT_ATTR_NOATIME => MountFlags.MS_NOATIME,
            MountAttr.MOUNT_ATTR_STRICTATIME => MountFlags.MS_STRICTATIME,
            _ => 0,
        });
    }
}

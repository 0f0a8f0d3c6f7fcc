using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>Devices and links in /dev (config-linux.md, "Default Devices"; runc's createDevices and setupDevSymlinks).</summary>
internal sealed class DevicePlan(StepPlan plan, RootPlan root, ContainerContext context)
{
    private static readonly (string Path, uint Major, uint Minor)[] Defaults =
        [("dev/null", 1, 3), ("dev/random", 1, 8), ("dev/full", 1, 7), ("dev/tty", 5, 0), ("dev/zero", 1, 5), ("dev/urandom", 1, 9)];

    private static readonly (string Path, string Target)[] Links =
        [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2")];

    private readonly HashSet<string> _made = [];

    /// <summary>Nothing is made if the host's /dev (or another) is bound to /dev.</summary>
    internal void AddAll()
    {
        if (context.IsBound("dev"))
        {
            return;
        }

        foreach (OciDevice device in context.Spec.Linux?.Devices ?? [])
        {
            Add(device);
        }

        foreach ((string path, uint major, uint minor) in Defaults)
        {
            if (!_made.Contains(path) && !context.IsBound(path))
            {
                Add(new OciDevice { Type = "c", Path = "/" + path, Major = major, Minor = minor });
            }
        }

        AddLinks();
    }

    /// <summary>The terminal as /dev/console. By descriptor: what is called /dev/pts/0 by then does not matter (CVE-2025-52565).</summary>
    internal void AddConsole(StepArgument terminal)
    {
        const string Name = "mount the terminal on /dev/console";
        int tree = plan.CloneMount(Name, terminal, isRecursive: false);
        int target = plan.Target(Name, root.Fd, "dev/console", isDirectory: false, ResolveFlags.RESOLVE_NO_SYMLINKS);
        plan.MoveMount(Name, StepPlan.ResultOf(tree), StepPlan.ResultOf(target));
    }

    private void Add(OciDevice device)
    {
        string path = StepPlan.Relative(OciText.ToBytes(device.Path));
        _made.Add(path);
        if (path == "dev/ptmx")
        {
            return; // the link to the container's own devpts
        }

        string name = $"device /{path}";
        uint type = device.Type switch
        {
            "c" or "u" => Mode.S_IFCHR,
            "b" => Mode.S_IFBLK,
            "p" => Mode.S_IFIFO,
            _ => throw new RuntimeException($"linux.devices: {device.Path}: type {device.Type} is unknown"),
        };
        int slash = path.LastIndexOf('/');
        string directory = slash < 0 ? "" : path[..slash];
        string file = path[(slash + 1)..];
        if (context.BindsDevices && type != Mode.S_IFIFO)
        {
            Bind(device, path, name);
            return;
        }

        int parent = plan.Target(name, root.Fd, directory, isDirectory: true);
        uint mode = device.FileMode is { } given ? given & 0xfff : 0x1b6;
        long number = type == Mode.S_IFIFO ? 0 : DeviceNumber(device.Major, device.Minor);
        int make = plan.Add(name, Nr.mknodat, StepPlan.ResultOf(parent), plan.Text(file), type | mode, number);
        plan.List.Tolerate(make, Errno.EEXIST);
        if (device.Uid is not (null or 0) || device.Gid is not (null or 0))
        {
            plan.Add($"owner of {name}", Nr.fchownat, StepPlan.ResultOf(parent), plan.Text(file), device.Uid ?? 0, device.Gid ?? 0, At.AT_SYMLINK_NOFOLLOW);
        }

        plan.List.OnFailure(make, plan.List.Count); // what the image has there stays as it is
    }

    /// <summary>mknod is not for user namespaces: the host's node is bound, if it is the device that is meant.</summary>
    private void Bind(OciDevice device, string path, string name)
    {
        string source = "/" + path;
        int node = ErrorText.Check(HostPath.OpenAt(At.AT_FDCWD, source, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC), $"{name}: {source}");
        HostFd.Stat(node, out Stat stat);
        HostFd.Close(node);
        if ((stat.Mode & Mode.S_IFMT) is not (Mode.S_IFCHR or Mode.S_IFBLK) || stat.Rdev != (ulong)DeviceNumber(device.Major, device.Minor))
        {
            throw new RuntimeException($"{name}: the host's {source} is another device");
        }

        int tree = plan.Add(name, Nr.open_tree, At.AT_FDCWD, plan.Text(source),
            (long)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC) | At.AT_SYMLINK_NOFOLLOW);
        int target = plan.Target(name, root.Fd, path, isDirectory: false);
        plan.MoveMount(name, StepPlan.ResultOf(tree), StepPlan.ResultOf(target));
    }

    private void AddLinks()
    {
        int dev = plan.Target("links in /dev", root.Fd, "dev", isDirectory: true);
        StepArgument directory = StepPlan.ResultOf(dev);
        foreach ((string name, string target) in Links)
        {
            Link(directory, name, target);
        }

        if (HostPath.StatAt(At.AT_FDCWD, "/proc/kcore", 0, out _) == 0)
        {
            Link(directory, "core", "/proc/kcore");
        }

        // Whatever the image has as ptmx would be the host's.
        int remove = plan.Add("removing /dev/ptmx of the image", Nr.unlinkat, directory, plan.Text("ptmx"), 0);
        plan.List.TolerateAll(remove);
        Link(directory, "ptmx", "pts/ptmx");
    }

    private void Link(StepArgument directory, string name, string target) =>
        plan.List.Tolerate(plan.Add($"link /dev/{name}", Nr.symlinkat, plan.Text(target), directory, plan.Text(name)), Errno.EEXIST);

    /// <summary>new_encode_dev of include/linux/kdev_t.h.</summary>
    private static long DeviceNumber(long major, long minor) => (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xffL) << 12);
}

using System.IO;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Sandbox;

namespace Carrel.Runtime;

/// <summary>`mounts` of config.json as our kernel takes them.</summary>
internal static class GuestMountPlan
{
    private const string Wall = "not supported by --isolation=kernel";

    internal static void Add(SandboxSpec spec, OciMount mount)
    {
        string destination = mount.Destination ?? throw new RuntimeException("mounts: an entry without a destination");
        string where = $"mounts: {destination}";
        (MountFlags flags, string data) = OciNames.MountOptions(mount.Options);
        bool isBind = (flags & MountFlags.MS_BIND) != 0 || mount.Type == "bind";
        flags &= ~(MountFlags.MS_BIND | MountFlags.MS_REC);
        if (mount.UidMappings is { Count: > 0 } || mount.GidMappings is { Count: > 0 })
        {
            throw new RuntimeException($"{where}: uidMappings: {Wall}");
        }

        if (isBind && destination == "/dev/shm")
        {
            // Shared memory is the carrel's own memory, of the size that the caller's tmpfs has.
            int result = HostPath.OpenAt(At.AT_FDCWD, OciText.ToBytes(mount.Source ?? ""), OpenFlags.O_PATH | OpenFlags.O_CLOEXEC);
            HostError.Check(result, $"{where}: {mount.Source}");
            long size = HostFd.StatFs(result, out StatFs stat) == 0 ? (long)stat.Blocks * stat.Bsize : 0;
            HostFd.Close(result);
            spec.Mounts.Add(new MountSpec(destination, "tmpfs", "shm", $"mode=1777,size={size}", -1, flags | MountFlags.MS_NOSUID | MountFlags.MS_NODEV));
            return;
        }

        if (isBind && destination == "/sys" && mount.Source == "/sys")
        {
            // What those say who may not mount a sysfs, without root. A guest's kernel has its own.
            spec.Mounts.Add(new MountSpec(destination, "sysfs", "sysfs", "", -1, flags));
            return;
        }

        int tree = isBind ? AddTree(spec, mount, flags, where) : -1;
        string type = isBind ? "bind" : mount.Type ?? "";
        if (!isBind && type is not ("proc" or "sysfs" or "tmpfs" or "devpts" or "mqueue" or "cgroup" or "cgroup2"))
        {
            throw new RuntimeException($"{where}: type {type}: {Wall}");
        }

        spec.Mounts.Add(new MountSpec(OciText.ToBytes(destination), type, OciText.ToBytes(mount.Source ?? type), isBind ? "" : data, tree, flags));
    }

    private static int AddTree(SandboxSpec spec, OciMount mount, MountFlags flags, string where)
    {
        string source = mount.Source ?? throw new RuntimeException($"{where}: source: missing");
        string path = OciText.ToBytes(Path.GetFullPath(source));
        int result = HostPath.StatAt(At.AT_FDCWD, path, 0, out Stat stat);
        HostError.Check(result, $"{where}: {source}");
        TreeFlags file = (stat.Mode & Mode.S_IFMT) switch
        {
            Mode.S_IFDIR => TreeFlags.None,
            Mode.S_IFREG => TreeFlags.File,
            _ => throw new RuntimeException($"{where}: {source}: neither a file nor a directory: {Wall}"),
        };
        if (spec.Trees.Count >= FilesLimits.Trees)
        {
            throw new RuntimeException($"{where}: more than {FilesLimits.Trees} bind mounts: {Wall}");
        }

        spec.Trees.Add(new TreeSpec(path, file | ((flags & MountFlags.MS_RDONLY) != 0 ? TreeFlags.None : TreeFlags.Writable)));
        return spec.Trees.Count - 1;
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>The bundle of one `do`: a tmpfs with an overlay in it, mounted where only this thread and what it starts can see it.</summary>
internal sealed class DoScratch : IDisposable
{
    internal const string RootName = "rootfs";

    private static readonly string[] s_pseudo =
    [
        "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "mqueue", "securityfs", "debugfs", "tracefs", "pstore", "bpf", "configfs", "fusectl",
        "binfmt_misc", "autofs", "hugetlbfs", "efivarfs", "nsfs", "rpc_pipefs",
    ];

    private readonly string _rootfs;

    internal DoScratch(string? lower)
    {
        if (lower is not null && !Directory.Exists(lower))
        {
            throw new UsageException($"--rootfs: no such directory: {lower}");
        }

        bool isUser = OwnUserNamespace.IsEntered;
        HostMounts = lower is null && !isUser ? FindHostMounts() : [];
        Check(HostNamespace.Leave(CloneFlags.CLONE_NEWNS), "a mount namespace for the root directory");
        Check(HostMount.Mount("none", "/", null, MountFlags.MS_REC | MountFlags.MS_SLAVE, null), "making mounts slaves");
        Bundle = Directory.CreateTempSubdirectory("carrel-do-").FullName;
        string bundle = OciText.ToBytes(Bundle);
        Check(HostMount.Mount("carrel-do", bundle, "tmpfs", MountFlags.MS_NOSUID | MountFlags.MS_NODEV, "mode=0700"), "mount tmpfs");
        foreach (string name in (ReadOnlySpan<string>)["upper", "work", RootName])
        {
            Check(HostPath.MakeDirectoryAt(At.AT_FDCWD, $"{bundle}/{name}", 0x1ed), $"mkdir {name}");
        }

        _rootfs = $"{bundle}/{RootName}";
        if (isUser && lower is null)
        {
            DoRoot.Assemble(bundle, _rootfs);
            return;
        }

        // By descriptor: the options of overlay have no good way to write a path with a comma or a colon.
        int fd = HostError.Check(HostPath.OpenAt(At.AT_FDCWD, OciText.ToBytes(lower ?? "/"), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC), lower ?? "/");
        string attributes = isUser ? "userxattr," : ""; // others take the host's root
        int mounted = HostMount.Mount("carrel-do", _rootfs, "overlay", MountFlags.MS_NODEV, $"{attributes}lowerdir=/proc/self/fd/{fd},upperdir={bundle}/upper,workdir={bundle}/work");
        HostFd.Close(fd);
        Check(mounted, "mount overlay over the root directory");
    }

    /// <summary>The bundle's directory.</summary>
    internal string Bundle { get; }

    /// <summary>Directories of the host on which other file systems are mounted: an overlay shows only the one that it lies over.</summary>
    internal List<string> HostMounts { get; }

    /// <summary>Whether the program would find this directory.</summary>
    internal bool HasDirectory(string path)
    {
        int fd = Open(path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        bool isThere = fd >= 0 || HostMounts.Any(mount => path.StartsWith(mount + "/", StringComparison.Ordinal) || path == mount);
        HostFd.Close(fd);
        return isThere;
    }

    /// <summary>USER[:GROUP], by name or number, by the files of the root directory; nobody given: who runs the command.</summary>
    internal OciUser FindUser(string text)
    {
        if (text.Length == 0)
        {
            return new OciUser { Uid = HostCredentials.UserId, Gid = HostCredentials.GroupId };
        }

        string[] parts = text.Split(':', 2);
        string[]? entry = Lookup("/etc/passwd", parts[0]);
        var user = new OciUser { Uid = Number(parts[0]) ?? (entry is null ? throw new UsageException($"--user: no such user: {parts[0]}") : Number(entry[2]) ?? 0) };
        user.Gid = parts.Length == 1 ? Number(entry?.ElementAtOrDefault(3) ?? "") ?? 0
            : Number(parts[1]) ?? Number(Lookup("/etc/group", parts[1])?[2] ?? throw new UsageException($"--user: no such group: {parts[1]}")) ?? 0;
        return user;
    }

    public void Dispose()
    {
        HostMount.Unmount(OciText.ToBytes(Bundle), (int)MountFlags.MNT_DETACH);
        Directory.Delete(Bundle);
    }

    private string[]? Lookup(string file, string nameOrNumber)
    {
        int fd = Open(file, OpenFlags.O_RDONLY);
        if (fd < 0)
        {
            return null;
        }

        var text = new StringBuilder();
        var buffer = new byte[8192];
        long n;
        while ((n = HostFd.Read(fd, buffer)) > 0)
        {
            text.Append(Encoding.Latin1.GetString(buffer.AsSpan(0, (int)n)));
        }

        HostFd.Close(fd);
        return text.ToString().Split('\n').Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > 2 && (fields[0] == nameOrNumber || fields[2] == nameOrNumber));
    }

    /// <summary>Below the root whatever the links in it say.</summary>
    private int Open(string path, OpenFlags flags)
    {
        int root = HostPath.OpenAt(At.AT_FDCWD, _rootfs, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        int fd = HostPath.OpenAt2(root, OciText.ToBytes(path), flags | OpenFlags.O_CLOEXEC, 0, ResolveFlags.RESOLVE_IN_ROOT);
        HostFd.Close(root);
        return fd;
    }

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;

    private static List<string> FindHostMounts()
    {
        List<string> paths = [];
        foreach (string line in (ProcFile.ReadText("/proc/self/mountinfo") ?? "").Split('\n'))
        {
            string[] fields = line.Split(' ');
            int separator = Array.IndexOf(fields, "-");
            if (separator < 0 || s_pseudo.Contains(fields[separator + 1]))
            {
                continue;
            }

            string path = OciText.FromBytes(fields[4]);
            bool isOfTheKernel = ((ReadOnlySpan<string>)["/proc", "/sys", "/dev"]).Contains(path) || path.StartsWith("/proc/", StringComparison.Ordinal)
                || path.StartsWith("/sys/", StringComparison.Ordinal) || path.StartsWith("/dev/", StringComparison.Ordinal);
            if (path != "/" && !isOfTheKernel && !path.Contains('\\') && Directory.Exists(path))
            {
                paths.Add(path);
            }
        }

        return [.. paths.Distinct()];
    }

    private static void Check(int result, string step)
    {
        if (result < 0)
        {
            string hint = result == -(int)Errno.EPERM ? " (root is needed)" : "";
            throw new RuntimeException($"{step}: {HostError.Describe((Errno)(-result))}{hint}");
        }
    }
}

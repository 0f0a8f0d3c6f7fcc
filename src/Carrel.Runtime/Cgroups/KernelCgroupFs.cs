using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime.Cgroups;

/// <summary>
/// The host's cgroup file systems. Each mount point is opened once and must be what it says (statfs f_type); everything below is opened from that
/// descriptor with openat2, which follows no symlink and crosses no mount, so nobody who puts things into the way can redirect a write.
/// </summary>
internal sealed class KernelCgroupFs : CgroupFs
{
    private const ResolveFlags Confined = ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_SYMLINKS | ResolveFlags.RESOLVE_NO_XDEV | ResolveFlags.RESOLVE_NO_MAGICLINKS;

    // A cgroup.procs of a hundred thousand pids is below one megabyte; a file without an end must not eat us.
    private const int MaxFile = 16 << 20;

    private const byte DirectoryEntry = 4; // DT_DIR

    private readonly Dictionary<string, int> _roots = [];

    /// <summary>What statfs(2) must say of v1 and v2 mounts; tests on ordinary directories say otherwise.</summary>
    public (long V1, long V2) Magic { get; init; } = (SuperMagic.CGROUP_SUPER_MAGIC, SuperMagic.CGROUP2_SUPER_MAGIC);

    public override Errno Read(CgroupMount mount, string directory, string file, out string text)
    {
        text = "";
        int fd = Open(mount, directory, file, OpenFlags.O_RDONLY);
        if (fd < 0)
        {
            return (Errno)(-fd);
        }

        var content = new StringBuilder();
        Span<byte> buffer = stackalloc byte[4096];
        long count;
        while ((count = HostFd.Read(fd, buffer)) > 0 && content.Length < MaxFile)
        {
            content.Append(Encoding.Latin1.GetString(buffer[..(int)count]));
        }

        HostFd.Close(fd);
        text = content.ToString();
        return count < 0 ? (Errno)(-count) : Errno.OK;
    }

    public override Errno Write(CgroupMount mount, string directory, string file, string value)
    {
        int fd = Open(mount, directory, file, OpenFlags.O_WRONLY);
        if (fd < 0)
        {
            return (Errno)(-fd);
        }

        long written;
        do
        {
            written = HostFd.Write(fd, Encoding.Latin1.GetBytes(value));
        }
        while (written == -(int)Errno.EINTR);
        HostFd.Close(fd);
        return written < 0 ? (Errno)(-written) : Errno.OK;
    }

    public override bool Exists(CgroupMount mount, string directory, string file)
    {
        int fd = Open(mount, directory, file, OpenFlags.O_PATH);
        if (fd >= 0)
        {
            HostFd.Close(fd);
        }

        return fd >= 0;
    }

    public override Errno MakeDirectory(CgroupMount mount, string directory) =>
        InParent(mount, directory, (parent, name) => HostPath.MakeDirectoryAt(parent, name, 0x1ED)); // rwxr-xr-x

    public override Errno RemoveDirectory(CgroupMount mount, string directory) =>
        InParent(mount, directory, (parent, name) => HostPath.UnlinkAt(parent, name, At.AT_REMOVEDIR));

    public override Errno List(CgroupMount mount, string directory, out List<string> names)
    {
        names = [];
        int fd = Open(mount, directory, "", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        if (fd < 0)
        {
            return (Errno)(-fd);
        }

        Span<byte> buffer = stackalloc byte[4096];
        long count;
        while ((count = HostFd.ReadDirectory(fd, buffer)) > 0)
        {
            AddDirectories(buffer[..(int)count], names);
        }

        HostFd.Close(fd);
        return count < 0 ? (Errno)(-count) : Errno.OK;
    }

    public override int Open(CgroupMount mount, string directory, string file, OpenFlags flags)
    {
        int root = RootOf(mount);
        if (root < 0)
        {
            return root;
        }

        string path = directory.Length == 0 ? (file.Length == 0 ? "." : file) : file.Length == 0 ? directory : directory + "/" + file;
        return HostPath.OpenAt2(root, path, flags | OpenFlags.O_CLOEXEC, 0, Confined);
    }

    // struct linux_dirent64: ino, off, reclen (u16 at 16), type (u8 at 18), name from 19.
    private static void AddDirectories(ReadOnlySpan<byte> records, List<string> names)
    {
        while (records.Length > 19)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            ReadOnlySpan<byte> name = records[19..length];
            string text = Encoding.Latin1.GetString(name[..Math.Max(0, name.IndexOf((byte)0))]);
            if (records[18] == DirectoryEntry && text is not ("." or ".."))
            {
                names.Add(text);
            }

            records = records[length..];
        }
    }

    private Errno InParent(CgroupMount mount, string directory, Func<int, string, int> operation)
    {
        string parentPath = CgroupPath.ParentOf(directory);
        if (parentPath.Length == 0)
        {
            int root = RootOf(mount);
            return (Errno)(-Math.Min(root < 0 ? root : operation(root, directory), 0));
        }

        int parent = Open(mount, parentPath, "", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        if (parent < 0)
        {
            return (Errno)(-parent);
        }

        int result = operation(parent, directory[(parentPath.Length + 1)..]);
        HostFd.Close(parent);
        return (Errno)(-Math.Min(result, 0));
    }

    private int RootOf(CgroupMount mount)
    {
        lock (_roots)
        {
            if (_roots.TryGetValue(mount.MountPoint, out int known))
            {
                return known;
            }

            int fd = HostPath.OpenAt(At.AT_FDCWD, mount.MountPoint, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
            if (fd < 0)
            {
                return fd;
            }

            if (HostFd.StatFs(fd, out StatFs stat) < 0 || stat.Type != (mount.IsUnified ? Magic.V2 : Magic.V1))
            {
                HostFd.Close(fd);
                return -(int)Errno.EMEDIUMTYPE;
            }

            return _roots[mount.MountPoint] = fd;
        }
    }
}

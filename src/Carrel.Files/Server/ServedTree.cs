using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Files;

/// <summary>How a directory is served.</summary>
[Flags]
public enum TreeFlags
{
    None = 0,
    /// <summary>Requests that change files are allowed.</summary>
    Writable = 1,
    /// <summary>The host's own root: /proc, /sys, /dev and /run show as empty directories.</summary>
    HostRoot = 2,
    /// <summary>The tree is one regular file: it is served as a directory with an entry of that name.</summary>
    File = 4,
}

/// <summary>
/// A directory that is served. Every resolution starts at its descriptor and cannot leave it: no "..", no symlink, no magic link is followed.
/// Mounts below it are crossed, except into file systems that are interfaces of the host kernel: those show as empty directories.
/// </summary>
internal sealed class ServedTree
{
    internal const ResolveFlags Confined = ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_MAGICLINKS | ResolveFlags.RESOLVE_NO_SYMLINKS;
    internal const uint AttributeMask = Statx.STATX_BASIC_STATS | Statx.STATX_BTIME | Statx.STATX_MNT_ID;

    /// <summary>Result of <see cref="OpenDirectory"/> for a directory that shows as empty.</summary>
    internal const int Hidden = int.MinValue;

    private const int CacheSize = 64;

    private readonly int _root;
    private readonly Dictionary<ulong, bool> _mounts = [];
    private readonly (byte[] Path, int Fd)[] _cache = new (byte[], int)[CacheSize];

    internal ServedTree(int root, TreeFlags flags)
    {
        _root = root;
        Flags = flags;
    }

    internal TreeFlags Flags { get; }

    internal bool IsWritable => (Flags & TreeFlags.Writable) != 0;

    /// <summary>
    /// A descriptor (O_PATH) of a directory. Those of read-only trees are kept and belong to the tree; give each back with <see cref="CloseDirectory"/>.
    /// </summary>
    internal int OpenDirectory(ReadOnlySpan<byte> path)
    {
        if (path.Length == 1)
        {
            return _root;
        }

        int slot = 0;
        if (!IsWritable)
        {
            slot = Slot(path);
            if (_cache[slot].Path is { } cached && path.SequenceEqual(cached))
            {
                return _cache[slot].Fd;
            }
        }

        if (IsHidden(path))
        {
            return Hidden;
        }

        int fd = HostName.OpenAt2(_root, path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC, 0, Confined);
        if (fd < 0)
        {
            // A symlink on the way: the caller's picture of the tree is out of date.
            return fd == -(int)Errno.ELOOP ? -(int)Errno.ENOTDIR : fd;
        }

        int result = HostName.StatxAt(fd, "\0"u8, At.AT_EMPTY_PATH, AttributeMask, out StatxBuf stat);
        if (result < 0 || !IsVisible(fd, stat.MntId))
        {
            HostFd.Close(fd);
            return result < 0 ? result : Hidden;
        }

        if (!IsWritable)
        {
            if (_cache[slot].Path is not null)
            {
                HostFd.Close(_cache[slot].Fd);
            }

            _cache[slot] = (path.ToArray(), fd);
        }

        return fd;
    }

    internal void CloseDirectory(int fd)
    {
        if (IsWritable && fd >= 0 && fd != _root)
        {
            HostFd.Close(fd);
        }
    }

    /// <summary>Attributes of an entry (or, with an empty name, of the directory itself). A hidden mount shows as an empty directory.</summary>
    internal int Stat(int directory, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, out StatxBuf stat)
    {
        int flags = name.Length == 1 ? At.AT_EMPTY_PATH : At.AT_SYMLINK_NOFOLLOW | At.AT_NO_AUTOMOUNT;
        int result = HostName.StatxAt(directory, name, flags, AttributeMask, out stat);
        if (result < 0)
        {
            return result;
        }

        bool isMountRoot = (stat.Attributes & Statx.STATX_ATTR_MOUNT_ROOT) != 0 && name.Length > 1;
        if (isMountRoot ? !IsVisibleEntry(directory, name, stat.MntId) : path.Length == 1 && IsHidden(name))
        {
            MakeEmptyDirectory(ref stat);
        }

        return 0;
    }

    private static void MakeEmptyDirectory(ref StatxBuf stat)
    {
        stat.Mode = (ushort)(Mode.S_IFDIR | 0x1ed);
        stat.Nlink = 2;
        stat.Uid = stat.Gid = 0;
        stat.Size = stat.Blocks = 0;
    }

    private bool IsVisibleEntry(int directory, ReadOnlySpan<byte> name, ulong mount)
    {
        if (_mounts.TryGetValue(mount, out bool known))
        {
            return known;
        }

        int fd = HostName.OpenAt2(directory, name, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC, 0, Confined);
        if (fd < 0)
        {
            return false;
        }

        bool visible = IsVisible(fd, mount);
        HostFd.Close(fd);
        return visible;
    }

    /// <summary>Whether files of this mount may be shown; asked of the host once per mount.</summary>
    internal bool IsVisible(int fd, ulong mount)
    {
        if (_mounts.TryGetValue(mount, out bool known))
        {
            return known;
        }

        bool visible = HostFd.StatFs(fd, out StatFs stat) >= 0 && !IsKernelInterface(stat.Type);
        _mounts[mount] = visible;
        return visible;
    }

    /// <summary>The first name of the path is one that a host root does not show.</summary>
    private bool IsHidden(ReadOnlySpan<byte> path)
    {
        if ((Flags & TreeFlags.HostRoot) == 0)
        {
            return false;
        }

        ReadOnlySpan<byte> text = path[..^1];
        int slash = text.IndexOf((byte)'/');
        ReadOnlySpan<byte> first = slash < 0 ? text : text[..slash];
        return first.SequenceEqual("proc"u8) || first.SequenceEqual("sys"u8) || first.SequenceEqual("dev"u8) || first.SequenceEqual("run"u8);
    }

    // File systems whose files are doors into the host kernel, not data.
    private static bool IsKernelInterface(long magic) => (magic & 0xffffffff) is SuperMagic.PROC_SUPER_MAGIC or SuperMagic.SYSFS_MAGIC
        or SuperMagic.DEVPTS_SUPER_MAGIC or SuperMagic.CGROUP_SUPER_MAGIC or SuperMagic.CGROUP2_SUPER_MAGIC or SuperMagic.DEBUGFS_MAGIC
        or SuperMagic.TRACEFS_MAGIC or SuperMagic.SECURITYFS_MAGIC or SuperMagic.SELINUX_MAGIC or SuperMagic.SMACK_MAGIC or SuperMagic.BPF_FS_MAGIC
        or SuperMagic.PSTOREFS_MAGIC or SuperMagic.EFIVARFS_MAGIC or SuperMagic.MQUEUE_MAGIC or SuperMagic.AUTOFS_SUPER_MAGIC
        or SuperMagic.BINFMTFS_MAGIC or SuperMagic.HUGETLBFS_MAGIC or SuperMagic.NSFS_MAGIC or SuperMagic.PID_FS_MAGIC or SuperMagic.AAFS_MAGIC
        or SuperMagic.BINDERFS_SUPER_MAGIC or SuperMagic.RDTGROUP_SUPER_MAGIC or SuperMagic.XENFS_SUPER_MAGIC or SuperMagic.OPENPROM_SUPER_MAGIC
        or SuperMagic.USBDEVICE_SUPER_MAGIC or ConfigfsMagic or FusectlMagic;

    private const long ConfigfsMagic = 0x62656570;
    private const long FusectlMagic = 0x65735543;

    private static int Slot(ReadOnlySpan<byte> path)
    {
        uint hash = 2166136261;
        foreach (byte b in path)
        {
            hash = (hash ^ b) * 16777619;
        }

        return (int)(hash % CacheSize);
    }
}

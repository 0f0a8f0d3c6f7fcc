using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Host;

/// <summary>
/// A directory of the host, seen through carrel-files. One that only this carrel sees (its image) is cached hard: attributes, whole directory listings,
/// symlink texts and open files are asked for once. A volume that others may change is asked each time.
/// </summary>
public sealed class HostFileSystem : FileSystem
{
    private readonly HostDirectory _root;
    private readonly List<ulong> _devices = [];
    private readonly Dictionary<(ulong, ulong), WeakReference<HostInode>> _linked = [];
    private int _linkedLimit = 1024;

    private HostFileSystem(LinuxKernel kernel, IHostFiles files, int tree, bool isShared, HostEntry root)
        : base(kernel)
    {
        Files = files;
        Tree = tree;
        IsShared = isShared;
        Handles = new HostHandles();
        Listings = new HostListings();
        _devices.Add(root.Attributes.Device);
        _root = new HostDirectory(this, root, null, "");
    }

    public override string TypeName => "hostfs";

    public override long Magic => SuperMagic.HOSTFS_SUPER_MAGIC;

    public override Inode Root => _root;

    internal IHostFiles Files { get; }

    internal int Tree { get; }

    /// <summary>Others may change it: nothing is trusted beyond the system call in progress.</summary>
    internal bool IsShared { get; }

    internal HostHandles Handles { get; }

    internal HostListings Listings { get; }

    /// <summary>The file system over a tree that carrel-files serves. The error is that of looking at its root.</summary>
    public static Result<HostFileSystem> Create(LinuxKernel kernel, IHostFiles files, int tree, bool isShared)
    {
        Result<HostEntry> root = files.Lookup(new HostLocation(tree, "", ""));
        if (root.Failed)
        {
            return root.Error;
        }

        return (root.Value.Attributes.Mode & Mode.S_IFMT) != Mode.S_IFDIR ? Errno.ENOTDIR : new HostFileSystem(kernel, files, tree, isShared, root.Value);
    }

    public override StatFs StatFs()
    {
        Result<StatFs> answer = Files.StatFs(Tree, "");
        return answer.Failed ? base.StatFs() : answer.Value with { Type = Magic, Fsid = Device };
    }

    /// <summary>Mounts below the directory share our one st_dev, so their inode numbers get a mark.</summary>
    internal ulong InodeNumber(in HostAttributes attributes) => InodeNumber(attributes.Inode, attributes.Device);

    /// <summary>The same for an entry of a directory; without attributes it is taken to be on the directory's device.</summary>
    internal ulong InodeNumber(HostListing listing, int index, ulong directoryDevice) =>
        InodeNumber(listing.InodeAt(index), listing.EntryAt(index)?.Attributes.Device ?? directoryDevice);

    private ulong InodeNumber(ulong inode, ulong device)
    {
        if (device == _devices[0])
        {
            return inode;
        }

        int index = _devices.IndexOf(device);
        if (index < 0)
        {
            index = _devices.Count;
            _devices.Add(device);
        }

        return inode ^ ((ulong)index << 44);
    }

    /// <summary>The inode of an entry. Names of one file give one inode.</summary>
    internal HostInode GetInode(HostDirectory parent, string name, HostEntry entry)
    {
        bool isDirectory = (entry.Attributes.Mode & Mode.S_IFMT) == Mode.S_IFDIR;
        if (isDirectory || entry.Attributes.LinkCount <= 1)
        {
            return MakeInode(parent, name, entry);
        }

        (ulong, ulong) key = (entry.Attributes.Device, entry.Attributes.Inode);
        if (_linked.TryGetValue(key, out WeakReference<HostInode>? reference) && reference.TryGetTarget(out HostInode? known)
            && known.Type == (entry.Attributes.Mode & Mode.S_IFMT))
        {
            known.MoveTo(parent, name);
            known.Apply(entry.Attributes);
            return known;
        }

        HostInode inode = MakeInode(parent, name, entry);
        _linked[key] = new WeakReference<HostInode>(inode);
        if (_linked.Count > _linkedLimit)
        {
            DropDead();
        }

        return inode;
    }

    private HostInode MakeInode(HostDirectory parent, string name, HostEntry entry) => (entry.Attributes.Mode & Mode.S_IFMT) switch
    {
        Mode.S_IFDIR => new HostDirectory(this, entry, parent, name),
        Mode.S_IFREG => new HostRegular(this, entry.Attributes, parent, name),
        Mode.S_IFLNK => new HostSymlink(this, entry.Attributes, parent, name, entry.Target ?? ""),
        _ => new HostInode(this, entry.Attributes, parent, name),
    };

    private void DropDead()
    {
        foreach ((ulong, ulong) key in new List<(ulong, ulong)>(_linked.Keys))
        {
            if (!_linked[key].TryGetTarget(out _))
            {
                _linked.Remove(key);
            }
        }

        _linkedLimit = Math.Max(1024, 2 * _linked.Count);
    }
}

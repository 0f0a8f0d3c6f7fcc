using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>A file system attached to the tree (Linux's struct mount).</summary>
public sealed class Mount(FileSystem fileSystem, Dentry root, int id)
{
    public FileSystem FileSystem { get; } = fileSystem;

    /// <summary>What of the file system shows here: its root, or a subtree for a bind mount.</summary>
    public Dentry Root { get; } = root;

    /// <summary>mnt_id, as in mountinfo.</summary>
    public int Id { get; } = id;

    /// <summary>What unique ids begin above, so that no short id is taken for one (MNT_UNIQUE_ID_OFFSET).</summary>
    public const ulong UniqueIdBase = 1UL << 31;

    /// <summary>mnt_id_unique: never given to another mount.</summary>
    public ulong UniqueId => UniqueIdBase + (ulong)Id;

    public Mount? Parent { get; internal set; }

    /// <summary>The dentry in <see cref="Parent"/> that it covers.</summary>
    public Dentry? MountPoint { get; internal set; }

    public List<Mount> Children { get; } = [];

    /// <summary>The namespace whose tree it is part of; null for detached and kernel-internal mounts.</summary>
    public MountNamespace? Namespace { get; internal set; }

    /// <summary>MS_RDONLY MS_NOSUID MS_NODEV MS_NOEXEC MS_NOATIME MS_RELATIME MS_NOSYMFOLLOW of this mount.</summary>
    public MountFlags Flags { get; set; }

    // What a copy for a less privileged user namespace must keep.
    private MountFlags _lockedFlags;
    private bool _hasLockedTimes;

    /// <summary>lock_mnt_tree(): whoever owns the copy only because it owns a user namespace cannot take back what the original was mounted with.</summary>
    internal void LockFlags()
    {
        _lockedFlags |= Flags & (MountFlags.MS_RDONLY | MountFlags.MS_NODEV | MountFlags.MS_NOSUID | MountFlags.MS_NOEXEC);
        _hasLockedTimes = true;
    }

    /// <summary>A copy is as locked as its original.</summary>
    internal void InheritLocks(Mount original) => (_lockedFlags, _hasLockedTimes) = (original._lockedFlags, original._hasLockedTimes);

    /// <summary>can_change_locked_flags()</summary>
    internal bool MayBecome(MountFlags flags)
    {
        const MountFlags Times = MountFlags.MS_NOATIME | MountFlags.MS_NODIRATIME | MountFlags.MS_RELATIME;
        return (_lockedFlags & ~flags) == 0 && (!_hasLockedTimes || ((Flags ^ flags) & Times) == 0);
    }

    /// <summary>MS_SHARED, MS_SLAVE, MS_UNBINDABLE or MS_PRIVATE, as last set.</summary>
    public MountFlags Propagation { get; set; } = MountFlags.MS_PRIVATE;

    /// <summary>Open files, working directories and so on: EBUSY for umount.</summary>
    public int UseCount { get; set; }

    /// <summary>Descriptions open for writing: EBUSY for a remount read-only.</summary>
    public int WriterCount { get; set; }

    /// <summary>Taken out of its tree for good: it ends when nobody uses it any more.</summary>
    public bool IsDetached { get; private set; }

    private bool _hasEnded;

    /// <summary>umount2(MNT_EXPIRE) was here and nobody used the mount since.</summary>
    public bool IsExpiring { get; set; }

    public bool IsReadOnly => (Flags & MountFlags.MS_RDONLY) != 0 || FileSystem.IsReadOnly;

    /// <summary>The mount on this dentry of this mount, if any.</summary>
    public Mount? FindChild(Dentry mountPoint)
    {
        foreach (Mount child in Children)
        {
            if (child.MountPoint == mountPoint)
            {
                return child;
            }
        }

        return null;
    }

    /// <summary>Lets go of the mount: it ends now or with its last user (mntput()).</summary>
    internal void Detach()
    {
        IsDetached = true;
        EndIfUnused();
    }

    /// <summary>cleanup_mnt(): the last mount of a file system takes it with it.</summary>
    internal void EndIfUnused()
    {
        if (!IsDetached || UseCount > 0 || _hasEnded)
        {
            return;
        }

        _hasEnded = true;
        Root.UseCount--;
        (Root.Inode as Namespaces.NamespaceInode)?.LetGo();
        if (--FileSystem.MountCount == 0)
        {
            FileSystem.Kernel.FileSystems.Remove(FileSystem);
            FileSystem.Kernel.Dentries.DropBelow(FileSystem.RootDentry);
            FileSystem.Shutdown();
        }
    }

    /// <summary>mnt_want_write(): EROFS.</summary>
    public Errno WantWrite() => IsReadOnly ? Errno.EROFS : Errno.OK;
}

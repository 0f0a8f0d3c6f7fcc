using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>A directory in memory. The overlay's directories build on it: the virtual members are where a lower directory shows through.</summary>
public class TmpfsDirectory : TmpfsInode
{
    // tmpfs counts 20 bytes for each entry (BOGO_DIRENT_SIZE), "." and ".." included.
    private const int EntrySize = 20;

    public TmpfsDirectory(TmpfsFileSystem fileSystem, uint mode)
        : base(fileSystem, mode) => LinkCount = 2;

    internal DirectoryIndex Index { get; } = new();

    public override long Size
    {
        get => EntrySize * (Index.Count + 2L);
        set { }
    }

    /// <summary>Entries but "." and "..".</summary>
    protected virtual bool IsEmpty => Index.Count == 0;

    public override Result<Inode> Lookup(string name) => Index.Find(name)?.Inode is { } inode ? inode : Errno.ENOENT;

    public override Result<Inode> Create(string name, uint mode, ulong device, Credentials credentials)
    {
        if (!Tmpfs.TryAddInode())
        {
            return Errno.ENOSPC;
        }

        TmpfsInode inode = (mode & Abi.Mode.S_IFMT) == Abi.Mode.S_IFREG ? new TmpfsFile(Tmpfs, mode) : new TmpfsInode(Tmpfs, mode) { RawDevice = device };
        return Add(name, inode, mode, credentials);
    }

    public override Result<Inode> CreateDirectory(string name, uint mode, Credentials credentials)
    {
        if (!Tmpfs.TryAddInode())
        {
            return Errno.ENOSPC;
        }

        mode |= Abi.Mode.S_IFDIR;
        Result<Inode> made = Add(name, new TmpfsDirectory(Tmpfs, mode), mode, credentials);
        AddSubdirectory(1);
        return made;
    }

    public override Result<Inode> CreateSymlink(string name, string target, Credentials credentials)
    {
        if (!Tmpfs.TryAddInode())
        {
            return Errno.ENOSPC;
        }

        return Add(name, new TmpfsSymlink(Tmpfs, target), Abi.Mode.S_IFLNK | Abi.Mode.S_IRWXUGO, credentials);
    }

    public override Result<Inode> CreateTemporary(uint mode, Credentials credentials)
    {
        if (!Tmpfs.TryAddInode())
        {
            return Errno.ENOSPC;
        }

        var inode = new TmpfsFile(Tmpfs, mode);
        AttributeRules.InitializeOwner(inode, this, mode, credentials);
        return inode;
    }

    public override Errno Link(string name, Inode target)
    {
        Put(name, target);
        var inode = (TmpfsInode)target;
        inode.LinkCount++;
        inode.ChangeTime = Touch();
        inode.MarkDirty();
        return Errno.OK;
    }

    public override Errno Unlink(string name, Inode child)
    {
        Take(name);
        ((TmpfsInode)child).DropLink();
        ((TmpfsInode)child).MarkDirty();
        Touch();
        return Errno.OK;
    }

    public override Errno RemoveDirectory(string name, Inode child)
    {
        if (!((TmpfsDirectory)child).IsEmpty)
        {
            return Errno.ENOTEMPTY;
        }

        Take(name);
        child.LinkCount = 0;
        ((TmpfsInode)child).MarkDirty();
        AddSubdirectory(-1);
        child.ChangeTime = Touch();
        return Errno.OK;
    }

    public override Errno Rename(string oldName, Inode child, Inode newDirectory, string newName, Inode? replaced, uint flags)
    {
        var target = (TmpfsDirectory)newDirectory;
        var other = (TmpfsInode?)replaced;
        bool isExchange = (flags & (uint)Renameat2.RENAME_EXCHANGE) != 0;
        if (!isExchange && other is TmpfsDirectory { IsEmpty: false })
        {
            return Errno.ENOTEMPTY;
        }

        TmpfsInode? whiteout = null;
        if ((flags & (uint)Renameat2.RENAME_WHITEOUT) != 0)
        {
            if (!Tmpfs.TryAddInode())
            {
                return Errno.ENOSPC;
            }

            whiteout = new TmpfsInode(Tmpfs, Abi.Mode.S_IFCHR);
        }

        Take(oldName);
        MoveSubdirectory(child, this, target);
        if (other is not null)
        {
            target.Take(newName);
            MoveSubdirectory(other, target, isExchange ? this : null);
        }

        target.Put(newName, child);
        if (isExchange)
        {
            Put(oldName, other!);
            other!.ChangeTime = Touch();
        }
        else
        {
            if (other is TmpfsDirectory)
            {
                other.LinkCount = 0;
            }

            other?.DropLink();
        }

        if (whiteout is not null)
        {
            Put(oldName, whiteout);
        }

        other?.MarkDirty();
        ((TmpfsInode)child).MarkDirty();
        target.Touch();
        child.ChangeTime = Touch();
        return Errno.OK;
    }

    public override Errno ReadDirectory(Task task, ref long position, IDirectorySink sink)
    {
        Index.Read(ref position, sink);
        return Errno.OK;
    }

    /// <summary>Enters a name that stands for nothing now.</summary>
    internal virtual void Put(string name, Inode inode) => Index.Add(name).Inode = inode;

    /// <summary>Takes a name out.</summary>
    internal virtual void Take(string name)
    {
        if (Index.Find(name) is { } entry)
        {
            Index.Remove(entry);
        }
    }

    /// <summary>".." of a subdirectory counts as a link.</summary>
    protected virtual void AddSubdirectory(int count) => LinkCount = (uint)(LinkCount + count);

    private static void MoveSubdirectory(Inode inode, TmpfsDirectory from, TmpfsDirectory? to)
    {
        if (inode.IsDirectory && from != to)
        {
            from.AddSubdirectory(-1);
            to?.AddSubdirectory(1);
        }
    }

    private Result<Inode> Add(string name, TmpfsInode inode, uint mode, Credentials credentials)
    {
        AttributeRules.InitializeOwner(inode, this, mode, credentials);
        Put(name, inode);
        Touch();
        return inode;
    }

    /// <summary>The directory has changed.</summary>
    private TimeSpec Touch()
    {
        TouchModify();
        MarkDirty();
        return ChangeTime;
    }
}

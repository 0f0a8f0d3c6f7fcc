using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Overlay;

/// <summary>
/// A directory with a lower directory beneath. Its index holds what was made here, whiteouts for lower names that are gone, and, once somebody has read
/// the directory, the names of all lower entries. (Directories made on the overlay have nothing beneath: they are plain <see cref="TmpfsDirectory"/>.)
/// </summary>
internal sealed class OverlayDirectory(OverlayFileSystem fileSystem, Inode lower) : TmpfsDirectory(fileSystem, lower.Mode)
{
    private bool _isListed;

    public override long Size
    {
        get => lower.Size;
        set { }
    }

    public override long Blocks => lower.Blocks;

    // A lower side that cannot be read keeps its directory from being removed.
    protected override bool IsEmpty => List() == Errno.OK && Index.Count == 0;

    public override Result<Inode> Lookup(string name)
    {
        DirectoryEntry? entry = Index.Find(name);
        if (entry is { IsWhiteout: true } || (entry is null && _isListed))
        {
            return Errno.ENOENT;
        }

        if (entry?.Inode is { } inode)
        {
            return inode;
        }

        Result<Inode> found = lower.Lookup(name);
        return found.Failed ? found.Error : fileSystem.Wrap(found.Value);
    }

    public override Errno ReadDirectory(Task task, ref long position, IDirectorySink sink)
    {
        Errno error = List();
        if (error == Errno.OK)
        {
            Index.Read(ref position, sink);
        }

        return error;
    }

    internal override void Put(string name, Inode inode)
    {
        bool coversLower;
        if (Index.Find(name) is { } old)
        {
            coversLower = old.IsWhiteout || old.CoversLower || old.Lower is not null;
            Index.Remove(old);
        }
        else
        {
            coversLower = HasLower(name);
        }

        DirectoryEntry entry = Index.Add(name);
        entry.Inode = inode;
        entry.CoversLower = coversLower;
    }

    internal override void Take(string name)
    {
        bool coversLower;
        if (Index.Find(name) is { } old)
        {
            coversLower = old.CoversLower || old.Lower is not null;
            Index.Remove(old);
        }
        else
        {
            coversLower = HasLower(name);
        }

        if (coversLower)
        {
            Index.Add(name, isWhiteout: true);
        }
    }

    // A file system that does not count subdirectories says 1 for all directories.
    protected override void AddSubdirectory(int count)
    {
        if (LinkCount >= 2)
        {
            base.AddSubdirectory(count);
        }
    }

    private bool HasLower(string name) => !_isListed && lower.Lookup(name).Succeeded;

    /// <summary>Takes the names of the lower directory into the index, once.</summary>
    private Errno List()
    {
        if (_isListed)
        {
            return Errno.OK;
        }

        // What is added before an error does no harm: such an entry is looked up below like a name that is not here.
        var collector = new Collector(Index);
        Errno error = Errno.OK;
        long position = 2;
        for (int before = -1; error == Errno.OK && collector.Count > before;)
        {
            before = collector.Count;
            error = lower.ReadDirectory(null!, ref position, collector);
        }

        _isListed = error == Errno.OK;
        return error;
    }

    private sealed class Collector(DirectoryIndex index) : IDirectorySink
    {
        public int Count { get; private set; }

        public bool Add(string name, ulong inode, byte type, long next)
        {
            Count++;
            if (index.Find(name) is null)
            {
                index.Add(name).Lower = (inode, type);
            }

            return true;
        }
    }
}

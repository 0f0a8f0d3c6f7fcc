using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Fs.Host;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Overlay;

/// <summary>
/// A directory with a lower directory beneath. Its index holds what was made here, whiteouts for lower names that are gone, and, once somebody has read
/// the directory, the names of all lower entries; as long as nothing was ever changed, the lower directory is read instead. (Directories made on the
/// overlay have nothing beneath: they are plain <see cref="TmpfsDirectory"/>.)
/// </summary>
internal sealed class OverlayDirectory(OverlayFileSystem fileSystem, Inode lower) : TmpfsDirectory(fileSystem, lower.Mode)
{
    // Positions in the lower directory count up from 2, far below those of the index.
    private const long LowerPositions = 1L << 39;

    private bool _isListed;

    /// <summary>Somebody has read the lower directory instead of the index.</summary>
    private bool _isReadThrough;

    /// <summary>Names that were in the lower directory when readers were moved over to the index.</summary>
    private long _readThroughCount;

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
        if (!_isListed && !Index.IsUsed && lower is HostDirectory { IsStable: true })
        {
            _isReadThrough = true;
            return lower.ReadDirectory(task, ref position, sink);
        }

        Errno error = List();
        if (error == Errno.OK)
        {
            if (position is > 2 and < LowerPositions)
            {
                position = DirectoryIndex.PositionOf(_readThroughCount - (position - 2));
            }

            Index.Read(ref position, sink);
        }

        return error;
    }

    internal override void Put(string name, Inode inode)
    {
        MoveReaders();
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
        MoveReaders();
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

    /// <summary>Before the first change: who is reading the lower directory goes on in the index, where the same entries lie in the same order.</summary>
    private void MoveReaders()
    {
        if (_isReadThrough && !_isListed && List() == Errno.OK)
        {
            _readThroughCount = Index.Count;
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

        var collector = new Collector();
        Errno error = Errno.OK;
        long position = 2;
        for (int before = -1; error == Errno.OK && collector.Entries.Count > before;)
        {
            before = collector.Entries.Count;
            error = lower.ReadDirectory(null!, ref position, collector);
        }

        if (error != Errno.OK)
        {
            return error;
        }

        // The index is read from its newest entry on.
        for (int i = collector.Entries.Count - 1; i >= 0; i--)
        {
            (string name, ulong inode, byte type) = collector.Entries[i];
            if (Index.Find(name) is null)
            {
                Index.Add(name).Lower = (inode, type);
            }
        }

        _isListed = true;
        return Errno.OK;
    }

    private sealed class Collector : IDirectorySink
    {
        public List<(string Name, ulong Inode, byte Type)> Entries { get; } = [];

        public bool Add(string name, ulong inode, byte type, long next)
        {
            Entries.Add((name, inode, type));
            return true;
        }
    }
}

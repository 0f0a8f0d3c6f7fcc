using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel.Fs.Host;

/// <summary>Where a host file is: a served tree, the path from its root to a directory (no leading slash), an entry of it. An empty name means the directory.</summary>
public readonly record struct HostLocation(int Tree, string Directory, string Name);

/// <summary>Attributes of a host file as carrel-files reports them.</summary>
public struct HostAttributes
{
    public ulong Inode;
    public ulong Device;
    public ulong RawDevice;
    public long Size;
    public long Blocks;
    public TimeSpec AccessTime;
    public TimeSpec ModifyTime;
    public TimeSpec ChangeTime;
    public TimeSpec BirthTime;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    public uint LinkCount;
}

/// <summary>What a directory entry names.</summary>
public sealed class HostEntry(in HostAttributes attributes, string? target)
{
    public readonly HostAttributes Attributes = attributes;

    /// <summary>The text of a symlink.</summary>
    public readonly string? Target = target;

    /// <summary>A directory's entries, if they came along.</summary>
    internal HostListing? Listing { get; set; }
}

/// <summary>What a listing is to carry besides names, types and numbers, and the attributes of directories.</summary>
[Flags]
public enum HostListContent
{
    Names = 0,

    /// <summary>The attributes of all entries.</summary>
    Attributes = 1,

    /// <summary>Listings of the directories below, as many as fit into the answer: somebody walks the tree.</summary>
    Below = 2,
}

/// <summary>
/// The directories that carrel-files serves. Every call is a request to that process and waits for the answer, with the kernel lock held. EIO if it
/// is gone. Implemented in Carrel.Sandbox.
/// </summary>
public interface IHostFiles
{
    Result<HostEntry> Lookup(in HostLocation location);

    /// <summary>All entries of a directory but "." and "..".</summary>
    Result<HostListing> List(int tree, string directory, HostListContent content);

    /// <summary>
    /// Fetches listings of some directories among the entries of a listing, and of what lies below them, as many as fit into an answer, and attaches them.
    /// The number of entries that came.
    /// </summary>
    Result<int> ListBelow(int tree, string directory, HostListing listing, ReadOnlySpan<int> entries);

    /// <summary>A regular file, read-only or (writable trees) for reading and writing.</summary>
    Result<HostFile> Open(in HostLocation location, bool isWritable, out HostAttributes attributes);

    Result<byte[]> GetXattr(in HostLocation location, string name);

    Result<IReadOnlyList<string>> ListXattr(in HostLocation location);

    Result<StatFs> StatFs(int tree, string directory);

    /// <summary>A regular file, FIFO or socket name.</summary>
    Result<HostEntry> Create(in HostLocation location, uint mode, uint uid, uint gid);

    Result<HostEntry> CreateDirectory(in HostLocation location, uint mode, uint uid, uint gid);

    Result<HostEntry> CreateSymlink(in HostLocation location, string target, uint uid, uint gid);

    Errno Link(in HostLocation location, in HostLocation existing);

    Errno Unlink(in HostLocation location, bool isDirectory);

    Errno Rename(in HostLocation from, in HostLocation to, uint flags);

    Errno SetAttributes(in HostLocation location, in Vfs.AttributeChange change);

    Errno SetXattr(in HostLocation location, string name, byte[] value, int flags);

    Errno RemoveXattr(in HostLocation location, string name);

    Errno Sync(in HostLocation location);
}

using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>What a file mapping maps (Linux's address_space): pages by index.</summary>
public abstract class MemoryObject
{
    /// <summary>Bytes; an access to a page wholly beyond is SIGBUS.</summary>
    public abstract long Size { get; }

    /// <summary>Keeps the storage alive while mapped.</summary>
    public virtual void AddMapping()
    {
    }

    public virtual void DropMapping()
    {
    }
}

/// <summary>Pages that lie in frames: tmpfs, memfd, shared anonymous memory. The object holds one reference of each frame, each mapping another.</summary>
public abstract class FrameObject : MemoryObject
{
    /// <summary>
    /// The frames of pages [page, page + maxCount): the longest contiguous run from <paramref name="page"/> on. Pages that do not exist yet are made
    /// (zero) and become part of the object. ENOMEM/ENOSPC if that fails. The caller takes its own references.
    /// </summary>
    public abstract Result<(long Frame, long Count)> GetFrames(long page, long maxCount);
}

/// <summary>Pages of a host file: mapped read-only straight from the host's page cache, copied into frames on a private write.</summary>
public abstract class HostFileObject : MemoryObject
{
    public abstract HostFile File { get; }
}

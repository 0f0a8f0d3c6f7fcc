using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Mm;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>What a file mapping maps (Linux's address_space): pages by index.</summary>
public abstract class MemoryObject
{
    /// <summary>Bytes; an access to a page wholly beyond is SIGBUS.</summary>
    public abstract long Size { get; }

    /// <summary>Shared mappings that are or may become writable (i_mmap_writable): F_SEAL_WRITE gives EBUSY while there are any.</summary>
    public int WritableMappingCount { get; internal set; }

    /// <summary>The address spaces' mappings of this object (i_mmap).</summary>
    internal HashSet<FileMapping> Mappings { get; } = [];

    /// <summary>Keeps the storage alive while mapped.</summary>
    public virtual void AddMapping()
    {
    }

    public virtual void DropMapping()
    {
    }

    /// <summary>mmap's own checks of the object (seals). May take away <paramref name="mayWrite"/>: then mprotect cannot add PROT_WRITE later.</summary>
    public virtual Errno CheckMapping(bool isShared, bool isWritable, ref bool mayWrite) => Errno.OK;

    /// <summary>The file's times change with the first store through a mapping (vma_wants_writenotify()); pages of plain memory do not care.</summary>
    public virtual bool WantsStoreNotice => false;

    /// <summary>Somebody is about to store into a shared mapping (file_update_time()).</summary>
    public virtual void OnStore()
    {
    }

    /// <summary>To be called after the object shrank to <paramref name="size"/>: pages wholly beyond disappear from all address spaces, private copies
    /// included (unmap_mapping_range() of truncate). Drops the mappings' references of those frames.</summary>
    public void UnmapBeyond(long size) => TruncateMappings.UnmapBeyond(this, size);
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

/// <summary>/dev/zero: a private mapping is anonymous memory, a shared one a new object of its own.</summary>
public sealed class ZeroObject : MemoryObject
{
    public static ZeroObject Instance { get; } = new();

    public override long Size => long.MaxValue;
}

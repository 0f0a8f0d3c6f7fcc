using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>A regular file whose data lies in frames: of tmpfs, a memfd, or the overlay's upper side.</summary>
public class TmpfsFile : TmpfsInode
{
    private FramePages? _pages;
    private int _seals;

    public TmpfsFile(TmpfsFileSystem fileSystem, uint mode, int seals = Fcntl.F_SEAL_SEAL)
        : base(fileSystem, mode) => _seals = seals;

    public override long Size
    {
        get => _pages?.Size ?? 0;
        set { }
    }

    public override long Blocks => (_pages?.ResidentPages ?? 0) * (FramePages.PageSize / 512);

    public override MemoryObject? Pages => Data;

    /// <summary>The data; made on first use.</summary>
    internal FramePages Data => _pages ??= CreatePages();

    /// <summary>The data, if there is any.</summary>
    protected FramePages? DataIfAny => _pages;

    /// <summary>F_SEAL_*: a file of a mounted tmpfs is sealed against sealing, a memfd is not.</summary>
    internal int Seals => _seals;

    public override Result<FileDescription> Open(Task task, Path path, OpenFlags flags) => new TmpfsDescription(this, flags) { Path = path };

    public override Errno SetAttributes(Task? task, in AttributeChange change)
    {
        if ((_seals & Fcntl.F_SEAL_EXEC) != 0 && change.Mode is { } mode && ((mode ^ Mode) & Abi.Mode.S_IXUGO) != 0)
        {
            return Errno.EPERM;
        }

        if (change.Size is { } size)
        {
            Errno error = Resize(task, size);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        ApplyAttributes(change);
        AdjustAcl(change);
        MarkDirty();
        return Errno.OK;
    }

    /// <summary>memfd_add_seals().</summary>
    internal Errno AddSeals(int seals)
    {
        const int All = Fcntl.F_SEAL_SEAL | Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_WRITE | Fcntl.F_SEAL_FUTURE_WRITE | Fcntl.F_SEAL_EXEC;
        if ((seals & ~All) != 0)
        {
            return Errno.EINVAL;
        }

        if ((_seals & Fcntl.F_SEAL_SEAL) != 0)
        {
            return Errno.EPERM;
        }

        if ((seals & Fcntl.F_SEAL_WRITE) != 0 && (_seals & Fcntl.F_SEAL_WRITE) == 0 && (_pages?.WritableMappingCount ?? 0) > 0)
        {
            return Errno.EBUSY;
        }

        // Sealing the executable bits of an executable file seals what they apply to as well.
        if ((seals & Fcntl.F_SEAL_EXEC) != 0 && (Mode & Abi.Mode.S_IXUGO) != 0)
        {
            seals |= Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_WRITE | Fcntl.F_SEAL_FUTURE_WRITE;
        }

        _seals |= seals;
        return Errno.OK;
    }

    public override void Evict()
    {
        _pages?.Free();
        base.Evict();
    }

    /// <summary>Reads below the size. False: the data cannot be had.</summary>
    internal virtual bool ReadData(Task task, long offset, Span<byte> destination) => Data.Read(offset, destination);

    /// <summary>SEEK_DATA, SEEK_HOLE within the size.</summary>
    internal virtual long Find(long offset, bool data) => Data.Find(offset, data);

    /// <summary>What mmap(2) through a description maps.</summary>
    internal virtual Result<MemoryObject> MapFor(Task task, bool isWriter) => Data;

    /// <summary>Called before the data changes.</summary>
    internal virtual Errno PrepareWrite(Task? task) => Errno.OK;

    protected virtual FramePages CreatePages() => new SealedPages(this);

    private Errno Resize(Task? task, long size)
    {
        long old = Size;
        if ((size < old && (_seals & Fcntl.F_SEAL_SHRINK) != 0) || (size > old && (_seals & Fcntl.F_SEAL_GROW) != 0))
        {
            return Errno.EPERM;
        }

        if (size == old)
        {
            return Errno.OK;
        }

        Errno error = PrepareWrite(task);
        return error != Errno.OK ? error : Data.Resize(size);
    }
}

/// <summary>The pages of a tmpfs file: they keep the inode while mapped and obey its seals.</summary>
internal class SealedPages(TmpfsFile file) : FramePages(file.FileSystem.Kernel, file.Tmpfs)
{
    public override void AddMapping() => file.AddUse();

    public override void DropMapping() => file.DropUse();

    /// <summary>A tmpfs itself does not care (noop_dirty_folio()); the disk file that the overlay stands for does.</summary>
    public override bool WantsStoreNotice => file.FileSystem is Overlay.OverlayFileSystem;

    public override void OnStore() => file.ModifyTime = file.ChangeTime = Kernel.Clock.RealtimeSpec;

    /// <summary>shmem_mmap() with seal_check_write().</summary>
    public override Errno CheckMapping(bool isShared, bool isWritable, ref bool mayWrite)
    {
        if (isShared && (file.Seals & (Fcntl.F_SEAL_WRITE | Fcntl.F_SEAL_FUTURE_WRITE)) != 0)
        {
            if (isWritable)
            {
                return Errno.EPERM;
            }

            mayWrite = false;
        }

        return Errno.OK;
    }
}

using System;
using Carrel.Abi;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Overlay;

/// <summary>
/// A lower regular file. Until its data changes, reads and mappings go to the lower file. From the first change on (copy-up) the data is this inode's:
/// pages that nobody wrote are still taken from the lower file, one by one. As on Linux, mappings made before do not see the change.
/// </summary>
internal sealed class OverlayFile(OverlayFileSystem fileSystem, Inode lower) : TmpfsFile(fileSystem, lower.Mode)
{
    private FileDescription? _lowerFile;

    /// <summary>The data is ours.</summary>
    private bool IsCopiedUp => DataIfAny is not null;

    public override long Size
    {
        get => IsCopiedUp ? base.Size : lower.Size;
        set { }
    }

    public override long Blocks => IsCopiedUp ? Math.Max(base.Blocks, (Size + 4095) / 4096 * 8) : lower.Blocks;

    public override MemoryObject? Pages => IsCopiedUp ? Data : lower.Pages;

    internal override bool ReadData(Task task, long offset, Span<byte> destination) =>
        IsCopiedUp ? base.ReadData(task, offset, destination) : ReadLower(offset, destination);

    internal override long Find(long offset, bool data) => data ? offset : Size;

    internal override Result<MemoryObject> MapFor(Task task, bool isWriter)
    {
        if (isWriter)
        {
            PrepareWrite(task);
        }

        return Pages is { } pages ? pages : Errno.ENODEV;
    }

    /// <summary>Copy-up: of the state, not of the data.</summary>
    internal override Errno PrepareWrite(Task? task)
    {
        _ = Data;
        MarkDirty();
        return Errno.OK;
    }

    /// <summary>Reads lower data; beyond its end is zero.</summary>
    internal bool ReadLower(long offset, Span<byte> destination)
    {
        if (_lowerFile is null)
        {
            // Nothing of an open depends on who opens: access was checked on this inode.
            Result<FileDescription> opened = lower.Open(null!, default, OpenFlags.O_RDONLY);
            if (opened.Failed)
            {
                return false;
            }

            _lowerFile = opened.Value;
        }

        bool ok = ReadOpen(offset, destination);
        if (UseCount == 0)
        {
            CloseLower();
        }

        return ok;
    }

    protected override void OnUnused() => CloseLower();

    public override void Evict()
    {
        CloseLower();
        base.Evict();
    }

    protected override FramePages CreatePages() => new OverlayPages(this, lower.Size);

    private bool ReadOpen(long offset, Span<byte> destination)
    {
        if (lower.Pages is FramePages frames)
        {
            return frames.Read(offset, destination);
        }

        HostFileObject? host = lower.Pages as HostFileObject;
        byte[]? buffer = host is null ? new byte[destination.Length] : null;
        while (!destination.IsEmpty)
        {
            long n = host is not null
                ? host.File.ReadAt(offset, destination)
                : _lowerFile!.ReadAt(null!, IoIterator.FromKernel(buffer.AsMemory(0, destination.Length)), offset).Value;
            if (n < 0)
            {
                return false;
            }

            if (n == 0)
            {
                destination.Clear();
                return true;
            }

            buffer?.AsSpan(0, (int)n).CopyTo(destination);
            destination = destination[(int)n..];
            offset += n;
        }

        return true;
    }

    private void CloseLower()
    {
        _lowerFile?.Release();
        _lowerFile = null;
    }
}

/// <summary>The data of a copied-up file: frames, and the lower file where no frame holds the page yet.</summary>
internal sealed class OverlayPages : SealedPages
{
    private readonly OverlayFile _file;
    /// <summary>Bytes of the lower file that still count: less after a truncation.</summary>
    private long _backed;

    public OverlayPages(OverlayFile file, long lowerSize)
        : base(file)
    {
        _file = file;
        _backed = lowerSize;
        SetSize(lowerSize);
    }

    public override Errno Resize(long size)
    {
        if (size < Size && size % PageSize != 0 && size < _backed)
        {
            // The page that is cut keeps its first part.
            Errno error = TakeIn(size / PageSize);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        _backed = Math.Min(_backed, size);
        return base.Resize(size);
    }

    public override Errno Punch(long offset, long length)
    {
        long first = (offset + PageSize - 1) / PageSize;
        long end = Math.Min(offset + length, _backed + PageSize - 1) / PageSize;
        Errno error = first < end ? Own(first, end - first) : Errno.OK;
        return error != Errno.OK ? error : base.Punch(offset, length);
    }

    protected override bool HasBacking(long page) => page * PageSize < _backed;

    protected override bool ReadMissing(long offset, Span<byte> destination)
    {
        int backed = (int)Math.Clamp(_backed - offset, 0, destination.Length);
        destination[backed..].Clear();
        return backed == 0 || _file.ReadLower(offset, destination[..backed]);
    }
}

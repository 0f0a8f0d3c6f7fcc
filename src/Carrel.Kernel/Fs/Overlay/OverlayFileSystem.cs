using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Overlay;

/// <summary>
/// A writable file system over another one that is only read (Linux's overlayfs with the upper side in memory): the root of a carrel. Everything that
/// changes lies in the carrel's frames and is gone with it. Unlike Linux's, renaming a lower directory needs no copy and no redirect, hard links of the
/// lower side stay links, and data is copied up page by page.
/// </summary>
public sealed class OverlayFileSystem(LinuxKernel kernel, FileSystem lower) : TmpfsFileSystem(kernel, new TmpfsOptions { Mode = 0x1ed }, "overlay")
{
    // Above the inode numbers of host file systems, below 2^53 for those who keep them in doubles.
    private const ulong FirstUpperNumber = 1UL << 40;

    private readonly Dictionary<ulong, TmpfsInode> _byLower = [];

    public FileSystem Lower { get; } = lower;

    public override long Magic => SuperMagic.OVERLAYFS_SUPER_MAGIC;

    public override string Options => ",lowerdir=/,upperdir=/upper,workdir=/work";

    internal override ulong NewNumber() => FirstUpperNumber + NextInode();

    protected override TmpfsDirectory CreateRoot() => (TmpfsDirectory)Wrap(Lower.Root);

    /// <summary>The one inode that stands for a lower file, by the lower file's number: all its names lead here.</summary>
    internal TmpfsInode Wrap(Inode lower)
    {
        if (_byLower.TryGetValue(lower.Number, out TmpfsInode? known) && known.Type == lower.Type)
        {
            return known;
        }

        var origin = new Origin(this, lower);
        TmpfsInode inode = lower.Type switch
        {
            Mode.S_IFDIR => new OverlayDirectory(this, lower) { Origin = origin },
            Mode.S_IFREG => new OverlayFile(this, lower) { Origin = origin },
            Mode.S_IFLNK => new OverlaySymlink(this, lower) { Origin = origin },
            _ => new TmpfsInode(this, lower.Mode) { Origin = origin },
        };
        origin.Inode = inode;
        _byLower[lower.Number] = inode;
        return inode;
    }

    private sealed class Origin(OverlayFileSystem overlay, Inode lower) : InodeOrigin(lower)
    {
        public TmpfsInode? Inode;

        public override void Release()
        {
            if (overlay._byLower.TryGetValue(Lower.Number, out TmpfsInode? known) && known == Inode)
            {
                overlay._byLower.Remove(Lower.Number);
            }
        }
    }
}

/// <summary>A lower symlink; its text cannot change.</summary>
internal sealed class OverlaySymlink(OverlayFileSystem fileSystem, Inode lower) : TmpfsInode(fileSystem, lower.Mode)
{
    public override long Size
    {
        get => lower.Size;
        set { }
    }

    public override Result<string> ReadLink(Task task) => lower.ReadLink(task);
}

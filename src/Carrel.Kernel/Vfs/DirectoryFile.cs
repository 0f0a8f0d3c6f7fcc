using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>An open directory of any file system. The position is 0 for ".", 1 for "..", then the inode's own cookies.</summary>
public sealed class DirectoryFile(LinuxKernel kernel, Inode inode, OpenFlags flags) : FileDescription(kernel, flags)
{
    public override Inode Inode { get; } = inode;

    public override bool IsSeekable => true;

    public override bool IsPollable => false;

    public override bool ReadsBySegment => true;

    public override bool CanBeSpliced => false;

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset) => Errno.EISDIR;

    public override Result<MemoryObject> GetMemoryObject(Task task) => Errno.ENODEV;

    /// <summary>dcache_dir_lseek(): only SEEK_SET and SEEK_CUR.</summary>
    public override Result<long> Seek(long offset, int whence)
    {
        // procfs and sysfs have generic_file_llseek() there, of an empty file.
        if (Inode.FileSystem is Fs.Pseudo.PseudoTree)
        {
            Result<long> place = FileSeek.Target(Position, offset, whence, 0);
            Position = place.Failed ? Position : place.Value;
            return place;
        }

        long target = whence switch
        {
            Abi.Seek.SEEK_SET => offset,
            Abi.Seek.SEEK_CUR => unchecked(Position + offset),
            _ => -1,
        };
        if (target < 0)
        {
            return Errno.EINVAL;
        }

        Position = target;
        return target;
    }

    /// <summary>iterate_dir(): ENOENT for a removed directory.</summary>
    public override Errno ReadDirectory(Task task, IDirectorySink sink)
    {
        if (Inode.IsDead)
        {
            return Errno.ENOENT;
        }

        if (Position == 0)
        {
            if (!sink.Add(".", Inode.Number, Dirent.DT_DIR, 1))
            {
                return Errno.OK;
            }

            Position = 1;
        }

        if (Position == 1)
        {
            Inode parent = Path.Dentry?.Parent?.Inode ?? Inode;
            if (!sink.Add("..", parent.Number, Dirent.DT_DIR, 2))
            {
                return Errno.OK;
            }

            Position = 2;
        }

        long position = Position;
        Errno error = Inode.ReadDirectory(task, ref position, sink);
        Position = position;
        return error;
    }
}

/// <summary>A descriptor made with O_PATH: a place, nothing that can be read or written.</summary>
public sealed class PathFile(LinuxKernel kernel, Path path, OpenFlags flags) : FileDescription(kernel, flags)
{
    public override Inode Inode { get; } = path.Inode;
}

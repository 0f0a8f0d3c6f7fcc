using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Host;

/// <summary>An open regular host file: reads and writes go to the descriptor that carrel-files passed.</summary>
internal sealed class HostRegularFile(HostRegular inode, OpenFlags flags) : FileDescription(inode.FileSystem.Kernel, flags)
{
    private const int ChunkSize = 65536;

    // One for all: it is used with the kernel lock held and for the time of one call.
    private static readonly byte[] s_chunk = new byte[ChunkSize];

    public override Inode Inode => inode;

    public override bool IsSeekable => true;

    public override bool IsPollable => false;

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        if (offset < 0)
        {
            return Errno.EINVAL;
        }

        long total = 0;
        while (destination.Remaining > 0)
        {
            int wanted = (int)Math.Min(destination.Remaining, Math.Min(ChunkSize, long.MaxValue - offset));
            int n = wanted == 0 ? 0 : inode.File.ReadAt(offset, s_chunk.AsSpan(0, wanted));
            if (n <= 0)
            {
                return total > 0 || n == 0 ? total : (Errno)(-n);
            }

            int copied = destination.CopyOut(s_chunk.AsSpan(0, n));
            total += copied;
            offset += copied;
            if (destination.Faulted)
            {
                return total > 0 ? total : Errno.EFAULT;
            }

            if (n < wanted)
            {
                break;
            }
        }

        return total;
    }

    protected override SyscallResult WriteCore(Task task, IoIterator source, long offset)
    {
        if (offset < 0)
        {
            return Errno.EINVAL;
        }

        long total = 0;
        while (source.Remaining > 0)
        {
            int n = source.CopyIn(s_chunk);
            if (n == 0)
            {
                return total > 0 ? total : Errno.EFAULT;
            }

            int written = inode.File.WriteAt(offset, s_chunk.AsSpan(0, n));
            if (written <= 0)
            {
                inode.Outdate();
                return total > 0 ? total : written == 0 ? Errno.EIO : (Errno)(-written);
            }

            total += written;
            offset += written;
            if (written < n)
            {
                break;
            }
        }

        // A guest that maps the file and passes the mapping to a system call sees what was written.
        if (inode.Pages is HostFileObject pages)
        {
            Kernel.HostPages.Drop(pages);
        }

        inode.Outdate();
        return total;
    }

    protected override long AppendPosition
    {
        get
        {
            inode.Refresh();
            return inode.Size;
        }
    }

    public override Errno Sync(bool isDataOnly) => inode.Host.IsShared ? inode.Host.Files.Sync(inode.Location) : Errno.OK;

    public override Result<long> Seek(long offset, int whence)
    {
        inode.Refresh();
        long size = inode.Size;
        long target;
        switch (whence)
        {
            case Abi.Seek.SEEK_SET:
                target = offset;
                break;
            case Abi.Seek.SEEK_CUR:
                target = unchecked(Position + offset);
                break;
            case Abi.Seek.SEEK_END:
                target = unchecked(size + offset);
                break;
            case Abi.Seek.SEEK_DATA:
            case Abi.Seek.SEEK_HOLE:
                // generic_file_llseek(): all of a file is data, its end a hole.
                if (offset < 0 || offset >= size)
                {
                    return Errno.ENXIO;
                }

                target = whence == Abi.Seek.SEEK_DATA ? offset : size;
                break;
            default:
                return Errno.EINVAL;
        }

        if (target < 0)
        {
            return Errno.EINVAL;
        }

        Position = target;
        return target;
    }

    protected override void ReleaseCore() => inode.Release();
}

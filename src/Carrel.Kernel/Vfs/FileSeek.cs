using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>lseek(2) of regular files: generic_file_llseek_size() in fs/read_write.c.</summary>
public static class FileSeek
{
    /// <summary>The new position, not yet set. EINVAL for a negative one, ENXIO for data or holes beyond the end.</summary>
    /// <param name="position">The current position.</param>
    /// <param name="offset">As passed.</param>
    /// <param name="whence">SEEK_*.</param>
    /// <param name="size">The file's size.</param>
    /// <param name="find">Finds data or a hole; null if all of the file is data.</param>
    public static Result<long> Target(long position, long offset, int whence, long size, System.Func<long, bool, long>? find = null)
    {
        long target;
        switch (whence)
        {
            case Seek.SEEK_SET:
                target = offset;
                break;
            case Seek.SEEK_CUR:
                target = unchecked(position + offset);
                break;
            case Seek.SEEK_END:
                target = unchecked(size + offset);
                break;
            case Seek.SEEK_DATA or Seek.SEEK_HOLE:
                if (offset < 0 || offset >= size)
                {
                    return Errno.ENXIO;
                }

                bool wantsData = whence == Seek.SEEK_DATA;
                target = find is not null ? find(offset, wantsData) : wantsData ? offset : size;
                if (wantsData && target >= size)
                {
                    return Errno.ENXIO;
                }

                break;
            default:
                return Errno.EINVAL;
        }

        return target < 0 ? Errno.EINVAL : target;
    }
}

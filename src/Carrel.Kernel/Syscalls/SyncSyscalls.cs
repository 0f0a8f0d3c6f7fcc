using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>sync(2) family and access hints. File data lies in the carrel's memory or is read-only: there is nothing to write back.</summary>
public static class SyncSyscalls
{
    [Syscall(Nr.sync)]
    public static SyscallResult Sync(Task task) => 0;

    [Syscall(Nr.syncfs)]
    public static SyscallResult SyncFs(Task task, Fd fd) => task.Files.Get(fd).Error;

    [Syscall(Nr.fsync)]
    public static SyscallResult Fsync(Task task, Fd fd) => SyncFile(task, fd, isDataOnly: false);

    [Syscall(Nr.fdatasync)]
    public static SyscallResult Fdatasync(Task task, Fd fd) => SyncFile(task, fd, isDataOnly: true);

    [Syscall(Nr.sync_file_range)]
    public static SyscallResult SyncFileRange(Task task, Fd fd, long offset, long length, SyncFileRange flags)
    {
        const SyncFileRange Known = Abi.SyncFileRange.SYNC_FILE_RANGE_WAIT_BEFORE | Abi.SyncFileRange.SYNC_FILE_RANGE_WRITE
            | Abi.SyncFileRange.SYNC_FILE_RANGE_WAIT_AFTER;
        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        if ((flags & ~Known) != 0 || offset < 0 || unchecked(offset + length) < 0 || unchecked(offset + length) < offset)
        {
            return Errno.EINVAL;
        }

        Inode inode = file.Value.Inode;
        return inode.IsRegular || inode.IsDirectory || inode.IsSymlink || inode.Type == Mode.S_IFBLK ? 0 : Errno.ESPIPE;
    }

    [Syscall(Nr.readahead)]
    public static SyscallResult ReadAhead(Task task, Fd fd, long offset, ulong count)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed || !file.Value.IsReadable)
        {
            return Errno.EBADF;
        }

        return file.Value.Inode.IsRegular ? 0 : Errno.EINVAL;
    }

    [Syscall(Nr.fadvise64)]
    public static SyscallResult Fadvise(Task task, Fd fd, long offset, long length, int advice)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        if (file.Value.Inode.Type == Mode.S_IFIFO)
        {
            return Errno.ESPIPE;
        }

        return length < 0 || (uint)advice > Abi.Fadvise.POSIX_FADV_NOREUSE ? Errno.EINVAL : 0;
    }

    private static SyscallResult SyncFile(Task task, Fd fd, bool isDataOnly)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        return file.Failed ? file.Error : file.Value.Sync(isDataOnly);
    }
}

using Carrel.Abi;
using Carrel.Kernel.Fs.Tmpfs;

namespace Carrel.Kernel.Vfs;

/// <summary>ioctl(2) commands that every description has; the rest goes to the description (do_vfs_ioctl() in fs/ioctl.c).</summary>
internal static class GenericIoctl
{
    private const uint FIBMAP = 1;
    private const uint FIGETBSZ = 2;
    private const uint FIFREEZE = 0xC0045877;
    private const uint FITHAW = 0xC0045878;
    private const uint FICLONE = 0x40049409;
    private const uint FICLONERANGE = 0x4020940D;
    private const uint FIDEDUPERANGE = 0xC0189436;

    public static SyscallResult Invoke(Task task, Fd fd, FileDescription file, uint command, ulong argument)
    {
        Inode inode = file.Inode;
        switch (command)
        {
            case Ioctl.FIONBIO:
                return SetNonBlocking(task, file, argument);
            case Ioctl.FIOASYNC:
                return SetAsync(task, fd, file, argument);
            case Ioctl.FIOQSIZE:
                return inode.IsRegular || inode.IsDirectory || inode.IsSymlink
                    ? CopyOut(task, argument, inode.Blocks * 512)
                    : Errno.ENOTTY;
            case FIGETBSZ:
                return CopyOut(task, argument, inode.FileSystem.BlockSize);
            case FIFREEZE or FITHAW:
                return task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN) ? Errno.EOPNOTSUPP : Errno.EPERM;
            case FICLONE:
                return Clone(task, file, new Fd((int)argument));
            case Ioctl.FS_IOC_GETFLAGS when inode is TmpfsInode && HasFlags(inode):
                return CopyOut(task, argument, 0);
            case Ioctl.FS_IOC_SETFLAGS when inode is TmpfsInode && HasFlags(inode):
                return SetFlags(task, file, argument);
            case Ioctl.FS_IOC_FSGETXATTR when inode is TmpfsInode && HasFlags(inode):
                return new UserPtr<byte>(argument).TryWriteArray(task, new byte[28]) ? 0 : Errno.EFAULT;
            case FICLONERANGE or FIDEDUPERANGE or Ioctl.FS_IOC_FIEMAP:
                return Errno.EOPNOTSUPP;
            case FIBMAP when inode.IsRegular:
                return task.Credentials.HasCapability(Capability.CAP_SYS_RAWIO) ? Errno.EINVAL : Errno.EPERM;
            case Ioctl.FIONREAD when inode.IsRegular:
                inode.Refresh();
                return CopyOut(task, argument, (int)(inode.Size - file.Position));
            default:
                return file.Ioctl(task, command, argument);
        }
    }

    private static bool HasFlags(Inode inode) => inode.IsRegular || inode.IsDirectory;

    /// <summary>shmem_fileattr_set() where no flag is supported: only none can be set.</summary>
    private static SyscallResult SetFlags(Task task, FileDescription file, ulong argument)
    {
        if (!new UserPtr<uint>(argument).TryRead(task, out uint flags))
        {
            return Errno.EFAULT;
        }

        Errno error = file.PathOrPseudo.Mount.WantWrite();
        if (error != Errno.OK)
        {
            return error;
        }

        return !Permission.IsOwnerOrCapable(task.Credentials, file.Inode) ? Errno.EPERM : flags != 0 ? Errno.EOPNOTSUPP : 0;
    }

    /// <summary>vfs_clone_file_range(): no file system here shares blocks between files.</summary>
    private static Errno Clone(Task task, FileDescription target, Fd fd)
    {
        Result<FileDescription> source = task.Files.Get(fd);
        if (source.Failed)
        {
            return Errno.EBADF;
        }

        (Inode from, Inode to) = (source.Value.Inode, target.Inode);
        if (from.FileSystem != to.FileSystem)
        {
            return Errno.EXDEV;
        }

        if (from.IsDirectory || to.IsDirectory)
        {
            return Errno.EISDIR;
        }

        if (!from.IsRegular || !to.IsRegular)
        {
            return Errno.EINVAL;
        }

        bool isOpen = source.Value.IsReadable && target.IsWritable && (target.Flags & OpenFlags.O_APPEND) == 0;
        return isOpen ? Errno.EOPNOTSUPP : Errno.EBADF;
    }

    private static SyscallResult SetNonBlocking(Task task, FileDescription file, ulong argument)
    {
        if (!new UserPtr<int>(argument).TryRead(task, out int isOn))
        {
            return Errno.EFAULT;
        }

        file.Flags = isOn != 0 ? file.Flags | OpenFlags.O_NONBLOCK : file.Flags & ~OpenFlags.O_NONBLOCK;
        return file.OnFlagsChanged(file.Flags);
    }

    private static SyscallResult SetAsync(Task task, Fd fd, FileDescription file, ulong argument)
    {
        if (!new UserPtr<int>(argument).TryRead(task, out int isOn))
        {
            return Errno.EFAULT;
        }

        bool was = (file.Flags & OpenFlags.FASYNC) != 0;
        if (was == (isOn != 0))
        {
            return 0;
        }

        if (!file.SupportsAsync)
        {
            return Errno.ENOTTY;
        }

        file.SetAsync(fd.Number, isOn != 0);
        return 0;
    }

    private static SyscallResult CopyOut<T>(Task task, ulong argument, T value) where T : unmanaged =>
        new UserPtr<T>(argument).TryWrite(task, value) ? 0 : Errno.EFAULT;
}

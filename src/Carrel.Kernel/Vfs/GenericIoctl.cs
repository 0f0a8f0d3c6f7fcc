using Carrel.Abi;

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
                return CopyOut(task, argument, 4096);
            case FIFREEZE or FITHAW:
                return task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN) ? Errno.EOPNOTSUPP : Errno.EPERM;
            case FICLONE:
                return task.Files.Get(new Fd((int)argument)).Failed ? Errno.EBADF : Errno.EOPNOTSUPP;
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

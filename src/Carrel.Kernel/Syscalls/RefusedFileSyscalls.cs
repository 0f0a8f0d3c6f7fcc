using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>File calls that are refused on purpose, as on a kernel built without the feature.</summary>
public static class RefusedFileSyscalls
{
    [Syscall(Nr.name_to_handle_at, Missing = "no file system gives handles")]
    public static SyscallResult NameToHandleAt(Task task, Fd directory, UserString path, UserPtr<FileHandle> handle, UserPtr<int> mountId, int flags)
    {
        const int Known = At.AT_SYMLINK_FOLLOW | At.AT_EMPTY_PATH | At.AT_HANDLE_FID | At.AT_HANDLE_MNT_ID_UNIQUE;
        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        Result<Vfs.Path> found = Vfs.Namei.Lookup(task, directory, path, AtFlags.ToLookup(flags, followByDefault: false));
        return found.Failed ? found.Error : Errno.EOPNOTSUPP;
    }

    [Syscall(Nr.open_by_handle_at, Missing = "no file system gives handles")]
    public static SyscallResult OpenByHandleAt(Task task, Fd mount, UserPtr<FileHandle> handle, int flags)
    {
        if (!handle.TryRead(task, out FileHandle header))
        {
            return Errno.EFAULT;
        }

        if (header.HandleBytes is 0 or > FileHandle.MAX_HANDLE_SZ)
        {
            return Errno.EINVAL;
        }

        if (mount.Number != At.AT_FDCWD && task.Files.GetAny(mount).Failed)
        {
            return Errno.EBADF;
        }

        return task.Credentials.HasCapability(Capability.CAP_DAC_READ_SEARCH) ? Errno.ESTALE : Errno.EPERM;
    }

    [Syscall(Nr.swapon, Missing = "no swap")]
    public static SyscallResult SwapOn(Task task, UserString path, int flags) =>
        task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN) ? Errno.ENOSYS : Errno.EPERM;

    [Syscall(Nr.swapoff, Missing = "no swap")]
    public static SyscallResult SwapOff(Task task, UserString path) =>
        task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN) ? Errno.ENOSYS : Errno.EPERM;
}

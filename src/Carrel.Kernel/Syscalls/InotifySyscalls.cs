using Carrel.Abi;
using Carrel.Kernel.Ipc.Inotify;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>inotify(7): fs/notify/inotify/inotify_user.c.</summary>
public static class InotifySyscalls
{
    [Syscall(Nr.inotify_init)]
    public static SyscallResult InotifyInit(Task task) => InotifyInit1(task, 0);

    [Syscall(Nr.inotify_init1)]
    public static SyscallResult InotifyInit1(Task task, uint flags)
    {
        if ((flags & ~(Inotify.IN_CLOEXEC | Inotify.IN_NONBLOCK)) != 0)
        {
            return Errno.EINVAL;
        }

        uint uid = task.Credentials.Uid;
        if (!task.Kernel.InotifyAccount.TryAddInstance(uid))
        {
            return Errno.EMFILE;
        }

        var file = new InotifyFile(task.Kernel, (flags & Inotify.IN_NONBLOCK) != 0 ? OpenFlags.O_NONBLOCK : 0, uid);
        return task.Files.InstallOrRelease(task, file, (flags & Inotify.IN_CLOEXEC) != 0);
    }

    [Syscall(Nr.inotify_add_watch)]
    public static SyscallResult InotifyAddWatch(Task task, Fd fd, UserString path, uint mask)
    {
        const uint Known = Inotify.IN_ALL_EVENTS | Inotify.IN_UNMOUNT | Inotify.IN_Q_OVERFLOW | Inotify.IN_IGNORED | Inotify.IN_ONLYDIR
            | Inotify.IN_DONT_FOLLOW | Inotify.IN_EXCL_UNLINK | Inotify.IN_MASK_ADD | Inotify.IN_MASK_CREATE | Inotify.IN_ISDIR | Inotify.IN_ONESHOT;
        if ((mask & Known) == 0)
        {
            return Errno.EINVAL;
        }

        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        const uint Contradiction = Inotify.IN_MASK_ADD | Inotify.IN_MASK_CREATE;
        if ((mask & Contradiction) == Contradiction || file.Value is not InotifyFile instance)
        {
            return Errno.EINVAL;
        }

        LookupFlags flags = (mask & Inotify.IN_DONT_FOLLOW) == 0 ? LookupFlags.Follow : LookupFlags.None;
        flags |= (mask & Inotify.IN_ONLYDIR) != 0 ? LookupFlags.Directory : LookupFlags.None;
        Result<Path> found = Namei.Lookup(task, new Fd(At.AT_FDCWD), path, flags);
        if (found.Failed)
        {
            return found.Error;
        }

        Errno error = Permission.Check(task, found.Value.Inode, Permission.MayRead);
        return error != Errno.OK ? error : instance.AddWatch(found.Value, mask);
    }

    [Syscall(Nr.inotify_rm_watch)]
    public static SyscallResult InotifyRemoveWatch(Task task, Fd fd, int watch)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        return file.Value is InotifyFile instance ? instance.RemoveWatch(watch) : Errno.EINVAL;
    }
}

using System;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>Working directory and root, mkdir(2), rmdir(2), getdents(2).</summary>
public static class DirectorySyscalls
{
    [Syscall(Nr.getdents)]
    public static SyscallResult GetDents(Task task, Fd fd, UserPtr<byte> buffer, uint size) => GetEntries(task, fd, buffer, size, isOld: true);

    [Syscall(Nr.getdents64)]
    public static SyscallResult GetDents64(Task task, Fd fd, UserPtr<byte> buffer, uint size) => GetEntries(task, fd, buffer, size, isOld: false);

    [Syscall(Nr.getcwd)]
    public static SyscallResult GetCwd(Task task, UserPtr<byte> buffer, ulong size)
    {
        Path directory = task.Fs.WorkingDirectory;
        if (directory.Inode.IsDead || PathName.IsUnlinked(directory))
        {
            return Errno.ENOENT;
        }

        string text = PathName.Format(directory, task.Fs.Root, out bool isReachable);
        byte[] bytes = Encoding.Latin1.GetBytes((isReachable ? text : "(unreachable)" + text) + "\0");
        if (bytes.Length > Limits.PATH_MAX)
        {
            return Errno.ENAMETOOLONG;
        }

        if ((ulong)bytes.Length > size)
        {
            return Errno.ERANGE;
        }

        return buffer.TryWriteArray(task, bytes) ? bytes.Length : Errno.EFAULT;
    }

    [Syscall(Nr.chdir)]
    public static SyscallResult Chdir(Task task, UserString path)
    {
        Result<Path> found = Namei.Lookup(task, new Fd(At.AT_FDCWD), path, LookupFlags.Follow | LookupFlags.Directory);
        if (found.Failed)
        {
            return found.Error;
        }

        return Enter(task, found.Value);
    }

    [Syscall(Nr.fchdir)]
    public static SyscallResult Fchdir(Task task, Fd fd)
    {
        Result<FileDescription> file = task.Files.GetAny(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        return file.Value.Inode.IsDirectory ? Enter(task, file.Value.Path) : Errno.ENOTDIR;
    }

    [Syscall(Nr.chroot)]
    public static SyscallResult Chroot(Task task, UserString path)
    {
        Result<Path> found = Namei.Lookup(task, new Fd(At.AT_FDCWD), path, LookupFlags.Follow | LookupFlags.Directory);
        if (found.Failed)
        {
            return found.Error;
        }

        Errno error = Permission.Check(task, found.Value.Inode, Permission.MayExecute);
        if (error != Errno.OK)
        {
            return error;
        }

        if (!task.Credentials.HasOwnCapability(Capability.CAP_SYS_CHROOT))
        {
            return Errno.EPERM;
        }

        task.Fs.Root = found.Value;
        return 0;
    }

    [Syscall(Nr.umask)]
    public static SyscallResult Umask(Task task, uint mask)
    {
        uint before = task.Fs.Umask;
        task.Fs.Umask = mask & Mode.S_IRWXUGO;
        return before;
    }

    [Syscall(Nr.mkdir)]
    public static SyscallResult Mkdir(Task task, UserString path, uint mode) => MkdirAt(task, new Fd(At.AT_FDCWD), path, mode);

    [Syscall(Nr.mkdirat)]
    public static SyscallResult MkdirAt(Task task, Fd directory, UserString path, uint mode)
    {
        Result<string> name = path.ReadPath(task);
        if (name.Failed)
        {
            return name.Error;
        }

        Result<Path> at = Namei.LookupCreate(task, directory, name.Value, isDirectory: true);
        if (at.Failed)
        {
            return at.Error;
        }

        Dentry child = at.Value.Dentry;
        Dentry parent = child.Parent!;
        Errno error = Permission.CheckCreate(task, parent, child);
        if (error != Errno.OK)
        {
            return error;
        }

        uint permissions = AttributeRules.WithoutUmask(task, parent.Inode!, mode & (Mode.S_IRWXUGO | Mode.S_ISVTX));
        Result<Inode> made = parent.Inode!.CreateDirectory(child.Name, Mode.S_IFDIR | permissions, task.Credentials);
        return NameOperations.Made(task, child, made);
    }

    [Syscall(Nr.rmdir)]
    public static SyscallResult Rmdir(Task task, UserString path) => LinkSyscalls.UnlinkAt(task, new Fd(At.AT_FDCWD), path, At.AT_REMOVEDIR);

    private static SyscallResult Enter(Task task, Path directory)
    {
        Errno error = Permission.Check(task, directory.Inode, Permission.MayExecute);
        if (error == Errno.OK)
        {
            task.Fs.WorkingDirectory = directory;
        }

        return error;
    }

    private static SyscallResult GetEntries(Task task, Fd fd, UserPtr<byte> buffer, uint size, bool isOld)
    {
        Result<FileDescription> found = task.Files.Get(fd);
        if (found.Failed)
        {
            return found.Error;
        }

        FileDescription file = found.Value;
        if (!file.Inode.IsDirectory)
        {
            return Errno.ENOTDIR;
        }

        DirentBuffer sink = task.Kernel.Dirents;
        sink.Reset((int)Math.Min(size, DirentBuffer.MaxSize), isOld);
        long before = file.Position;
        Errno error = file.ReadDirectory(task, sink);
        if (error != Errno.OK && sink.Length == 0)
        {
            return error;
        }

        InotifyEvents.OnFile(file, Inotify.IN_ACCESS);
        if (file.Path.IsValid && (file.Flags & OpenFlags.O_NOATIME) == 0)
        {
            file.Inode.TouchAccess(file.Path.Mount);
        }

        if (sink.Length == 0)
        {
            return sink.IsTooSmall ? Errno.EINVAL : 0;
        }

        int written = (int)task.Mm.WritePartial(buffer.Address, sink.Bytes);
        if (written == sink.Length)
        {
            return written;
        }

        // Only whole entries count; the next call goes on behind the last of them.
        int whole = sink.WholeEntries(written, out long position);
        file.Position = whole == 0 ? before : position;
        return whole == 0 ? Errno.EFAULT : whole;
    }
}

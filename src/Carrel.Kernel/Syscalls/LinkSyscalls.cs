using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>link(2), unlink(2), symlink(2), rename(2), mknod(2) and their *at forms: fs/namei.c.</summary>
public static class LinkSyscalls
{
    private const int Cwd = At.AT_FDCWD;

    [Syscall(Nr.link)]
    public static SyscallResult Link(Task task, UserString oldPath, UserString newPath) => LinkAt(task, new Fd(Cwd), oldPath, new Fd(Cwd), newPath, 0);

    [Syscall(Nr.linkat)]
    public static SyscallResult LinkAt(Task task, Fd oldDirectory, UserString oldPath, Fd newDirectory, UserString newPath, int flags)
    {
        if ((flags & ~(At.AT_SYMLINK_FOLLOW | At.AT_EMPTY_PATH)) != 0)
        {
            return Errno.EINVAL;
        }

        Result<string> oldName = oldPath.ReadPath(task);
        if (oldName.Failed)
        {
            return oldName.Error;
        }

        // LOOKUP_LINKAT_EMPTY: who opened a file may name it again, and who may read everything anyway.
        if ((flags & At.AT_EMPTY_PATH) != 0 && oldDirectory.Number != Cwd && !oldName.Value.StartsWith('/'))
        {
            Result<FileDescription> file = task.Files.GetAny(oldDirectory);
            if (file.Failed)
            {
                return file.Error;
            }

            Credentials opener = file.Value.OpenedBy ?? task.Credentials;
            if (!ReferenceEquals(opener, task.Credentials) && !task.Credentials.HasCapabilityIn(opener.User, Capability.CAP_DAC_READ_SEARCH))
            {
                return Errno.ENOENT;
            }
        }

        Result<Path> old = Namei.Lookup(task, oldDirectory, oldName.Value, AtFlags.ToLookup(flags, followByDefault: false));
        if (old.Failed)
        {
            return old.Error;
        }

        Result<Path> target = LookupCreate(task, newDirectory, newPath);
        if (target.Failed)
        {
            return target.Error;
        }

        if (old.Value.Mount != target.Value.Mount)
        {
            return Errno.EXDEV;
        }

        Inode inode = old.Value.Inode;
        if (task.Kernel.Protection.HardLinks > 0 && !Permission.MayLink(task, inode))
        {
            return Errno.EPERM;
        }

        return NameOperations.Link(task, inode, target.Value.Dentry);
    }

    [Syscall(Nr.unlink)]
    public static SyscallResult Unlink(Task task, UserString path) => UnlinkAt(task, new Fd(Cwd), path, 0);

    [Syscall(Nr.unlinkat)]
    public static SyscallResult UnlinkAt(Task task, Fd directory, UserString path, int flags)
    {
        if ((flags & ~At.AT_REMOVEDIR) != 0)
        {
            return Errno.EINVAL;
        }

        Result<string> name = path.ReadPath(task);
        if (name.Failed)
        {
            return name.Error;
        }

        Result<ParentPath> found = Namei.LookupParent(task, directory, name.Value);
        if (found.Failed)
        {
            return found.Error;
        }

        ParentPath at = found.Value;
        bool isDirectory = (flags & At.AT_REMOVEDIR) != 0;
        if (at.Type != LastType.Normal)
        {
            return (isDirectory, at.Type) switch
            {
                (false, _) => Errno.EISDIR,
                (true, LastType.DotDot) => Errno.ENOTEMPTY,
                (true, LastType.Dot) => Errno.EINVAL,
                _ => Errno.EBUSY,
            };
        }

        Errno error = at.Directory.Mount.WantWrite();
        if (error != Errno.OK)
        {
            return error;
        }

        Result<Dentry> victim = task.Kernel.Dentries.Lookup(at.Directory.Dentry, at.Name);
        if (victim.Failed)
        {
            return victim.Error;
        }

        if (victim.Value.Inode is not { } inode)
        {
            return Errno.ENOENT;
        }

        if (isDirectory)
        {
            return NameOperations.RemoveDirectory(task, victim.Value);
        }

        if (at.HasTrailingSlash)
        {
            return inode.IsDirectory ? Errno.EISDIR : Errno.ENOTDIR;
        }

        return NameOperations.Unlink(task, victim.Value);
    }

    [Syscall(Nr.symlink)]
    public static SyscallResult Symlink(Task task, UserString target, UserString path) => SymlinkAt(task, target, new Fd(Cwd), path);

    [Syscall(Nr.symlinkat)]
    public static SyscallResult SymlinkAt(Task task, UserString target, Fd directory, UserString path)
    {
        Result<string> text = target.ReadPath(task);
        if (text.Failed)
        {
            return text.Error;
        }

        if (text.Value.Length == 0)
        {
            return Errno.ENOENT;
        }

        Result<Path> at = LookupCreate(task, directory, path);
        if (at.Failed)
        {
            return at.Error;
        }

        Dentry child = at.Value.Dentry;
        Errno error = Permission.CheckCreate(task, child.Parent!, child);
        return error != Errno.OK
            ? error
            : NameOperations.Made(task, child, child.Parent!.Inode!.CreateSymlink(child.Name, text.Value, task.Credentials));
    }

    [Syscall(Nr.rename)]
    public static SyscallResult Rename(Task task, UserString oldPath, UserString newPath) =>
        RenameAt2(task, new Fd(Cwd), oldPath, new Fd(Cwd), newPath, 0);

    [Syscall(Nr.renameat)]
    public static SyscallResult RenameAt(Task task, Fd oldDirectory, UserString oldPath, Fd newDirectory, UserString newPath) =>
        RenameAt2(task, oldDirectory, oldPath, newDirectory, newPath, 0);

    [Syscall(Nr.renameat2)]
    public static SyscallResult RenameAt2(Task task, Fd oldDirectory, UserString oldPath, Fd newDirectory, UserString newPath, Renameat2 flags)
    {
        const Renameat2 Known = Renameat2.RENAME_NOREPLACE | Renameat2.RENAME_EXCHANGE | Renameat2.RENAME_WHITEOUT;
        bool isExchange = (flags & Renameat2.RENAME_EXCHANGE) != 0;
        if ((flags & ~Known) != 0 || (isExchange && (flags & (Renameat2.RENAME_NOREPLACE | Renameat2.RENAME_WHITEOUT)) != 0))
        {
            return Errno.EINVAL;
        }

        Result<string> oldName = oldPath.ReadPath(task);
        if (oldName.Failed)
        {
            return oldName.Error;
        }

        Result<string> newName = newPath.ReadPath(task);
        if (newName.Failed)
        {
            return newName.Error;
        }

        Result<ParentPath> from = Namei.LookupParent(task, oldDirectory, oldName.Value);
        if (from.Failed)
        {
            return from.Error;
        }

        Result<ParentPath> to = Namei.LookupParent(task, newDirectory, newName.Value);
        if (to.Failed)
        {
            return to.Error;
        }

        return Rename(task, from.Value, to.Value, flags);
    }

    [Syscall(Nr.mknod)]
    public static SyscallResult Mknod(Task task, UserString path, uint mode, uint device) => MknodAt(task, new Fd(Cwd), path, mode, device);

    [Syscall(Nr.mknodat)]
    public static SyscallResult MknodAt(Task task, Fd directory, UserString path, uint mode, uint device)
    {
        uint type = mode & Mode.S_IFMT;
        switch (type)
        {
            case 0:
                type = Mode.S_IFREG;
                break;
            case Mode.S_IFDIR:
                return Errno.EPERM;
            case Mode.S_IFREG or Mode.S_IFCHR or Mode.S_IFBLK or Mode.S_IFIFO or Mode.S_IFSOCK:
                break;
            default:
                return Errno.EINVAL;
        }

        Result<Path> at = LookupCreate(task, directory, path);
        if (at.Failed)
        {
            return at.Error;
        }

        Dentry child = at.Value.Dentry;
        Errno error = Permission.CheckCreate(task, child.Parent!, child);
        if (error != Errno.OK)
        {
            return error;
        }

        bool isDevice = type is Mode.S_IFCHR or Mode.S_IFBLK;
        bool isWhiteout = type == Mode.S_IFCHR && device == 0;
        if (isDevice && !isWhiteout && !task.Credentials.HasCapability(Capability.CAP_MKNOD))
        {
            return Errno.EPERM;
        }

        uint permissions = AttributeRules.WithoutUmask(task, child.Parent!.Inode!, mode & Mode.S_IALLUGO);
        return NameOperations.Made(task, child, child.Parent!.Inode!.Create(child.Name, type | permissions, isDevice ? device : 0, task.Credentials));
    }

    private static Result<Path> LookupCreate(Task task, Fd directory, UserString path)
    {
        Result<string> name = path.ReadPath(task);
        return name.Failed ? name.Error : Namei.LookupCreate(task, directory, name.Value, isDirectory: false);
    }

    /// <summary>do_renameat2() from the point where both parents are known.</summary>
    private static Errno Rename(Task task, ParentPath from, ParentPath to, Renameat2 flags)
    {
        bool isExchange = (flags & Renameat2.RENAME_EXCHANGE) != 0;
        bool isNoReplace = (flags & Renameat2.RENAME_NOREPLACE) != 0;
        if (from.Directory.Mount != to.Directory.Mount)
        {
            return Errno.EXDEV;
        }

        if (from.Type != LastType.Normal)
        {
            return Errno.EBUSY;
        }

        if (to.Type != LastType.Normal)
        {
            return isNoReplace ? Errno.EEXIST : Errno.EBUSY;
        }

        Errno error = from.Directory.Mount.WantWrite();
        if (error != Errno.OK)
        {
            return error;
        }

        Result<Dentry> found = task.Kernel.Dentries.Lookup(from.Directory.Dentry, from.Name);
        if (found.Failed)
        {
            return found.Error;
        }

        Dentry source = found.Value;
        if (source.IsNegative)
        {
            return Errno.ENOENT;
        }

        found = task.Kernel.Dentries.Lookup(to.Directory.Dentry, to.Name);
        if (found.Failed)
        {
            return found.Error;
        }

        Dentry target = found.Value;
        if (isNoReplace && !target.IsNegative)
        {
            return Errno.EEXIST;
        }

        if (isExchange)
        {
            if (target.Inode is not { } other)
            {
                return Errno.ENOENT;
            }

            if (!other.IsDirectory && to.HasTrailingSlash)
            {
                return Errno.ENOTDIR;
            }
        }

        // Unless the source is a directory trailing slashes give ENOTDIR.
        if (!source.Inode!.IsDirectory && (from.HasTrailingSlash || (!isExchange && to.HasTrailingSlash)))
        {
            return Errno.ENOTDIR;
        }

        if (to.Directory.Dentry.IsBelow(source))
        {
            return Errno.EINVAL;
        }

        if (from.Directory.Dentry.IsBelow(target))
        {
            return isExchange ? Errno.EINVAL : Errno.ENOTEMPTY;
        }

        return NameOperations.Rename(task, source, target, flags);
    }
}

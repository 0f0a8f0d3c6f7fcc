using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>Opens files: path_openat(), do_open(), may_open(), do_tmpfile(), do_o_path() in fs/namei.c, in their order of checks.</summary>
public static class FileOpener
{
    /// <summary>do_filp_open(). The description is complete but for <see cref="FileDescription.CompleteOpen"/>.</summary>
    public static Result<FileDescription> Open(Task task, Fd directory, string path, in OpenRequest request)
    {
        if (path.Length == 0)
        {
            return Errno.ENOENT;
        }

        if ((request.Flags & OpenFlags.__O_TMPFILE) != 0)
        {
            return OpenTemporary(task, directory, path, request);
        }

        if ((request.Flags & OpenFlags.O_PATH) != 0)
        {
            return OpenPath(task, directory, path, request);
        }

        var walk = new PathWalk(task, request.Resolve);
        bool follow = request.Follows;
        bool mustBeDirectory = (request.Flags & OpenFlags.O_DIRECTORY) != 0;
        bool isCreated = false;
        Errno error = walk.Start(directory.Number, path);
        for (string? link = path; error == Errno.OK && link is not null;)
        {
            error = walk.ToParent(link);
            if (error == Errno.OK)
            {
                error = OpenLast(task, ref walk, request, ref follow, ref mustBeDirectory, out isCreated, out link);
            }

            if (error == Errno.OK && link is not null)
            {
                error = walk.EnterLink(ref link, out bool isJumpOnly);
                link = isJumpOnly ? null : link;
            }
        }

        return error != Errno.OK ? error : Finish(task, ref walk, request, mustBeDirectory, isCreated);
    }

    /// <summary>do_open_execat(): a regular file that may be executed; it counts against writers until <see cref="AllowWriteAccess"/>. EACCES, ETXTBSY.</summary>
    public static Result<FileDescription> OpenForExec(Task task, Fd directory, string path, LookupFlags flags)
    {
        Result<Path> found = Namei.Lookup(task, directory, path, flags);
        if (found.Failed)
        {
            return found.Error;
        }

        Path at = found.Value;
        Errno error = CheckOpen(task, at, Permission.MayExecute, OpenFlags.O_RDONLY);
        if (error != Errno.OK)
        {
            return error;
        }

        if (!at.Inode.IsRegular || (at.Mount.Flags & MountFlags.MS_NOEXEC) != 0)
        {
            return Errno.EACCES;
        }

        if (at.Inode.WriteCount > 0)
        {
            return Errno.ETXTBSY;
        }

        Result<FileDescription> file = OpenInode(task, at, OpenFlags.O_RDONLY | OpenFlags.O_LARGEFILE);
        if (file.Succeeded)
        {
            InotifyEvents.OnFile(file.Value, Inotify.IN_OPEN);
        }

        return file;
    }

    /// <summary>deny_write_access(): while a file is executed it cannot be opened for writing. ETXTBSY if somebody has.</summary>
    public static Errno DenyWriteAccess(Inode inode)
    {
        if (inode.WriteCount > 0)
        {
            return Errno.ETXTBSY;
        }

        inode.WriteCount--;
        return Errno.OK;
    }

    /// <summary>allow_write_access().</summary>
    public static void AllowWriteAccess(Inode inode) => inode.WriteCount++;

    /// <summary>vfs_open() of a path whose access has been checked.</summary>
    public static Result<FileDescription> OpenInode(Task task, Path path, OpenFlags flags)
    {
        Inode inode = path.Inode;
        bool isSpecial = !(inode.IsRegular || inode.IsDirectory || inode.Type == 0);
        bool isWriter = (flags & OpenFlags.O_ACCMODE) is OpenFlags.O_WRONLY or OpenFlags.O_RDWR && !isSpecial;
        if (isWriter && inode.WriteCount < 0)
        {
            return Errno.ETXTBSY;
        }

        Result<FileDescription> file = isSpecial && !inode.OpensItself ? task.Kernel.SpecialFiles.Open(task, path, flags) : inode.Open(task, path, flags);
        if (file.Failed)
        {
            return file;
        }

        // do_dentry_open(); a FIFO knows O_DIRECT only from pipe2(2) and fcntl(2).
        bool isDirect = (flags & OpenFlags.O_DIRECT) != 0;
        Errno error = file.Value.Opened(isWriter);
        if (error == Errno.OK && isDirect && (!file.Value.AllowsDirect || inode.Type == Mode.S_IFIFO))
        {
            error = Errno.EINVAL;
        }

        if (error != Errno.OK)
        {
            file.Value.Release();
            return error;
        }

        return file;
    }

    /// <summary>open_last_lookups(): looks the last component up, or makes it.</summary>
    private static Errno OpenLast(Task task, ref PathWalk walk, in OpenRequest request, ref bool follow, ref bool mustBeDirectory, out bool isCreated, out string? link)
    {
        isCreated = false;
        link = null;
        if (walk.LastType != LastType.Normal)
        {
            return walk.Last(follow, out link);
        }

        if (walk.HasTrailingSlash)
        {
            if (request.IsCreating)
            {
                return Errno.EISDIR;
            }

            follow = mustBeDirectory = true;
        }

        Path directory = walk.Current;
        if (directory.Inode.IsDead)
        {
            return Errno.ENOENT;
        }

        Result<Dentry> found = task.Kernel.Dentries.Lookup(directory.Dentry, walk.LastName);
        if (found.Failed)
        {
            return found.Error;
        }

        Dentry dentry = found.Value;
        if (!dentry.IsNegative || !request.IsCreating || !directory.Inode.FileSystem.MakesNames)
        {
            return walk.LastInto(dentry, follow, out link);
        }

        Errno error = directory.Mount.WantWrite();
        if (error == Errno.OK)
        {
            error = Permission.Check(task, directory.Inode, Permission.MayWrite | Permission.MayExecute);
        }

        if (error != Errno.OK)
        {
            return error;
        }

        Result<Inode> made = directory.Inode.Create(dentry.Name, Mode.S_IFREG | AttributeRules.WithoutUmask(task, directory.Inode, request.Mode), 0, task.Credentials);
        if (made.Failed)
        {
            return made.Error;
        }

        task.Kernel.Dentries.Instantiate(dentry, made.Value);
        InotifyEvents.OnEntry(directory.Inode, Inotify.IN_CREATE, dentry.Name, made.Value);
        isCreated = true;
        return walk.LastInto(dentry, follow, out link);
    }

    /// <summary>do_open().</summary>
    private static Result<FileDescription> Finish(Task task, ref PathWalk walk, in OpenRequest request, bool mustBeDirectory, bool isCreated)
    {
        Path path = walk.Current;
        Inode inode = path.Inode;
        if (request.IsCreating)
        {
            if (request.IsExclusive && !isCreated)
            {
                return Errno.EEXIST;
            }

            if (inode.IsDirectory)
            {
                return Errno.EISDIR;
            }

            if (!Permission.MayCreateInSticky(task, inode, walk.DirectoryMode, walk.DirectoryUid))
            {
                return Errno.EACCES;
            }
        }

        if (mustBeDirectory && !inode.IsDirectory)
        {
            return Errno.ENOTDIR;
        }

        bool truncates = false;
        int mask = isCreated ? 0 : request.AccessMask;
        if (!isCreated && request.IsTruncating && inode.IsRegular)
        {
            if (path.Mount.IsReadOnly)
            {
                return Errno.EROFS;
            }

            truncates = true;
        }

        Errno error = CheckOpen(task, path, mask, request.Flags);
        if (error != Errno.OK)
        {
            return error;
        }

        Result<FileDescription> file = OpenInode(task, path, request.Flags);
        if (file.Succeeded && truncates)
        {
            error = Truncate(task, path);
            if (error != Errno.OK)
            {
                file.Value.Release();
                return error;
            }
        }

        if (file.Succeeded)
        {
            file.Value.IsCreated = isCreated;
            InotifyEvents.OnFile(file.Value, Inotify.IN_OPEN);
        }

        return file;
    }

    /// <summary>may_open().</summary>
    private static Errno CheckOpen(Task task, Path path, int mask, OpenFlags flags)
    {
        Inode inode = path.Inode;
        switch (inode.Type)
        {
            case Mode.S_IFLNK:
                return Errno.ELOOP;
            case Mode.S_IFDIR:
                if ((mask & Permission.MayWrite) != 0)
                {
                    return Errno.EISDIR;
                }

                if ((mask & Permission.MayExecute) != 0)
                {
                    return Errno.EACCES;
                }

                break;
            case Mode.S_IFBLK or Mode.S_IFCHR when (path.Mount.Flags & MountFlags.MS_NODEV) != 0:
                return Errno.EACCES;
            case Mode.S_IFBLK or Mode.S_IFCHR or Mode.S_IFIFO or Mode.S_IFSOCK when (mask & Permission.MayExecute) != 0:
                return Errno.EACCES;
            case Mode.S_IFREG when (mask & Permission.MayExecute) != 0 && (path.Mount.Flags & MountFlags.MS_NOEXEC) != 0:
                return Errno.EACCES;
            default:
                break;
        }

        Errno error = Permission.Check(task, inode, mask);
        if (error != Errno.OK)
        {
            return error;
        }

        return (flags & OpenFlags.O_NOATIME) != 0 && !Permission.IsOwnerOrCapable(task.Credentials, inode) ? Errno.EPERM : Errno.OK;
    }

    /// <summary>handle_truncate().</summary>
    private static Errno Truncate(Task task, Path path)
    {
        TimeSpec now = task.Kernel.Clock.RealtimeSpec;
        var change = new AttributeChange { Size = 0, ModifyTime = now, ChangeTime = now, Mode = AttributeRules.ModeWithoutPrivileges(task, path.Inode) };
        Errno error = path.Inode.SetAttributes(task, change);
        if (error == Errno.OK)
        {
            InotifyEvents.OnPath(path.Dentry, Inotify.IN_MODIFY);
        }

        return error;
    }

    /// <summary>do_tmpfile(): an unnamed file; with O_EXCL it can never get a name.</summary>
    private static Result<FileDescription> OpenTemporary(Task task, Fd directory, string path, in OpenRequest request)
    {
        Result<Path> found = Namei.Lookup(task, directory, path, LookupFlags.Directory | (request.Follows ? LookupFlags.Follow : 0), request.Resolve);
        if (found.Failed)
        {
            return found.Error;
        }

        Path at = found.Value;
        Errno error = at.Mount.WantWrite();
        if (error == Errno.OK)
        {
            error = Permission.Check(task, at.Inode, Permission.MayWrite | Permission.MayExecute);
        }

        if (error != Errno.OK)
        {
            return error;
        }

        Result<Inode> made = at.Inode.CreateTemporary(Mode.S_IFREG | AttributeRules.WithoutUmask(task, at.Inode, request.Mode), task.Credentials);
        if (made.Failed)
        {
            return made.Error;
        }

        Inode inode = made.Value;
        inode.LinkCount = 0;
        inode.IsLinkable = !request.IsExclusive;
        var dentry = new Dentry(at.Dentry, $"#{inode.Number}", inode) { IsUnlinked = true };
        Result<FileDescription> file = OpenInode(task, new Path(at.Mount, dentry), request.Flags & ~OpenFlags.O_TRUNC);
        if (file.Failed)
        {
            inode.EvictIfUnused();
            return file;
        }

        InotifyEvents.OnFile(file.Value, Inotify.IN_OPEN);
        return file;
    }

    /// <summary>do_o_path().</summary>
    private static Result<FileDescription> OpenPath(Task task, Fd directory, string path, in OpenRequest request)
    {
        LookupFlags flags = (request.Follows ? LookupFlags.Follow : 0) | ((request.Flags & OpenFlags.O_DIRECTORY) != 0 ? LookupFlags.Directory : 0);
        Result<Path> found = Namei.Lookup(task, directory, path, flags, request.Resolve);
        if (found.Failed)
        {
            return found.Error;
        }

        var file = new PathFile(task.Kernel, found.Value, request.Flags) { Path = found.Value };
        file.Opened(countsAsWriter: false);
        return file;
    }
}

using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>The directory that holds a path's last component, and that component, not yet looked up.</summary>
public readonly record struct ParentPath(Path Directory, string Name, LastType Type, bool HasTrailingSlash);

/// <summary>Path look-ups of the system calls: user_path_at(), filename_parentat(), filename_create() in fs/namei.c.</summary>
public static class Namei
{
    /// <summary>Copies a path in and walks it. An empty one is ENOENT unless <see cref="LookupFlags.AllowEmpty"/>.</summary>
    public static Result<Path> Lookup(Task task, Fd directory, UserString path, LookupFlags flags, Credentials? credentials = null)
    {
        Result<string> text = path.ReadPath(task);
        return text.Failed ? text.Error : Lookup(task, directory, text.Value, flags, credentials: credentials);
    }

    /// <summary>path_lookupat().</summary>
    public static Result<Path> Lookup(Task task, Fd directory, string path, LookupFlags flags, ResolveFlags resolve = 0, Credentials? credentials = null)
    {
        if (path.Length == 0 && (flags & LookupFlags.AllowEmpty) == 0)
        {
            return Errno.ENOENT;
        }

        var walk = new PathWalk(task, resolve, credentials);
        Errno error = walk.Start(directory.Number, path);
        if (error != Errno.OK)
        {
            return error;
        }

        bool mustBeDirectory = (flags & LookupFlags.Directory) != 0;
        bool follow = (flags & LookupFlags.Follow) != 0;
        string? link = path;
        while (link is not null)
        {
            error = walk.ToParent(link);
            if (error != Errno.OK)
            {
                return error;
            }

            if (walk.LastType == LastType.Normal && walk.HasTrailingSlash)
            {
                mustBeDirectory = follow = true;
            }

            error = walk.Last(follow, out link);
            if (error == Errno.OK && link is not null)
            {
                error = walk.EnterLink(ref link, out bool isJumpOnly);
                link = isJumpOnly ? null : link;
            }

            if (error != Errno.OK)
            {
                return error;
            }
        }

        return mustBeDirectory && !walk.Current.Inode.IsDirectory ? Errno.ENOTDIR : walk.Current;
    }

    /// <summary>filename_parentat().</summary>
    public static Result<ParentPath> LookupParent(Task task, Fd directory, string path)
    {
        if (path.Length == 0)
        {
            return Errno.ENOENT;
        }

        var walk = new PathWalk(task);
        Errno error = walk.Start(directory.Number, path);
        if (error == Errno.OK)
        {
            error = walk.ToParent(path);
        }

        return error != Errno.OK ? error : new ParentPath(walk.Current, walk.LastName, walk.LastType, walk.HasTrailingSlash);
    }

    /// <summary>filename_create(): the negative dentry at which something may be made. EEXIST, EROFS, ENOENT for "name/" unless a directory is made.</summary>
    public static Result<Path> LookupCreate(Task task, Fd directory, string path, bool isDirectory)
    {
        Result<ParentPath> parent = LookupParent(task, directory, path);
        if (parent.Failed)
        {
            return parent.Error;
        }

        ParentPath at = parent.Value;
        if (at.Type != LastType.Normal)
        {
            return Errno.EEXIST;
        }

        Errno readOnly = at.Directory.Mount.WantWrite();
        Result<Dentry> found = task.Kernel.Dentries.Lookup(at.Directory.Dentry, at.Name);
        if (found.Failed)
        {
            return found.Error;
        }

        if (!found.Value.IsNegative)
        {
            return Errno.EEXIST;
        }

        if ((at.HasTrailingSlash && !isDirectory) || !at.Directory.Inode.FileSystem.MakesNames)
        {
            return Errno.ENOENT;
        }

        return readOnly != Errno.OK ? readOnly : new Path(at.Directory.Mount, found.Value);
    }
}

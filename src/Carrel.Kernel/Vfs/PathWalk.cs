using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>How a path is walked (Linux's LOOKUP_*).</summary>
[Flags]
public enum LookupFlags
{
    None = 0,

    /// <summary>A symlink at the end is followed.</summary>
    Follow = 1,

    /// <summary>The end must be a directory.</summary>
    Directory = 2,

    /// <summary>An empty path means the start itself (AT_EMPTY_PATH).</summary>
    AllowEmpty = 4,
}

/// <summary>What kind of name ends a path.</summary>
public enum LastType
{
    Normal,
    Dot,
    DotDot,
    /// <summary>The path is only slashes.</summary>
    Root,
}

/// <summary>
/// One walk along a path (Linux's nameidata; link_path_walk(), walk_component(), handle_dots() in fs/namei.c). The order of checks is the kernel's:
/// search permission on each directory before its entry is looked up, ENOTDIR after a component that is no directory, ELOOP at the 41st link.
/// </summary>
public ref struct PathWalk
{
    private readonly Task _task;
    private readonly ResolveFlags _resolve;
    private readonly LinuxKernel _kernel;
    private Stack<string>? _pending;
    private Path _root;
    private int _links;

    public PathWalk(Task task, ResolveFlags resolve = 0, Credentials? credentials = null)
    {
        _task = task;
        _kernel = task.Kernel;
        _resolve = resolve;
        Credentials = credentials ?? task.Credentials;
        LastName = "";
    }

    /// <summary>Whose search permission counts: the task's, or the real ids for access(2).</summary>
    public Credentials Credentials { get; }

    /// <summary>Where the walk is.</summary>
    public Path Current { get; private set; }

    /// <summary>The last component, not yet looked up, after <see cref="ToParent"/>.</summary>
    public string LastName { get; private set; }

    public LastType LastType { get; private set; }

    /// <summary>Slashes follow the last component: it must be a directory, and is followed if it is a link.</summary>
    public bool HasTrailingSlash { get; private set; }

    /// <summary>Mode and owner of the directory that holds the last component, for the sticky-directory protections.</summary>
    public uint DirectoryMode { get; private set; }

    public uint DirectoryUid { get; private set; }

    private readonly bool IsScoped => (_resolve & (ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_IN_ROOT)) != 0;

    /// <summary>path_init(): chooses where the walk starts.</summary>
    public Errno Start(int directory, string path)
    {
        _root = _task.Fs.Root;
        if (path.StartsWith('/') && (_resolve & ResolveFlags.RESOLVE_BENEATH) != 0)
        {
            return Errno.EXDEV;
        }

        if (path.StartsWith('/') && !IsScoped)
        {
            Current = _root;
            return Errno.OK;
        }

        if (directory == At.AT_FDCWD)
        {
            Current = _task.Fs.WorkingDirectory;
        }
        else
        {
            Result<FileDescription> file = _task.Files.GetAny(new Fd(directory));
            if (file.Failed)
            {
                return file.Error;
            }

            if (path.Length > 0 && !file.Value.Inode.IsDirectory)
            {
                return Errno.ENOTDIR;
            }

            Current = file.Value.PathOrPseudo;
        }

        if (IsScoped)
        {
            _root = Current;
        }

        return Errno.OK;
    }

    /// <summary>link_path_walk(): goes to the directory that holds the last component.</summary>
    public Errno ToParent(string path)
    {
        string text = path;
        int at = SkipSlashes(text, 0);
        if (at == text.Length)
        {
            LastType = LastType.Root;
            LastName = "";
            HasTrailingSlash = false;
            return Errno.OK;
        }

        while (true)
        {
            Errno error = Permission.Check(_task, Credentials, Current.Inode, Permission.MayExecute);
            if (error != Errno.OK)
            {
                return error;
            }

            int end = text.AsSpan(at).IndexOf('/');
            end = end < 0 ? text.Length : at + end;
            ReadOnlySpan<char> name = text.AsSpan(at, end - at);
            LastType type = name is "." ? LastType.Dot : name is ".." ? LastType.DotDot : LastType.Normal;
            int next = SkipSlashes(text, end);
            string? link;
            if (next == text.Length)
            {
                if (_pending is not { Count: > 0 })
                {
                    LastName = name.Length == text.Length ? text : name.ToString();
                    LastType = type;
                    HasTrailingSlash = end < text.Length;
                    DirectoryMode = Current.Inode.Mode;
                    DirectoryUid = Current.Inode.Uid;
                    return Errno.OK;
                }

                // The end of a link's text: what followed the link is next.
                error = Step(name, type, isTrailing: false, follow: true, out link);
                text = _pending.Pop();
                next = 0;
            }
            else
            {
                error = Step(name, type, isTrailing: false, follow: true, out link);
            }

            if (error != Errno.OK)
            {
                return error;
            }

            if (link is not null)
            {
                (_pending ??= new Stack<string>()).Push(next == 0 ? text : text[next..]);
                error = EnterLink(ref link, out bool isJumpOnly);
                if (error != Errno.OK)
                {
                    return error;
                }

                if (isJumpOnly)
                {
                    text = _pending.Pop();
                    at = 0;
                }
                else
                {
                    text = link;
                    at = 0;
                }
            }
            else
            {
                at = next;
            }

            if (!Current.Inode.IsDirectory)
            {
                return Errno.ENOTDIR;
            }
        }
    }

    /// <summary>walk_component() for the last component. <paramref name="link"/> is set if it is a symlink to follow: walk on with <see cref="ToParent"/>.</summary>
    public Errno Last(bool follow, out string? link)
    {
        link = null;
        return LastType == LastType.Root ? Errno.OK : Step(LastName, LastType, isTrailing: true, follow, out link);
    }

    /// <summary>step_into() for the last component, whose dentry is at hand.</summary>
    public Errno LastInto(Dentry dentry, bool follow, out string? link) => Into(dentry, isTrailing: true, follow, out link);

    /// <summary>Goes to the start of a link's text. <paramref name="isJumpOnly"/>: the text is only slashes, nothing is left to walk.</summary>
    public Errno EnterLink(ref string link, out bool isJumpOnly)
    {
        isJumpOnly = false;
        if (!link.StartsWith('/'))
        {
            isJumpOnly = link.Length == 0;
            return Errno.OK;
        }

        Errno error = JumpToRoot();
        if (error != Errno.OK)
        {
            return error;
        }

        int at = SkipSlashes(link, 0);
        isJumpOnly = at == link.Length;
        link = link[at..];
        return Errno.OK;
    }

    /// <summary>nd_jump_root().</summary>
    private Errno JumpToRoot()
    {
        if ((_resolve & ResolveFlags.RESOLVE_BENEATH) != 0)
        {
            return Errno.EXDEV;
        }

        if ((_resolve & ResolveFlags.RESOLVE_NO_XDEV) != 0 && _root.Mount != Current.Mount)
        {
            return Errno.EXDEV;
        }

        Current = _root;
        return Errno.OK;
    }

    private Errno Step(ReadOnlySpan<char> name, LastType type, bool isTrailing, bool follow, out string? link)
    {
        link = null;
        if (type == LastType.Dot)
        {
            return Errno.OK;
        }

        if (type == LastType.DotDot)
        {
            return Up();
        }

        Result<Dentry> found = _kernel.Dentries.Lookup(Current.Dentry, name);
        if (found.Failed)
        {
            return found.Error;
        }

        return Into(found.Value, isTrailing, follow, out link);
    }

    private Errno Into(Dentry dentry, bool isTrailing, bool follow, out string? link)
    {
        link = null;
        if (dentry.IsNegative)
        {
            return Errno.ENOENT;
        }

        var path = new Path(Current.Mount, dentry);
        Errno error = CrossMounts(ref path);
        if (error != Errno.OK)
        {
            return error;
        }

        if (!path.Inode.IsSymlink || (isTrailing && !follow))
        {
            Current = path;
            return Errno.OK;
        }

        return PickLink(path, isTrailing, out link);
    }

    /// <summary>pick_link(): the text of a symlink, or the jump of a magic link.</summary>
    private Errno PickLink(Path path, bool isTrailing, out string? link)
    {
        link = null;
        Inode inode = path.Inode;
        if (_links++ >= Limits.MAXSYMLINKS)
        {
            return Errno.ELOOP;
        }

        if (isTrailing && _kernel.Protection.Symlinks > 0 && !Permission.MayFollowLink(Credentials, inode, DirectoryMode, DirectoryUid))
        {
            return Errno.EACCES;
        }

        if ((_resolve & ResolveFlags.RESOLVE_NO_SYMLINKS) != 0 || (path.Mount.Flags & MountFlags.MS_NOSYMFOLLOW) != 0)
        {
            return Errno.ELOOP;
        }

        inode.TouchAccess(path.Mount);
        if (inode.FollowMagicLink(_task) is { } jump)
        {
            return jump.Failed ? jump.Error : JumpTo(jump.Value);
        }

        Result<string> text = inode.ReadLink(_task);
        link = text.Value;
        return text.Failed ? text.Error : Errno.OK;
    }

    /// <summary>nd_jump_link().</summary>
    private Errno JumpTo(Path target)
    {
        if ((_resolve & ResolveFlags.RESOLVE_NO_MAGICLINKS) != 0)
        {
            return Errno.ELOOP;
        }

        if (((_resolve & ResolveFlags.RESOLVE_NO_XDEV) != 0 && target.Mount != Current.Mount) || IsScoped)
        {
            return Errno.EXDEV;
        }

        Current = target;
        return Errno.OK;
    }

    /// <summary>handle_dots(), follow_dotdot().</summary>
    private Errno Up()
    {
        if (Current == _root)
        {
            return AtRoot();
        }

        (Mount mount, Dentry dentry) = (Current.Mount, Current.Dentry);
        while (dentry == mount.Root)
        {
            if (mount.Parent is null)
            {
                return AtRoot();
            }

            if ((_resolve & ResolveFlags.RESOLVE_NO_XDEV) != 0)
            {
                return Errno.EXDEV;
            }

            (dentry, mount) = (mount.MountPoint!, mount.Parent);
            if (new Path(mount, dentry) == _root)
            {
                Current = _root;
                return AtRoot();
            }
        }

        if (dentry.Parent is null || !dentry.Parent.IsBelow(mount.Root))
        {
            // Renamed out of the bind mount: there is no way up (path_connected()).
            return dentry.Parent is null ? AtRoot() : Errno.ENOENT;
        }

        var path = new Path(mount, dentry.Parent);
        Errno error = CrossMounts(ref path);
        Current = error == Errno.OK ? path : Current;
        return error;
    }

    private Errno AtRoot()
    {
        if ((_resolve & ResolveFlags.RESOLVE_BENEATH) != 0)
        {
            return Errno.EXDEV;
        }

        Path path = Current;
        Errno error = CrossMounts(ref path);
        Current = error == Errno.OK ? path : Current;
        return error;
    }

    private readonly Errno CrossMounts(ref Path path)
    {
        while (path.Dentry.MountCount > 0 && path.Mount.FindChild(path.Dentry) is { } mounted)
        {
            if ((_resolve & ResolveFlags.RESOLVE_NO_XDEV) != 0)
            {
                return Errno.EXDEV;
            }

            path = new Path(mounted, mounted.Root);
        }

        return Errno.OK;
    }

    private static int SkipSlashes(string text, int at)
    {
        while (at < text.Length && text[at] == '/')
        {
            at++;
        }

        return at;
    }
}

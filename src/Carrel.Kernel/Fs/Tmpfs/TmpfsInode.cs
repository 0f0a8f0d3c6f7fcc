using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>What all files of tmpfs have: attributes and extended attributes in memory. Device nodes, FIFOs and sockets are this and nothing more.</summary>
public class TmpfsInode : Inode
{
    private SortedDictionary<string, byte[]>? _xattrs;

    public TmpfsInode(TmpfsFileSystem fileSystem, uint mode)
        : base(fileSystem)
    {
        Tmpfs = fileSystem;
        Number = fileSystem.NewNumber();
        Mode = mode;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    internal TmpfsFileSystem Tmpfs { get; }

    /// <summary>On an overlay: the lower file that shows through; null for what was made here.</summary>
    internal InodeOrigin? Origin
    {
        get;
        init
        {
            field = value;
            value?.CopyTo(this);
        }
    }

    public override Errno Refresh() => Origin?.Refresh(this) ?? Errno.OK;

    public override long Blocks => 0;

    public override bool HasFileCapabilities =>
        _xattrs is not null ? _xattrs.ContainsKey(Xattr.XATTR_NAME_CAPS) : Origin is not null && Origin.Lower.GetXattr(Xattr.XATTR_NAME_CAPS).Succeeded;

    public override bool KeepsAcls => !IsSymlink;

    public override Result<byte[]> GetXattr(string name)
    {
        if (CheckName(name) is not Errno.OK and var error)
        {
            return error;
        }

        if (_xattrs is null && Origin is not null)
        {
            return Origin.Lower.GetXattr(name);
        }

        return _xattrs is not null && _xattrs.TryGetValue(name, out byte[]? value) ? value : Errno.ENODATA;
    }

    public override Errno SetXattr(string name, byte[] value, int flags)
    {
        if (CheckName(name) is not Errno.OK and var error)
        {
            return error;
        }

        CopyUpXattrs();
        byte[]? old = _xattrs?.GetValueOrDefault(name);
        if (old is not null && (flags & Xattr.XATTR_CREATE) != 0)
        {
            return Errno.EEXIST;
        }

        if (old is null && (flags & Xattr.XATTR_REPLACE) != 0)
        {
            return Errno.ENODATA;
        }

        if (!FileSystem.Kernel.TryChargeXattr(CostOf(name, value) - CostOf(name, old)))
        {
            return Errno.ENOSPC;
        }

        (_xattrs ??= new SortedDictionary<string, byte[]>(StringComparer.Ordinal))[name] = value;
        ChangeTime = FileSystem.Kernel.Clock.RealtimeSpec;
        MarkDirty();
        return Errno.OK;
    }

    public override Errno RemoveXattr(string name)
    {
        if (CheckName(name) is not Errno.OK and var error)
        {
            return error;
        }

        CopyUpXattrs();
        if (_xattrs is null || !_xattrs.Remove(name, out byte[]? old))
        {
            return Errno.ENODATA;
        }

        FileSystem.Kernel.TryChargeXattr(-CostOf(name, old));
        ChangeTime = FileSystem.Kernel.Clock.RealtimeSpec;
        MarkDirty();
        return Errno.OK;
    }

    public override Result<IReadOnlyList<string>> ListXattr()
    {
        var names = new List<string>();
        if (AccessAcl is not null)
        {
            names.Add(Xattr.XATTR_NAME_POSIX_ACL_ACCESS);
        }

        if (DefaultAcl is not null)
        {
            names.Add(Xattr.XATTR_NAME_POSIX_ACL_DEFAULT);
        }

        if (_xattrs is not null)
        {
            names.AddRange(_xattrs.Keys);
        }
        else if (Origin is not null)
        {
            Result<IReadOnlyList<string>> lower = Origin.Lower.ListXattr();
            if (lower.Failed)
            {
                return lower;
            }

            // Lists of the host's files are not in force here.
            names.AddRange(lower.Value.Where(name => PosixAcl.IsDefaultName(name) is null));
        }

        return Result<IReadOnlyList<string>>.Of(names);
    }

    public override Errno SetAttributes(Task? task, in AttributeChange change)
    {
        Errno error = base.SetAttributes(task, change);
        AdjustAcl(change);
        MarkDirty();
        return error;
    }

    /// <summary>posix_acl_chmod().</summary>
    protected void AdjustAcl(in AttributeChange change)
    {
        if (change.Mode is not null && AccessAcl is { } acl)
        {
            StoreAcls(acl.WithMode(Mode, keepsLess: false), DefaultAcl);
        }
    }

    // The lower file's time of access is not ours to change (as on Linux's overlay).
    public override void TouchAccess(Mount mount)
    {
        if (Origin is null or { IsDirty: true })
        {
            base.TouchAccess(mount);
        }
    }

    public override void Forget()
    {
        if (Origin is { IsDirty: false })
        {
            Origin.Release();
        }
    }

    public override void Evict()
    {
        StoreAcls(null, null);
        if (_xattrs is not null)
        {
            foreach ((string name, byte[] value) in _xattrs)
            {
                FileSystem.Kernel.TryChargeXattr(-CostOf(name, value));
            }

            _xattrs = null;
        }

        if (Origin is null)
        {
            Tmpfs.RemoveInode();
        }
        else
        {
            Origin.Release();
        }
    }

    /// <summary>A name of it is gone.</summary>
    internal void DropLink()
    {
        if (LinkCount > 0)
        {
            LinkCount--;
        }

        ChangeTime = FileSystem.Kernel.Clock.RealtimeSpec;
    }

    /// <summary>On an overlay: it differs from the lower file from now on.</summary>
    internal void MarkDirty() => Origin?.MarkDirty();

    /// <summary>Before a change: takes the lower file's attributes over.</summary>
    private void CopyUpXattrs()
    {
        if (_xattrs is not null || Origin is null || Origin.Lower.ListXattr() is not { Succeeded: true } names)
        {
            return;
        }

        _xattrs = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in names.Value)
        {
            Result<byte[]> value = Origin.Lower.GetXattr(name);
            if (value.Succeeded && FileSystem.Kernel.TryChargeXattr(CostOf(name, value.Value)))
            {
                _xattrs[name] = value.Value;
            }
        }
    }

    /// <summary>xattr_resolve_name(): EOPNOTSUPP for another class, EINVAL for a class without a name.</summary>
    private static Errno CheckName(string name)
    {
        foreach (string prefix in (ReadOnlySpan<string>)[Xattr.XATTR_USER_PREFIX, Xattr.XATTR_TRUSTED_PREFIX, Xattr.XATTR_SECURITY_PREFIX])
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return name.Length > prefix.Length ? Errno.OK : Errno.EINVAL;
            }
        }

        return Errno.EOPNOTSUPP;
    }

    private static long CostOf(string name, byte[]? value) => value is null ? 0 : value.Length + name.Length + 128;
}

/// <summary>A symlink in memory.</summary>
public sealed class TmpfsSymlink : TmpfsInode
{
    private readonly string _target;

    public TmpfsSymlink(TmpfsFileSystem fileSystem, string target)
        : base(fileSystem, Abi.Mode.S_IFLNK | Abi.Mode.S_IRWXUGO)
    {
        _target = target;
        Size = target.Length;
    }

    public override Result<string> ReadLink(Task task) => _target;
}

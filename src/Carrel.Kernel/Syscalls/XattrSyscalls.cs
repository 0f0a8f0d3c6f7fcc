using System;
using System.Collections.Generic;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>Extended attributes, xattr(7): fs/xattr.c.</summary>
public static class XattrSyscalls
{
    [Syscall(Nr.setxattr)]
    public static SyscallResult SetXattr(Task task, UserString path, UserString name, UserBuffer value, int flags) =>
        Set(task, Path(task, path, LookupFlags.Follow), name, value, flags);

    [Syscall(Nr.lsetxattr)]
    public static SyscallResult LsetXattr(Task task, UserString path, UserString name, UserBuffer value, int flags) =>
        Set(task, Path(task, path, LookupFlags.None), name, value, flags);

    [Syscall(Nr.fsetxattr)]
    public static SyscallResult FsetXattr(Task task, Fd fd, UserString name, UserBuffer value, int flags) =>
        Set(task, File(task, fd), name, value, flags);

    [Syscall(Nr.getxattr)]
    public static SyscallResult GetXattr(Task task, UserString path, UserString name, UserBuffer value) =>
        Get(task, Path(task, path, LookupFlags.Follow), name, value);

    [Syscall(Nr.lgetxattr)]
    public static SyscallResult LgetXattr(Task task, UserString path, UserString name, UserBuffer value) =>
        Get(task, Path(task, path, LookupFlags.None), name, value);

    [Syscall(Nr.fgetxattr)]
    public static SyscallResult FgetXattr(Task task, Fd fd, UserString name, UserBuffer value) => Get(task, File(task, fd), name, value);

    [Syscall(Nr.listxattr)]
    public static SyscallResult ListXattr(Task task, UserString path, UserBuffer list) => List(task, Path(task, path, LookupFlags.Follow), list);

    [Syscall(Nr.llistxattr)]
    public static SyscallResult LlistXattr(Task task, UserString path, UserBuffer list) => List(task, Path(task, path, LookupFlags.None), list);

    [Syscall(Nr.flistxattr)]
    public static SyscallResult FlistXattr(Task task, Fd fd, UserBuffer list) => List(task, File(task, fd), list);

    [Syscall(Nr.removexattr)]
    public static SyscallResult RemoveXattr(Task task, UserString path, UserString name) => Remove(task, Path(task, path, LookupFlags.Follow), name);

    [Syscall(Nr.lremovexattr)]
    public static SyscallResult LremoveXattr(Task task, UserString path, UserString name) => Remove(task, Path(task, path, LookupFlags.None), name);

    [Syscall(Nr.fremovexattr)]
    public static SyscallResult FremoveXattr(Task task, Fd fd, UserString name) => Remove(task, File(task, fd), name);

    /// <summary>A place to be looked up when its turn comes: names and values are copied in first.</summary>
    private static Func<Result<Path>> Path(Task task, UserString path, LookupFlags flags) => () => Namei.Lookup(task, new Fd(At.AT_FDCWD), path, flags);

    private static Func<Result<Path>> File(Task task, Fd fd) => () =>
    {
        Result<FileDescription> file = task.Files.Get(fd);
        return file.Failed ? file.Error : file.Value.PathOrPseudo;
    };

    private static SyscallResult Set(Task task, Func<Result<Path>> place, UserString name, UserBuffer value, int flags)
    {
        if ((flags & ~(Xattr.XATTR_CREATE | Xattr.XATTR_REPLACE)) != 0)
        {
            return Errno.EINVAL;
        }

        Result<string> key = ReadName(task, name);
        if (key.Failed)
        {
            return key.Error;
        }

        if (value.Length > Xattr.XATTR_SIZE_MAX)
        {
            return Errno.E2BIG;
        }

        var bytes = new byte[value.Length];
        if (!value.TryRead(task, bytes))
        {
            return Errno.EFAULT;
        }

        return Change(task, place, key.Value, (inode, name) => AclOf(inode, name) is { } isDefault ? SetAcl(task, inode, isDefault, bytes) : inode.SetXattr(name, bytes, flags));
    }

    private static SyscallResult Get(Task task, Func<Result<Path>> place, UserString name, UserBuffer value)
    {
        Result<string> key = ReadName(task, name);
        if (key.Failed)
        {
            return key.Error;
        }

        Result<Path> path = place();
        if (path.Failed)
        {
            return path.Error;
        }

        Errno error = XattrRules.CheckRead(task, path.Value.Inode, key.Value);
        if (error != Errno.OK)
        {
            return error;
        }

        Result<byte[]> found = AclOf(path.Value.Inode, key.Value) is { } isDefault
            ? GetAcl(task, path.Value.Inode, isDefault)
            : path.Value.Inode.GetXattr(key.Value);
        return found.Failed ? found.Error : CopyOut(task, value, found.Value);
    }

    private static SyscallResult List(Task task, Func<Result<Path>> place, UserBuffer list)
    {
        Result<Path> path = place();
        if (path.Failed)
        {
            return path.Error;
        }

        Result<IReadOnlyList<string>> names = path.Value.Inode.ListXattr();
        if (names.Failed)
        {
            return names.Error == Errno.EOPNOTSUPP ? 0 : names.Error;
        }

        var text = new StringBuilder();
        foreach (string name in names.Value)
        {
            if (XattrRules.IsListed(task, name))
            {
                text.Append(name).Append('\0');
            }
        }

        return CopyOut(task, list, Encoding.Latin1.GetBytes(text.ToString()));
    }

    private static SyscallResult Remove(Task task, Func<Result<Path>> place, UserString name)
    {
        Result<string> key = ReadName(task, name);
        return key.Failed ? key.Error : Change(task, place, key.Value, (inode, name) => AclOf(inode, name) is { } isDefault ? SetAcl(task, inode, isDefault, []) : inode.RemoveXattr(name));
    }

    /// <summary>The attribute is a list that the file system keeps itself.</summary>
    private static bool? AclOf(Inode inode, string name) => inode.KeepsAcls ? PosixAcl.IsDefaultName(name) : null;

    /// <summary>vfs_get_acl().</summary>
    private static Result<byte[]> GetAcl(Task task, Inode inode, bool isDefault) =>
        (isDefault ? inode.DefaultAcl : inode.AccessAcl) is { } list ? list.ToBytes(task.Credentials.User) : Errno.ENODATA;

    /// <summary>do_set_acl(), set_posix_acl() and simple_set_acl(): a list that says no more than the mode becomes the mode.</summary>
    private static Errno SetAcl(Task task, Inode inode, bool isDefault, byte[] value)
    {
        Result<PosixAcl?> parsed = PosixAcl.Parse(value, task.Credentials.User);
        if (parsed.Failed)
        {
            return parsed.Error;
        }

        PosixAcl? list = parsed.Value;
        if (isDefault && !inode.IsDirectory)
        {
            return list is null ? Errno.OK : Errno.EACCES;
        }

        if (!Permission.IsOwnerOrCapable(task.Credentials, inode))
        {
            return Errno.EPERM;
        }

        if (list is not null && !list.IsValid())
        {
            return Errno.EINVAL;
        }

        if (isDefault)
        {
            return inode.StoreAcls(inode.AccessAcl, list) ? inode.SetAttributes(task, new AttributeChange()) : Errno.ENOSPC;
        }

        uint mode = inode.Mode & Mode.S_IALLUGO;
        if (list is not null)
        {
            (uint shown, bool isMode) = list.ToMode();
            mode = (mode & ~Mode.S_IRWXUGO) | shown;
            list = isMode ? null : list;
        }

        if (!AttributeChanges.IsInGroupOrCapable(task.Credentials, inode.Gid))
        {
            mode &= ~Mode.S_ISGID;
        }

        return inode.StoreAcls(list, inode.DefaultAcl) ? inode.SetAttributes(task, new AttributeChange { Mode = mode }) : Errno.ENOSPC;
    }

    private static SyscallResult Change(Task task, Func<Result<Path>> place, string key, Func<Inode, string, Errno> change)
    {
        Result<Path> path = place();
        if (path.Failed)
        {
            return path.Error;
        }

        Errno error = path.Value.Mount.WantWrite();
        if (error == Errno.OK)
        {
            error = XattrRules.CheckWrite(task, path.Value.Inode, key);
        }

        if (error == Errno.OK)
        {
            error = change(path.Value.Inode, key);
        }

        if (error == Errno.OK)
        {
            InotifyEvents.OnPath(path.Value.Dentry, Inotify.IN_ATTRIB);
        }

        return error;
    }

    /// <summary>Size zero asks for the size; too small is ERANGE.</summary>
    private static SyscallResult CopyOut(Task task, UserBuffer buffer, byte[] bytes)
    {
        if (buffer.Length == 0)
        {
            return bytes.Length;
        }

        if ((ulong)bytes.Length > buffer.Length)
        {
            return Errno.ERANGE;
        }

        return buffer.TryWrite(task, bytes) ? bytes.Length : Errno.EFAULT;
    }

    /// <summary>import_xattr_name(): ERANGE for an empty or too long name.</summary>
    private static Result<string> ReadName(Task task, UserString name)
    {
        Result<string> key = name.Read(task, Xattr.XATTR_NAME_MAX + 1, Errno.ERANGE);
        return key.Succeeded && key.Value.Length == 0 ? Errno.ERANGE : key;
    }
}

using System;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>Who may read and write which extended attribute: xattr_permission() in fs/xattr.c and cap_inode_setxattr() in security/commoncap.c.</summary>
public static class XattrRules
{
    public static Errno CheckRead(Task task, Inode inode, string name) => Check(task, inode, name, Permission.MayRead);

    public static Errno CheckWrite(Task task, Inode inode, string name)
    {
        Errno error = Check(task, inode, name, Permission.MayWrite);
        if (error != Errno.OK || !name.StartsWith(Xattr.XATTR_SECURITY_PREFIX, StringComparison.Ordinal))
        {
            return error;
        }

        Capability needed = name == Xattr.XATTR_NAME_CAPS ? Capability.CAP_SETFCAP : Capability.CAP_SYS_ADMIN;
        return task.Credentials.HasCapability(needed) ? Errno.OK : Errno.EPERM;
    }

    /// <summary>trusted.* is shown to CAP_SYS_ADMIN only.</summary>
    public static bool IsListed(Task task, string name) =>
        !name.StartsWith(Xattr.XATTR_TRUSTED_PREFIX, StringComparison.Ordinal) || task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN);

    private static Errno Check(Task task, Inode inode, string name, int mask)
    {
        bool isWrite = (mask & Permission.MayWrite) != 0;
        if (isWrite && inode.IsImmutable)
        {
            return Errno.EPERM;
        }

        if (name.StartsWith(Xattr.XATTR_SECURITY_PREFIX, StringComparison.Ordinal) || name.StartsWith(Xattr.XATTR_SYSTEM_PREFIX, StringComparison.Ordinal))
        {
            return Errno.OK;
        }

        Errno refused = isWrite ? Errno.EPERM : Errno.ENODATA;
        if (name.StartsWith(Xattr.XATTR_TRUSTED_PREFIX, StringComparison.Ordinal))
        {
            return task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN) ? Errno.OK : refused;
        }

        if (name.StartsWith(Xattr.XATTR_USER_PREFIX, StringComparison.Ordinal))
        {
            if (!inode.IsRegular && !inode.IsDirectory)
            {
                return refused;
            }

            if (inode.IsDirectory && isWrite && (inode.Mode & Mode.S_ISVTX) != 0 && !Permission.IsOwnerOrCapable(task.Credentials, inode))
            {
                return Errno.EPERM;
            }
        }

        return Permission.Check(task, inode, mask);
    }
}

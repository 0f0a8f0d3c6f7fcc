using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>Who may do what with an inode: inode_permission() and its relatives in fs/namei.c.</summary>
public static class Permission
{
    public const int MayExecute = 1;
    public const int MayWrite = 2;
    public const int MayRead = 4;

    /// <summary>inode_permission() for the task's own credentials.</summary>
    public static Errno Check(Task task, Inode inode, int mask) => Check(task, task.Credentials, inode, mask);

    /// <summary>inode_permission(): EROFS for a write to a read-only super block, EACCES by mode bits and capabilities.</summary>
    public static Errno Check(Task task, Credentials credentials, Inode inode, int mask)
    {
        if ((mask & MayWrite) != 0 && inode.FileSystem.IsReadOnly && (inode.IsRegular || inode.IsDirectory || inode.IsSymlink))
        {
            return Errno.EROFS;
        }

        if ((mask & MayWrite) != 0 && inode.IsImmutable)
        {
            return Errno.EPERM;
        }

        Errno error = inode.Refresh();
        if (error != Errno.OK)
        {
            return error;
        }

        return inode.CheckPermission(task, mask) ?? CheckGeneric(credentials, inode, mask);
    }

    /// <summary>generic_permission().</summary>
    public static Errno CheckGeneric(Credentials credentials, Inode inode, int mask)
    {
        uint bits = inode.Mode;
        if (credentials.Fsuid == inode.Uid)
        {
            bits >>= 6;
        }
        else if (inode.AccessAcl is { } acl && (bits & Mode.S_IRWXG) != 0)
        {
            bits = acl.Check(credentials, inode, (uint)mask & Mode.S_IRWXO) == Errno.OK ? Mode.S_IRWXO : 0;
        }
        else if (credentials.IsInGroup(inode.Gid))
        {
            bits >>= 3;
        }

        mask &= MayRead | MayWrite | MayExecute;
        if ((mask & ~bits) == 0)
        {
            return Errno.OK;
        }

        if (inode.IsDirectory)
        {
            bool isReading = (mask & MayWrite) == 0;
            return (isReading && credentials.HasCapabilityOver(inode, Capability.CAP_DAC_READ_SEARCH)) || credentials.HasCapabilityOver(inode, Capability.CAP_DAC_OVERRIDE)
                ? Errno.OK
                : Errno.EACCES;
        }

        if (mask == MayRead && credentials.HasCapabilityOver(inode, Capability.CAP_DAC_READ_SEARCH))
        {
            return Errno.OK;
        }

        bool isExecutable = (mask & MayExecute) == 0 || (inode.Mode & Mode.S_IXUGO) != 0;
        return isExecutable && credentials.HasCapabilityOver(inode, Capability.CAP_DAC_OVERRIDE) ? Errno.OK : Errno.EACCES;
    }

    /// <summary>inode_owner_or_capable().</summary>
    public static bool IsOwnerOrCapable(Credentials credentials, Inode inode) =>
        credentials.Fsuid == inode.Uid || credentials.HasCapabilityOver(inode, Capability.CAP_FOWNER);

    /// <summary>check_sticky(): true if the sticky bit of <paramref name="directory"/> forbids to remove or rename the entry.</summary>
    public static bool IsStickyForbidden(Credentials credentials, Inode directory, Inode child) =>
        (directory.Mode & Mode.S_ISVTX) != 0
        && child.Uid != credentials.Fsuid
        && directory.Uid != credentials.Fsuid
        && !credentials.HasCapabilityOver(child, Capability.CAP_FOWNER);

    /// <summary>may_delete(): may the entry be removed, as a directory or as something else?</summary>
    public static Errno CheckDelete(Task task, Dentry directory, Dentry victim, bool isDirectory)
    {
        if (victim.Inode is not { } inode)
        {
            return Errno.ENOENT;
        }

        Inode parent = directory.Inode!;
        Errno error = Check(task, parent, MayWrite | MayExecute);
        if (error != Errno.OK)
        {
            return error;
        }

        if (IsStickyForbidden(task.Credentials, parent, inode))
        {
            return Errno.EPERM;
        }

        if (isDirectory)
        {
            if (!inode.IsDirectory)
            {
                return Errno.ENOTDIR;
            }

            if (victim.Parent is null)
            {
                return Errno.EBUSY;
            }
        }
        else if (inode.IsDirectory)
        {
            return Errno.EISDIR;
        }

        return parent.IsDead ? Errno.ENOENT : Errno.OK;
    }

    /// <summary>may_create(): may an entry be made in the directory?</summary>
    public static Errno CheckCreate(Task task, Dentry directory, Dentry child)
    {
        if (!child.IsNegative)
        {
            return Errno.EEXIST;
        }

        Inode parent = directory.Inode!;
        return parent.IsDead ? Errno.ENOENT : Check(task, parent, MayWrite | MayExecute);
    }

    /// <summary>may_linkat() with fs.protected_hardlinks=1: only what one owns or could read and write, and no set-id program, may be linked.</summary>
    public static bool MayLink(Task task, Inode inode)
    {
        bool isSafe = inode.IsRegular
            && (inode.Mode & Mode.S_ISUID) == 0
            && (inode.Mode & (Mode.S_ISGID | Mode.S_IXGRP)) != (Mode.S_ISGID | Mode.S_IXGRP)
            && Check(task, inode, MayRead | MayWrite) == Errno.OK;
        return isSafe || IsOwnerOrCapable(task.Credentials, inode);
    }

    /// <summary>may_follow_link() with fs.protected_symlinks=1: in a sticky world-writable directory only links of oneself or of the directory's owner are followed.</summary>
    public static bool MayFollowLink(Credentials credentials, Inode link, uint directoryMode, uint directoryUid)
    {
        const uint StickyWritable = Mode.S_ISVTX | Mode.S_IWOTH;
        return credentials.Fsuid == link.Uid || (directoryMode & StickyWritable) != StickyWritable || directoryUid == link.Uid;
    }

    /// <summary>may_create_in_sticky(): O_CREAT must not open somebody else's trap in a sticky directory.</summary>
    public static bool MayCreateInSticky(Task task, Inode inode, uint directoryMode, uint directoryUid)
    {
        ProtectionSettings settings = task.Kernel.Protection;
        int level = inode.Type switch
        {
            Mode.S_IFREG => settings.Regular,
            Mode.S_IFIFO => settings.Fifos,
            _ => 0,
        };
        if (level == 0 || (directoryMode & Mode.S_ISVTX) == 0 || inode.Uid == directoryUid || inode.Uid == task.Credentials.Fsuid)
        {
            return true;
        }

        return (directoryMode & Mode.S_IWOTH) == 0 && ((directoryMode & Mode.S_IWGRP) == 0 || level < 2);
    }
}

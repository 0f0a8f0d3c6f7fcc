using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>Rules about modes and owners that several calls share: fs/attr.c and fs/inode.c.</summary>
public static class AttributeRules
{
    /// <summary>
    /// The mode after a write or truncation by this task, or null if it stays: set-user-id goes, and set-group-id of an executable
    /// (should_remove_suid(), setattr_should_drop_sgid()). CAP_FSETID keeps them.
    /// </summary>
    public static uint? ModeWithoutPrivileges(Task task, Inode inode)
    {
        uint mode = WithoutSetId(inode.Mode);
        return !inode.IsRegular || mode == inode.Mode || task.Credentials.HasCapability(Capability.CAP_FSETID) ? null : mode & 0xfff;
    }

    /// <summary>The mode without S_ISUID, and without S_ISGID where it means set-group-id.</summary>
    public static uint WithoutSetId(uint mode)
    {
        const uint ExecutableSetGid = Mode.S_ISGID | Mode.S_IXGRP;
        mode &= ~Mode.S_ISUID;
        return (mode & ExecutableSetGid) == ExecutableSetGid ? mode & ~Mode.S_ISGID : mode;
    }

    /// <summary>A change of owner or data takes file capabilities away (security_inode_killpriv()).</summary>
    public static void DropFileCapabilities(Inode inode)
    {
        if (inode.IsRegular && inode.HasFileCapabilities)
        {
            inode.RemoveXattr(Xattr.XATTR_NAME_CAPS);
        }
    }

    /// <summary>
    /// inode_init_owner(): owner, group and mode of what is made in a directory. A set-group-id directory passes its group on, and the bit to
    /// directories; a set-group-id executable for a group the maker is not in loses the bit (mode_strip_sgid()).
    /// </summary>
    public static void InitializeOwner(Inode inode, Inode directory, uint mode, Credentials credentials)
    {
        const uint ExecutableSetGid = Mode.S_ISGID | Mode.S_IXGRP;
        inode.Uid = credentials.Fsuid;
        inode.Gid = credentials.Fsgid;
        if ((directory.Mode & Mode.S_ISGID) != 0)
        {
            inode.Gid = directory.Gid;
            if ((mode & Mode.S_IFMT) == Mode.S_IFDIR)
            {
                mode |= Mode.S_ISGID;
            }
            else if ((mode & ExecutableSetGid) == ExecutableSetGid && !credentials.IsInGroup(directory.Gid) && !credentials.HasCapability(Capability.CAP_FSETID))
            {
                mode &= ~Mode.S_ISGID;
            }
        }

        inode.Mode = mode;
        PosixAcl.Inherit(inode, directory);
    }

    /// <summary>mode_strip_umask(): the umask does not count where a directory says what its new files start with.</summary>
    public static uint WithoutUmask(Task task, Inode directory, uint mode) => directory.DefaultAcl is null ? mode & ~task.Fs.Umask : mode;
}

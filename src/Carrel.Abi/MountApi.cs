using System;

namespace Carrel.Abi;

/// <summary>Flags of open_tree(2).</summary>
[Flags]
public enum OpenTreeFlags : uint
{
    OPEN_TREE_CLONE = 1,

    OPEN_TREE_CLOEXEC = 0x80000,
}

/// <summary>Flags of move_mount(2).</summary>
[Flags]
public enum MoveMountFlags : uint
{
    MOVE_MOUNT_F_SYMLINKS = 1,
    MOVE_MOUNT_F_AUTOMOUNTS = 2,
    MOVE_MOUNT_F_EMPTY_PATH = 4,
    MOVE_MOUNT_T_SYMLINKS = 0x10,
    MOVE_MOUNT_T_AUTOMOUNTS = 0x20,
    MOVE_MOUNT_T_EMPTY_PATH = 0x40,
    MOVE_MOUNT_SET_GROUP = 0x100,
    MOVE_MOUNT_BENEATH = 0x200,
}

/// <summary>Flags and commands of fsopen(2), fspick(2), fsconfig(2), fsmount(2).</summary>
public static class FsOpen
{
    public const int FSOPEN_CLOEXEC = 1;
    public const int FSPICK_CLOEXEC = 1;
    public const int FSPICK_SYMLINK_NOFOLLOW = 2;
    public const int FSPICK_NO_AUTOMOUNT = 4;
    public const int FSPICK_EMPTY_PATH = 8;
    public const int FSMOUNT_CLOEXEC = 1;

    public const int FSCONFIG_SET_FLAG = 0;
    public const int FSCONFIG_SET_STRING = 1;
    public const int FSCONFIG_SET_BINARY = 2;
    public const int FSCONFIG_SET_PATH = 3;
    public const int FSCONFIG_SET_PATH_EMPTY = 4;
    public const int FSCONFIG_SET_FD = 5;
    public const int FSCONFIG_CMD_CREATE = 6;
    public const int FSCONFIG_CMD_RECONFIGURE = 7;
    public const int FSCONFIG_CMD_CREATE_EXCL = 8;
}

/// <summary>Attributes of mount_setattr(2) and fsmount(2).</summary>
[Flags]
public enum MountAttr : ulong
{
    MOUNT_ATTR_RDONLY = 1,
    MOUNT_ATTR_NOSUID = 2,
    MOUNT_ATTR_NODEV = 4,
    MOUNT_ATTR_NOEXEC = 8,
    MOUNT_ATTR__ATIME = 0x70,
    MOUNT_ATTR_RELATIME = 0,
    MOUNT_ATTR_NOATIME = 0x10,
    MOUNT_ATTR_STRICTATIME = 0x20,
    MOUNT_ATTR_NODIRATIME = 0x80,
    MOUNT_ATTR_IDMAP = 0x100000,
    MOUNT_ATTR_NOSYMFOLLOW = 0x200000,
}

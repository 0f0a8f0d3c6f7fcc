namespace Carrel.Abi;

/// <summary>Special descriptors and flags of the *at(2) family, include/uapi/linux/fcntl.h.</summary>
public static class At
{
    public const int AT_FDCWD = -100;

    // openat2(2) and friends, Linux 6.13 and later
    public const int PIDFD_SELF_THREAD = -10000;
    public const int PIDFD_SELF_THREAD_GROUP = -10001;
    public const int FD_PIDFS_ROOT = -10002;
    public const int FD_NSFS_ROOT = -10003;
    public const int FD_INVALID = -10009;

    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_EACCESS = 0x200;
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_SYMLINK_FOLLOW = 0x400;
    public const int AT_NO_AUTOMOUNT = 0x800;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int AT_STATX_SYNC_TYPE = 0x6000;
    public const int AT_STATX_SYNC_AS_STAT = 0;
    public const int AT_STATX_FORCE_SYNC = 0x2000;
    public const int AT_STATX_DONT_SYNC = 0x4000;
    public const int AT_RECURSIVE = 0x8000;

    public const int AT_RENAME_NOREPLACE = 1;
    public const int AT_RENAME_EXCHANGE = 2;
    public const int AT_RENAME_WHITEOUT = 4;
    public const int AT_HANDLE_FID = 0x200;
    public const int AT_HANDLE_MNT_ID_UNIQUE = 1;
    public const int AT_HANDLE_CONNECTABLE = 2;
    public const int AT_EXECVE_CHECK = 0x10000;
}

/// <summary>Modes of access(2).</summary>
public static class Access
{
    public const int F_OK = 0;
    public const int X_OK = 1;
    public const int W_OK = 2;
    public const int R_OK = 4;
}

/// <summary>Origins of lseek(2).</summary>
public static class Seek
{
    public const int SEEK_SET = 0;
    public const int SEEK_CUR = 1;
    public const int SEEK_END = 2;
    public const int SEEK_DATA = 3;
    public const int SEEK_HOLE = 4;
    public const int SEEK_MAX = 4;
}

using System;

namespace Carrel.Abi;

/// <summary>Flags of renameat2(2).</summary>
[Flags]
public enum Renameat2 : uint
{
    RENAME_NOREPLACE = 1,
    RENAME_EXCHANGE = 2,
    RENAME_WHITEOUT = 4,
}

/// <summary>Modes of fallocate(2).</summary>
[Flags]
public enum FallocateMode
{
    FALLOC_FL_ALLOCATE_RANGE = 0,
    FALLOC_FL_KEEP_SIZE = 1,
    FALLOC_FL_PUNCH_HOLE = 2,
    FALLOC_FL_NO_HIDE_STALE = 4,
    FALLOC_FL_COLLAPSE_RANGE = 8,
    FALLOC_FL_ZERO_RANGE = 0x10,
    FALLOC_FL_INSERT_RANGE = 0x20,
    FALLOC_FL_UNSHARE_RANGE = 0x40,
    FALLOC_FL_WRITE_ZEROES = 0x80,
}

/// <summary>Flags of struct open_how, openat2(2).</summary>
[Flags]
public enum ResolveFlags : ulong
{
    RESOLVE_NO_XDEV = 1,
    RESOLVE_NO_MAGICLINKS = 2,
    RESOLVE_NO_SYMLINKS = 4,
    RESOLVE_BENEATH = 8,
    RESOLVE_IN_ROOT = 0x10,
    RESOLVE_CACHED = 0x20,
}

/// <summary>Per-call flags of preadv2(2) and pwritev2(2).</summary>
[Flags]
public enum RwFlags
{
    RWF_HIPRI = 1,
    RWF_DSYNC = 2,
    RWF_SYNC = 4,
    RWF_NOWAIT = 8,
    RWF_APPEND = 0x10,
    RWF_NOAPPEND = 0x20,
    RWF_ATOMIC = 0x40,
    RWF_DONTCACHE = 0x80,
    RWF_NOSIGNAL = 0x100,
}

/// <summary>Flags of splice(2), tee(2) and vmsplice(2).</summary>
[Flags]
public enum SpliceFlags : uint
{
    SPLICE_F_MOVE = 1,
    SPLICE_F_NONBLOCK = 2,
    SPLICE_F_MORE = 4,
    SPLICE_F_GIFT = 8,
}

/// <summary>Flags of sync_file_range(2).</summary>
[Flags]
public enum SyncFileRange : uint
{
    SYNC_FILE_RANGE_WAIT_BEFORE = 1,
    SYNC_FILE_RANGE_WRITE = 2,
    SYNC_FILE_RANGE_WAIT_AFTER = 4,
}

/// <summary>Flags of close_range(2).</summary>
[Flags]
public enum CloseRangeFlags : uint
{
    CLOSE_RANGE_UNSHARE = 2,
    CLOSE_RANGE_CLOEXEC = 4,
}

/// <summary>Advice of posix_fadvise(2).</summary>
public static class Fadvise
{
    public const int POSIX_FADV_NORMAL = 0;
    public const int POSIX_FADV_RANDOM = 1;
    public const int POSIX_FADV_SEQUENTIAL = 2;
    public const int POSIX_FADV_WILLNEED = 3;
    public const int POSIX_FADV_DONTNEED = 4;
    public const int POSIX_FADV_NOREUSE = 5;
}

/// <summary>File types of getdents64(2).</summary>
public static class Dirent
{
    public const int DT_UNKNOWN = 0;
    public const int DT_FIFO = 1;
    public const int DT_CHR = 2;
    public const int DT_DIR = 4;
    public const int DT_BLK = 6;
    public const int DT_REG = 8;
    public const int DT_LNK = 10;
    public const int DT_SOCK = 12;
    public const int DT_WHT = 14;
}

/// <summary>Flags, limits and name prefixes of xattr(7).</summary>
public static class Xattr
{
    public const int XATTR_CREATE = 1;
    public const int XATTR_REPLACE = 2;

    // include/uapi/linux/limits.h
    public const int XATTR_NAME_MAX = 255;
    public const int XATTR_SIZE_MAX = 65536;
    public const int XATTR_LIST_MAX = 65536;

    public const string XATTR_OS2_PREFIX = "os2.";
    public const string XATTR_SECURITY_PREFIX = "security.";
    public const string XATTR_SYSTEM_PREFIX = "system.";
    public const string XATTR_TRUSTED_PREFIX = "trusted.";
    public const string XATTR_USER_PREFIX = "user.";
    public const string XATTR_NAME_CAPS = "security.capability";
    public const string XATTR_NAME_POSIX_ACL_ACCESS = "system.posix_acl_access";
    public const string XATTR_NAME_POSIX_ACL_DEFAULT = "system.posix_acl_default";
}

/// <summary>Entries of an access control list and the form of its attribute.</summary>
public static class PosixAclTag
{
    public const uint POSIX_ACL_XATTR_VERSION = 2;
    public const uint ACL_UNDEFINED_ID = 0xffffffff;
    public const int ACL_USER_OBJ = 1;
    public const int ACL_USER = 2;
    public const int ACL_GROUP_OBJ = 4;
    public const int ACL_GROUP = 8;
    public const int ACL_MASK = 16;
    public const int ACL_OTHER = 32;
}

/// <summary>Sizes that paths and vectors may have.</summary>
public static class Limits
{
    public const int NGROUPS_MAX = 65536;
    public const int NAME_MAX = 255;
    public const int PATH_MAX = 4096;
    public const int PIPE_BUF = 4096;

    // include/uapi/linux/uio.h, binfmts.h, fs.h
    public const int UIO_MAXIOV = 1024;
    public const int MAX_RW_COUNT = 0x7FFFF000;
    public const int MAX_ARG_STRLEN = 131072;
    public const int BINPRM_BUF_SIZE = 256;
    public const int MAXSYMLINKS = 40;
    public const int INR_OPEN_CUR = 1024;
    public const int INR_OPEN_MAX = 4096;
}

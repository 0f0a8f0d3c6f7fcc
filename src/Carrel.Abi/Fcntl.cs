namespace Carrel.Abi;

/// <summary>Commands and arguments of fcntl(2) and flock(2).</summary>
public static class Fcntl
{
    public const int F_DUPFD = 0;
    public const int F_GETFD = 1;
    public const int F_SETFD = 2;
    public const int F_GETFL = 3;
    public const int F_SETFL = 4;
    public const int F_GETLK = 5;
    public const int F_SETLK = 6;
    public const int F_SETLKW = 7;
    public const int F_SETOWN = 8;
    public const int F_GETOWN = 9;
    public const int F_SETSIG = 10;
    public const int F_GETSIG = 11;
    public const int F_SETOWN_EX = 15;
    public const int F_GETOWN_EX = 16;
    public const int F_GETOWNER_UIDS = 17;
    public const int F_OFD_GETLK = 36;
    public const int F_OFD_SETLK = 37;
    public const int F_OFD_SETLKW = 38;
    public const int F_SETLEASE = 1024;
    public const int F_GETLEASE = 1025;
    public const int F_NOTIFY = 1026;
    public const int F_DUPFD_QUERY = 1027;
    public const int F_CREATED_QUERY = 1028;
    public const int F_CANCELLK = 1029;
    public const int F_DUPFD_CLOEXEC = 1030;
    public const int F_SETPIPE_SZ = 1031;
    public const int F_GETPIPE_SZ = 1032;
    public const int F_ADD_SEALS = 1033;
    public const int F_GET_SEALS = 1034;
    public const int F_GET_RW_HINT = 1035;
    public const int F_SET_RW_HINT = 1036;
    public const int F_GET_FILE_RW_HINT = 1037;
    public const int F_SET_FILE_RW_HINT = 1038;

    public const int FD_CLOEXEC = 1;

    // struct flock l_type
    public const int F_RDLCK = 0;
    public const int F_WRLCK = 1;
    public const int F_UNLCK = 2;
    public const int F_EXLCK = 4;
    public const int F_SHLCK = 8;

    // struct f_owner_ex type
    public const int F_OWNER_TID = 0;
    public const int F_OWNER_PID = 1;
    public const int F_OWNER_PGRP = 2;

    // flock(2)
    public const int LOCK_SH = 1;
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;
    public const int LOCK_UN = 8;
    public const int LOCK_MAND = 32;

    // F_ADD_SEALS
    public const int F_SEAL_SEAL = 1;
    public const int F_SEAL_SHRINK = 2;
    public const int F_SEAL_GROW = 4;
    public const int F_SEAL_WRITE = 8;
    public const int F_SEAL_FUTURE_WRITE = 0x10;
    public const int F_SEAL_EXEC = 0x20;

    // F_NOTIFY
    public const uint DN_ACCESS = 1;
    public const uint DN_MODIFY = 2;
    public const uint DN_CREATE = 4;
    public const uint DN_DELETE = 8;
    public const uint DN_RENAME = 0x10;
    public const uint DN_ATTRIB = 0x20;
    public const uint DN_MULTISHOT = 0x80000000;

    // F_SET_RW_HINT
    public const int RWH_WRITE_LIFE_NOT_SET = 0;
    public const int RWH_WRITE_LIFE_NONE = 1;
    public const int RWH_WRITE_LIFE_SHORT = 2;
    public const int RWH_WRITE_LIFE_MEDIUM = 3;
    public const int RWH_WRITE_LIFE_LONG = 4;
    public const int RWH_WRITE_LIFE_EXTREME = 5;
    public const int RWF_WRITE_LIFE_NOT_SET = 0;
}

/// <summary>File types and permission bits of st_mode, inode(7).</summary>
public static class Mode
{
    public const uint S_IFMT = 0xF000;
    public const uint S_IFSOCK = 0xC000;
    public const uint S_IFLNK = 0xA000;
    public const uint S_IFREG = 0x8000;
    public const uint S_IFBLK = 0x6000;
    public const uint S_IFDIR = 0x4000;
    public const uint S_IFCHR = 0x2000;
    public const uint S_IFIFO = 0x1000;
    public const uint S_ISUID = 0x800;
    public const uint S_ISGID = 0x400;
    public const uint S_ISVTX = 0x200;
    public const uint S_IRWXU = 0x1C0;
    public const uint S_IRUSR = 0x100;
    public const uint S_IWUSR = 0x80;
    public const uint S_IXUSR = 0x40;
    public const uint S_IRWXG = 0x38;
    public const uint S_IRGRP = 0x20;
    public const uint S_IWGRP = 0x10;
    public const uint S_IXGRP = 8;
    public const uint S_IRWXO = 7;
    public const uint S_IROTH = 4;
    public const uint S_IWOTH = 2;
    public const uint S_IXOTH = 1;

    // include/linux/stat.h
    public const uint S_IRWXUGO = 0x1FF;
    public const uint S_IALLUGO = 0xFFF;
    public const uint S_IRUGO = 0x124;
    public const uint S_IWUGO = 0x92;
    public const uint S_IXUGO = 0x49;
}

namespace Carrel.Abi;

/// <summary>ioctl(2) requests that no single driver owns, and the coding of request numbers.</summary>
public static class Ioctl
{
    public const uint FIONREAD = 0x541B;
    public const uint FIONBIO = 0x5421;
    public const uint FIONCLEX = 0x5450;
    public const uint FIOCLEX = 0x5451;
    public const uint FIOASYNC = 0x5452;
    public const uint FIOQSIZE = 0x5460;
    public const uint TIOCINQ = 0x541B;
    public const uint TIOCOUTQ = 0x5411;

    // files
    public const uint FIBMAP = 1;
    public const uint FIGETBSZ = 2;
    public const uint FIFREEZE = 0xC0045877;
    public const uint FITHAW = 0xC0045878;
    public const uint FITRIM = 0xC0185879;
    public const uint FICLONE = 0x40049409;
    public const uint FICLONERANGE = 0x4020940D;
    public const uint FIDEDUPERANGE = 0xC0189436;
    public const uint FS_IOC_GETFLAGS = 0x80086601;
    public const uint FS_IOC_SETFLAGS = 0x40086602;
    public const uint FS_IOC_GETVERSION = 0x80087601;
    public const uint FS_IOC_SETVERSION = 0x40087602;
    public const uint FS_IOC_FSGETXATTR = 0x801C581F;
    public const uint FS_IOC_FSSETXATTR = 0x401C5820;
    public const uint FS_IOC_GETFSLABEL = 0x81009431;
    public const uint FS_IOC_SETFSLABEL = 0x41009432;
    public const uint FS_IOC_FIEMAP = 0xC020660B;
    public const uint FS_IOC_GETFSUUID = 0x80111500;
    public const uint FS_IOC_GETFSSYSFSPATH = 0x80811501;

    // FS_IOC_GETFLAGS
    public const uint FS_SECRM_FL = 1;
    public const uint FS_UNRM_FL = 2;
    public const uint FS_COMPR_FL = 4;
    public const uint FS_SYNC_FL = 8;
    public const uint FS_IMMUTABLE_FL = 0x10;
    public const uint FS_APPEND_FL = 0x20;
    public const uint FS_NODUMP_FL = 0x40;
    public const uint FS_NOATIME_FL = 0x80;
    public const uint FS_DIRTY_FL = 0x100;
    public const uint FS_COMPRBLK_FL = 0x200;
    public const uint FS_NOCOMP_FL = 0x400;
    public const uint FS_ENCRYPT_FL = 0x800;
    public const uint FS_BTREE_FL = 0x1000;
    public const uint FS_INDEX_FL = 0x1000;
    public const uint FS_IMAGIC_FL = 0x2000;
    public const uint FS_JOURNAL_DATA_FL = 0x4000;
    public const uint FS_NOTAIL_FL = 0x8000;
    public const uint FS_DIRSYNC_FL = 0x10000;
    public const uint FS_TOPDIR_FL = 0x20000;
    public const uint FS_HUGE_FILE_FL = 0x40000;
    public const uint FS_EXTENT_FL = 0x80000;
    public const uint FS_VERITY_FL = 0x100000;
    public const uint FS_EA_INODE_FL = 0x200000;
    public const uint FS_EOFBLOCKS_FL = 0x400000;
    public const uint FS_NOCOW_FL = 0x800000;
    public const uint FS_DAX_FL = 0x2000000;
    public const uint FS_INLINE_DATA_FL = 0x10000000;
    public const uint FS_PROJINHERIT_FL = 0x20000000;
    public const uint FS_CASEFOLD_FL = 0x40000000;
    public const uint FS_RESERVED_FL = 0x80000000;

    // block devices
    public const uint BLKROSET = 0x125D;
    public const uint BLKROGET = 0x125E;
    public const uint BLKRRPART = 0x125F;
    public const uint BLKGETSIZE = 0x1260;
    public const uint BLKFLSBUF = 0x1261;
    public const uint BLKRASET = 0x1262;
    public const uint BLKRAGET = 0x1263;
    public const uint BLKSSZGET = 0x1268;
    public const uint BLKBSZGET = 0x80081270;
    public const uint BLKBSZSET = 0x40081271;
    public const uint BLKGETSIZE64 = 0x80081272;
    public const uint BLKDISCARD = 0x1277;
    public const uint BLKIOMIN = 0x1278;
    public const uint BLKIOOPT = 0x1279;
    public const uint BLKALIGNOFF = 0x127A;
    public const uint BLKPBSZGET = 0x127B;
    public const uint BLKZEROOUT = 0x127F;

    // namespaces, ioctl_ns(2)
    public const uint NS_GET_USERNS = 0xB701;
    public const uint NS_GET_PARENT = 0xB702;
    public const uint NS_GET_NSTYPE = 0xB703;
    public const uint NS_GET_OWNER_UID = 0xB704;
    public const uint NS_GET_MNTNS_ID = 0x8008B705;
    public const uint NS_GET_PID_FROM_PIDNS = 0x8004B706;
    public const uint NS_GET_TGID_FROM_PIDNS = 0x8004B707;
    public const uint NS_GET_PID_IN_PIDNS = 0x8004B708;
    public const uint NS_GET_TGID_IN_PIDNS = 0x8004B709;

    // coding
    public const int _IOC_NRBITS = 8;
    public const int _IOC_TYPEBITS = 8;
    public const int _IOC_SIZEBITS = 14;
    public const int _IOC_DIRBITS = 2;
    public const int _IOC_NRSHIFT = 0;
    public const int _IOC_TYPESHIFT = 8;
    public const int _IOC_SIZESHIFT = 16;
    public const int _IOC_DIRSHIFT = 30;
    public const int _IOC_NONE = 0;
    public const int _IOC_WRITE = 1;
    public const int _IOC_READ = 2;
}

using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>struct stat of x86-64, arch/x86/include/uapi/asm/stat.h.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Stat
{
    public ulong Dev;
    public ulong Ino;
    public ulong Nlink;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    private readonly uint _pad0;
    public ulong Rdev;
    public long Size;
    public long Blksize;
    public long Blocks;
    public TimeSpec Atime;
    public TimeSpec Mtime;
    public TimeSpec Ctime;
    private readonly ULongs3 _unused;
}

/// <summary>struct statx_timestamp.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StatxTimestamp
{
    public long Sec;
    public uint Nsec;
    private readonly int _reserved;

    public StatxTimestamp(long sec, uint nsec)
    {
        Sec = sec;
        Nsec = nsec;
    }
}

/// <summary>struct statx.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StatxBuf
{
    public uint Mask;
    public uint Blksize;
    public ulong Attributes;
    public uint Nlink;
    public uint Uid;
    public uint Gid;
    public ushort Mode;
    private readonly ushort _spare0;
    public ulong Ino;
    public ulong Size;
    public ulong Blocks;
    public ulong AttributesMask;
    public StatxTimestamp Atime;
    public StatxTimestamp Btime;
    public StatxTimestamp Ctime;
    public StatxTimestamp Mtime;
    public uint RdevMajor;
    public uint RdevMinor;
    public uint DevMajor;
    public uint DevMinor;
    public ulong MntId;
    public uint DioMemAlign;
    public uint DioOffsetAlign;
    public ulong Subvol;
    public uint AtomicWriteUnitMin;
    public uint AtomicWriteUnitMax;
    public uint AtomicWriteSegmentsMax;
    public uint DioReadOffsetAlign;
    public uint AtomicWriteUnitMaxOpt;
    private readonly uint _spare2;
    private readonly ULongs8 _spare3;
}

/// <summary>struct statfs.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StatFs
{
    public long Type;
    public long Bsize;
    public long Blocks;
    public long Bfree;
    public long Bavail;
    public long Files;
    public long Ffree;
    public ulong Fsid;
    public long Namelen;
    public long Frsize;
    public StatFsFlags Flags;
    private readonly ULongs4 _spare;
}

/// <summary>struct open_how, openat2(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OpenHow
{
    public ulong Flags;
    public ulong Mode;
    public ulong Resolve;
}

/// <summary>struct flock, fcntl(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FLock
{
    public short Type;
    public short Whence;
    private readonly int _pad0;
    public long Start;
    public long Len;
    public int Pid;
    private readonly int _pad1;
}

/// <summary>struct f_owner_ex, fcntl(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FOwnerEx
{
    public int Type;
    public int Pid;
}

/// <summary>struct linux_dirent64 up to the name, getdents64(2).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct DirentHeader
{
    public ulong Ino;
    public long Off;
    public ushort Reclen;
    public byte Type;
}

/// <summary>struct inotify_event up to the name.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct InotifyEvent
{
    public int Wd;
    public uint Mask;
    public uint Cookie;
    public uint Len;
}

/// <summary>struct file_handle up to the handle, name_to_handle_at(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FileHandle
{
    public const int MAX_HANDLE_SZ = 128;

    public uint HandleBytes;
    public int HandleType;
}

/// <summary>struct mount_attr, mount_setattr(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MountAttrBuf
{
    public const int MOUNT_ATTR_SIZE_VER0 = 32;

    public ulong AttrSet;
    public ulong AttrClr;
    public ulong Propagation;
    public ulong UsernsFd;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IoVec
{
    public ulong Base;
    public ulong Len;

    public IoVec(ulong @base, ulong len)
    {
        Base = @base;
        Len = len;
    }
}

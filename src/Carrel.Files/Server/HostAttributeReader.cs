using Carrel.Abi;

namespace Carrel.Files;

/// <summary>From struct statx to the wire.</summary>
internal static class HostAttributeReader
{
    internal static FileAttributes From(in StatxBuf stat) => new()
    {
        Inode = stat.Ino,
        Device = MakeDevice(stat.DevMajor, stat.DevMinor),
        RawDevice = MakeDevice(stat.RdevMajor, stat.RdevMinor),
        Size = (long)stat.Size,
        Blocks = (long)stat.Blocks,
        AccessSeconds = stat.Atime.Sec,
        ModifySeconds = stat.Mtime.Sec,
        ChangeSeconds = stat.Ctime.Sec,
        BirthSeconds = stat.Btime.Sec,
        AccessNanoseconds = stat.Atime.Nsec,
        ModifyNanoseconds = stat.Mtime.Nsec,
        ChangeNanoseconds = stat.Ctime.Nsec,
        BirthNanoseconds = stat.Btime.Nsec,
        Mode = stat.Mode,
        Uid = stat.Uid,
        Gid = stat.Gid,
        LinkCount = stat.Nlink,
    };

    /// <summary>new_encode_dev() as stat(2) shows it on 64-bit machines.</summary>
    private static ulong MakeDevice(uint major, uint minor) =>
        (minor & 0xff) | ((ulong)(major & 0xfff) << 8) | ((ulong)(minor & ~0xffu) << 12) | ((ulong)(major & ~0xfffu) << 32);
}

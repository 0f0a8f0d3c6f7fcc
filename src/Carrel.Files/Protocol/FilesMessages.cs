using System.Runtime.InteropServices;

namespace Carrel.Files;

/// <summary>Sizes both ends hold each other to.</summary>
public static class FilesLimits
{
    /// <summary>A path with its NUL (PATH_MAX).</summary>
    public const int Path = 4096;

    /// <summary>A name with its NUL (NAME_MAX + 1).</summary>
    public const int Name = 256;

    /// <summary>An extended attribute's value (XATTR_SIZE_MAX).</summary>
    public const int Data = 65536;

    public const int Request = 128 + (2 * (Path + Name)) + Data;

    public const int Reply = 128 + Data;

    /// <summary>Directories and volumes that one carrel-files serves.</summary>
    public const int Trees = 64;

    /// <summary>The one name in a tree that is a single file.</summary>
    public const string FileName = "file";
}

/// <summary>
/// The head of a request, one message of the SOCK_SEQPACKET pair. Behind it lie, each with a NUL: path, name, second path, second name (lengths
/// without the NULs; an empty string is just its NUL), then the data. Path leads from the tree's root to a directory, without a leading slash; name
/// is an entry of it, or empty for the directory itself.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct FilesRequest
{
    public uint Sequence;
    public FilesOperation Operation;
    public ushort Tree;
    /// <summary>List: <see cref="ListFlags"/>. Rename: RENAME_*. SetAttributes: <see cref="AttributeMask"/>. SetXattr: XATTR_*.</summary>
    public uint Flags;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    /// <summary>SetAttributes: the size.</summary>
    public long Size;
    public long AccessSeconds;
    public long ModifySeconds;
    public uint AccessNanoseconds;
    public uint ModifyNanoseconds;
    public ushort PathLength;
    public ushort NameLength;
    public ushort SecondPathLength;
    public ushort SecondNameLength;
    public int DataLength;
    private readonly int _pad;
}

/// <summary>What <see cref="FilesOperation.SetAttributes"/> changes.</summary>
[System.Flags]
public enum AttributeMask : uint
{
    Mode = 1,
    Owner = 2,
    Size = 4,
    AccessTime = 8,
    ModifyTime = 16,
}

/// <summary>The head of a reply; <see cref="DataLength"/> bytes follow.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FilesReply
{
    public uint Sequence;
    /// <summary>An errno, 0 for success.</summary>
    public int Error;
    /// <summary>List: 1 if more messages of this answer follow.</summary>
    public ushort More;
    /// <summary>List: entries in this message.</summary>
    public ushort Count;
    /// <summary>List: listings of directories below, behind the entries of the last message.</summary>
    public int Sections;
    public int DataLength;
}

/// <summary>Attributes of a host file, from statx(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FileAttributes
{
    public ulong Inode;
    public ulong Device;
    public ulong RawDevice;
    public long Size;
    public long Blocks;
    public long AccessSeconds;
    public long ModifySeconds;
    public long ChangeSeconds;
    public long BirthSeconds;
    public uint AccessNanoseconds;
    public uint ModifyNanoseconds;
    public uint ChangeNanoseconds;
    public uint BirthNanoseconds;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    public uint LinkCount;
}

/// <summary>The head of an entry in a List reply; attributes if there are any, the name and a symlink's text follow.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FilesEntry
{
    public ulong Inode;
    public ushort NameLength;
    public ushort TargetLength;
    /// <summary>DT_*.</summary>
    public byte Type;
    /// <summary>1: <see cref="FileAttributes"/> follow.</summary>
    public byte HasAttributes;
    private readonly ushort _pad;
}

/// <summary>The head of the listing of a directory below the one that was asked for; its entries follow.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FilesSection
{
    /// <summary>In which listing of the answer the directory stands: 0 is the one that was asked for, 1 the first section.</summary>
    public int Parent;
    /// <summary>Which entry of that it is.</summary>
    public int Entry;
    public int NameBytes;
    public int Count;
}

/// <summary>What a List request asks for.</summary>
public static class ListFlags
{
    /// <summary>Names, types and numbers; attributes of directories only: who walks a tree needs no more.</summary>
    public const uint Names = 0;

    /// <summary>Attributes of all entries, and texts of symlinks.</summary>
    public const uint Attributes = 1;

    /// <summary>As many listings of directories below as fit into one message.</summary>
    public const uint Below = 2;
}

using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Files;

/// <summary>
/// Reads a whole directory a message full at a time, if asked to with the attributes of all entries and the texts of symlinks (a "readdirplus"), or with
/// the listings of directories below it, depth first, as a walk of the tree would ask for them next.
/// </summary>
internal sealed class DirectoryLister(FilesChannel channel)
{
    private const int MaxTarget = 4095;
    private const int MaxDepth = 24;
    private const int EntriesPerLook = 16;
    /// <summary>Nanoseconds for listings that nobody asked for yet: the carrel waits meanwhile, and on a slow disk each directory may take long.</summary>
    private const long Budget = 20_000_000;

    private const OpenFlags OpenMode = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC;

    private static readonly int s_mostOverhead = Wire.Size<FilesEntry>() + Wire.Size<FileAttributes>();

    private readonly byte[] _records = new byte[32768];
    private readonly byte[] _target = new byte[MaxTarget];
    private readonly byte[] _name = new byte[FilesLimits.Name];

    // The answer in the making.
    private readonly List<Subdirectory> _subdirectories = [];
    private int _used;
    private int _sections;
    private int _nameBytes;
    private long _deadline;

    /// <summary>Nanoseconds.</summary>
    internal Func<long> Clock { get; init; } = static () => HostClock.Read(ClockId.CLOCK_MONOTONIC);

    private bool IsLate => Clock() > _deadline;

    /// <summary>Answers with all entries, or with an errno if the directory cannot be read at all.</summary>
    internal void List(ServedTree tree, int directory, ReadOnlySpan<byte> path, uint sequence, uint flags)
    {
        int fd = HostName.OpenAt2(directory, ".\0"u8, OpenMode, 0, ServedTree.Confined);
        if (fd < 0)
        {
            channel.ReplyError(sequence, (Errno)(-fd));
            return;
        }

        Begin();
        bool wantsAll = (flags & ListFlags.Attributes) != 0;
        Errno error = Read(tree, fd, path, wantsAll, 0, sequence, out ushort count);
        if (error == Errno.OK)
        {
            // Below the root of a tree are names that may not be shown: those are asked for one by one.
            if ((flags & ListFlags.Below) != 0 && path.Length > 1)
            {
                Descend(tree, fd, path, wantsAll, 0, 0);
            }

            channel.ReplyEntries(sequence, _used, count, hasMore: false, _sections);
        }
        else
        {
            channel.ReplyError(sequence, error);
        }

        HostFd.Close(fd);
    }

    /// <summary>Answers with listings of the subdirectories that the request names, in that order, and below them.</summary>
    internal Errno ListBelow(ServedTree tree, int directory, in RequestView request)
    {
        Begin();
        int entry = 0;
        for (ReadOnlySpan<byte> rest = request.Data; !rest.IsEmpty && request.Path.Length > 1; entry++)
        {
            int length = rest.IndexOf((byte)0) + 1;
            ReadOnlySpan<byte> name = rest[..length];
            if (length is < 2 or > FilesLimits.Name || RequestView.CheckName(name) != Errno.OK)
            {
                return Errno.EINVAL;
            }

            rest = rest[length..];
            if (!AddBelow(tree, directory, name, request.Path, false, new Subdirectory(0, entry, 0, 0), 0))
            {
                break;
            }
        }

        channel.ReplyEntries(request.Header.Sequence, _used, 0, hasMore: false, _sections);
        return Errno.OK;
    }

    private void Begin()
    {
        (_used, _sections) = (0, 0);
        _subdirectories.Clear();
        _deadline = Clock() + Budget;
    }

    /// <summary>Adds the listings of the subdirectories found from number <paramref name="first"/> on. False if the message is full or the time is over.</summary>
    private bool Descend(ServedTree tree, int fd, ReadOnlySpan<byte> path, bool wantsAll, int first, int depth)
    {
        int end = _subdirectories.Count;
        for (int i = first; i < end; i++)
        {
            Subdirectory at = _subdirectories[i];
            channel.Body.Slice(at.NameStart, at.NameLength).CopyTo(_name);
            _name[at.NameLength] = 0;
            if (!AddBelow(tree, fd, _name.AsSpan(0, at.NameLength + 1), path, wantsAll, at, depth))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Adds the listing of a subdirectory, if it can be opened, and those below it. False if the message is full or the time is over.</summary>
    private bool AddBelow(ServedTree tree, int fd, ReadOnlySpan<byte> name, ReadOnlySpan<byte> path, bool wantsAll, in Subdirectory at, int depth)
    {
        // Mount points, which may hide something, are left to requests of their own.
        if (IsLate)
        {
            return false;
        }

        int child = HostName.OpenAt2(fd, name, OpenMode | OpenFlags.O_NOFOLLOW, 0, ServedTree.Confined | ResolveFlags.RESOLVE_NO_XDEV);
        if (child < 0)
        {
            return true;
        }

        int known = _subdirectories.Count;
        bool hasRoom = AddSection(tree, child, path, wantsAll, at) && (depth == MaxDepth || Descend(tree, child, path, wantsAll, known, depth + 1));
        _subdirectories.RemoveRange(known, _subdirectories.Count - known);
        HostFd.Close(child);
        return hasRoom;
    }

    /// <summary>Adds a listing whole or not at all.</summary>
    private bool AddSection(ServedTree tree, int fd, ReadOnlySpan<byte> path, bool wantsAll, in Subdirectory at)
    {
        int head = Wire.Size<FilesSection>();
        int start = _used;
        if (start + head > FilesLimits.Data)
        {
            return false;
        }

        _used += head;
        _nameBytes = 0;
        if (Read(tree, fd, path, wantsAll, ++_sections, null, out ushort count) != Errno.OK)
        {
            _used = start;
            _sections--;
            return false;
        }

        Wire.Write(channel.Body[start..], new FilesSection { Parent = at.Section, Entry = at.Entry, Count = count, NameBytes = _nameBytes });
        return true;
    }

    /// <summary>
    /// Appends a directory's entries to the answer. Without a sequence number nothing can be sent ahead: ENOSPC if there is no room, ETIME if the time is over.
    /// </summary>
    private Errno Read(ServedTree tree, int fd, ReadOnlySpan<byte> path, bool wantsAll, int section, uint? sequence, out ushort count)
    {
        int head = Wire.Size<DirentHeader>();
        int index = 0;
        count = 0;
        while (true)
        {
            long n = HostFd.ReadDirectory(fd, _records);
            if (n <= 0)
            {
                return (Errno)(-n);
            }

            for (int at = 0; at < n;)
            {
                DirentHeader record = Wire.Read<DirentHeader>(_records.AsSpan(at));
                Span<byte> tail = _records.AsSpan(at + head, record.Reclen - head);
                ReadOnlySpan<byte> name = tail[..(tail.IndexOf((byte)0) + 1)];
                at += record.Reclen;
                if (name.SequenceEqual(".\0"u8) || name.SequenceEqual("..\0"u8))
                {
                    continue;
                }

                if (sequence is null && index % EntriesPerLook == EntriesPerLook - 1 && IsLate)
                {
                    return Errno.ETIME;
                }

                var entry = new FilesEntry { Inode = record.Ino, Type = record.Type, NameLength = (ushort)(name.Length - 1) };
                StatxBuf stat = default;
                if ((wantsAll || record.Type is Dirent.DT_DIR or Dirent.DT_UNKNOWN) && !TryStat(tree, fd, path, name, ref entry, out stat))
                {
                    continue; // gone meanwhile
                }

                if (_used + s_mostOverhead + entry.NameLength + entry.TargetLength > FilesLimits.Data || count == ushort.MaxValue)
                {
                    if (sequence is not { } number)
                    {
                        return Errno.ENOSPC;
                    }

                    channel.ReplyEntries(number, _used, count, hasMore: true, 0);
                    _subdirectories.Clear(); // their names are gone
                    _used = 0;
                    count = 0;
                }

                _used += Append(channel.Body[_used..], entry, stat, name[..^1], _target.AsSpan(0, entry.TargetLength));
                if (entry.Type == Dirent.DT_DIR && entry.HasAttributes != 0)
                {
                    _subdirectories.Add(new Subdirectory(section, index, _used - entry.NameLength, entry.NameLength));
                }

                _nameBytes += entry.NameLength;
                count++;
                index++;
            }
        }
    }

    private bool TryStat(ServedTree tree, int fd, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, ref FilesEntry entry, out StatxBuf stat)
    {
        if (tree.Stat(fd, path, name, out stat) < 0)
        {
            return false;
        }

        entry.HasAttributes = 1;
        entry.Type = (byte)((stat.Mode & Mode.S_IFMT) >> 12);
        entry.Inode = stat.Ino;
        if ((stat.Mode & Mode.S_IFMT) == Mode.S_IFLNK)
        {
            entry.TargetLength = (ushort)Math.Max(HostName.ReadLinkAt(fd, name, _target), 0);
        }

        return true;
    }

    private static int Append(Span<byte> destination, in FilesEntry entry, in StatxBuf stat, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        Wire.Write(destination, entry);
        int length = Wire.Size<FilesEntry>();
        if (entry.HasAttributes != 0)
        {
            Wire.Write(destination[length..], HostAttributeReader.From(stat));
            length += Wire.Size<FileAttributes>();
        }

        name.CopyTo(destination[length..]);
        length += name.Length;
        target.CopyTo(destination[length..]);
        return length + target.Length;
    }

    /// <summary>A directory among the entries of the answer.</summary>
    private readonly record struct Subdirectory(int Section, int Entry, int NameStart, int NameLength);
}

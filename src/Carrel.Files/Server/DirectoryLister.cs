using System;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Files;

/// <summary>Reads a whole directory a message full at a time, if asked to with the attributes of all entries and the texts of symlinks (a "readdirplus").</summary>
internal sealed class DirectoryLister(FilesChannel channel)
{
    private const int MaxTarget = 4095;

    private static readonly int s_mostOverhead = Wire.Size<FilesEntry>() + Wire.Size<FileAttributes>();

    private readonly byte[] _records = new byte[32768];
    private readonly byte[] _target = new byte[MaxTarget];

    /// <summary>Answers with all entries, or with an errno if the directory cannot be read at all.</summary>
    internal void List(ServedTree tree, int directory, ReadOnlySpan<byte> path, uint sequence, bool wantsAll)
    {
        int fd = HostName.OpenAt2(directory, ".\0"u8, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC, 0, ServedTree.Confined);
        if (fd < 0)
        {
            channel.ReplyError(sequence, (Errno)(-fd));
            return;
        }

        Errno error = Send(tree, fd, path, sequence, wantsAll);
        HostFd.Close(fd);
        if (error != Errno.OK)
        {
            channel.ReplyError(sequence, error);
        }
    }

    private Errno Send(ServedTree tree, int fd, ReadOnlySpan<byte> path, uint sequence, bool wantsAll)
    {
        int head = Wire.Size<DirentHeader>();
        int used = 0;
        ushort count = 0;
        while (true)
        {
            long n = HostFd.ReadDirectory(fd, _records);
            if (n < 0)
            {
                return (Errno)(-n);
            }

            if (n == 0)
            {
                channel.ReplyEntries(sequence, used, count, hasMore: false);
                return Errno.OK;
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

                var entry = new FilesEntry { Inode = record.Ino, Type = record.Type, NameLength = (ushort)(name.Length - 1) };
                StatxBuf stat = default;
                if (wantsAll || record.Type is Dirent.DT_DIR or Dirent.DT_UNKNOWN)
                {
                    if (tree.Stat(fd, path, name, out stat) < 0)
                    {
                        continue; // gone meanwhile
                    }

                    entry.HasAttributes = 1;
                    entry.Type = (byte)((stat.Mode & Mode.S_IFMT) >> 12);
                    entry.Inode = stat.Ino;
                    if ((stat.Mode & Mode.S_IFMT) == Mode.S_IFLNK)
                    {
                        entry.TargetLength = (ushort)Math.Max(HostName.ReadLinkAt(fd, name, _target), 0);
                    }
                }

                if (used + s_mostOverhead + entry.NameLength + entry.TargetLength > FilesLimits.Data)
                {
                    channel.ReplyEntries(sequence, used, count, hasMore: true);
                    used = 0;
                    count = 0;
                }

                used += Append(channel.Body[used..], entry, stat, name[..^1], _target.AsSpan(0, entry.TargetLength));
                count++;
            }
        }
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
}

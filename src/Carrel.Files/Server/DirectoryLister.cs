using System;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Files;

/// <summary>Reads a whole directory with the attributes of its entries and the texts of its symlinks (a "readdirplus"), a message full at a time.</summary>
internal sealed class DirectoryLister(FilesChannel channel)
{
    private const int MaxTarget = 4095;

    private readonly byte[] _records = new byte[32768];
    private readonly byte[] _target = new byte[MaxTarget];

    /// <summary>Answers with all entries, or with an errno if the directory cannot be read at all.</summary>
    internal void List(ServedTree tree, int directory, ReadOnlySpan<byte> path, uint sequence)
    {
        int fd = HostName.OpenAt2(directory, ".\0"u8, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC, 0, ServedTree.Confined);
        if (fd < 0)
        {
            channel.ReplyError(sequence, (Errno)(-fd));
            return;
        }

        Errno error = Send(tree, fd, path, sequence);
        HostFd.Close(fd);
        if (error != Errno.OK)
        {
            channel.ReplyError(sequence, error);
        }
    }

    private Errno Send(ServedTree tree, int fd, ReadOnlySpan<byte> path, uint sequence)
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
                if (name.SequenceEqual(".\0"u8) || name.SequenceEqual("..\0"u8)
                    || tree.Stat(fd, path, name, out StatxBuf stat) < 0)
                {
                    continue; // gone meanwhile
                }

                int target = 0;
                if ((stat.Mode & Mode.S_IFMT) == Mode.S_IFLNK)
                {
                    target = (int)Math.Max(HostName.ReadLinkAt(fd, name, _target), 0);
                }

                if (used + Wire.Size<FilesEntry>() + name.Length - 1 + target > FilesLimits.Data)
                {
                    channel.ReplyEntries(sequence, used, count, hasMore: true);
                    used = 0;
                    count = 0;
                }

                used += Append(channel.Body[used..], stat, name[..^1], _target.AsSpan(0, target));
                count++;
            }
        }
    }

    private static int Append(Span<byte> destination, in StatxBuf stat, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        int head = Wire.Size<FilesEntry>();
        Wire.Write(destination, new FilesEntry { Attributes = HostAttributeReader.From(stat), NameLength = (ushort)name.Length, TargetLength = (ushort)target.Length });
        name.CopyTo(destination[head..]);
        target.CopyTo(destination[(head + name.Length)..]);
        return head + name.Length + target.Length;
    }
}

using System;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Files;

/// <summary>
/// Answers the requests of one kernel process, one after the other. It trusts nothing in them: a malformed message ends the service, a request outside
/// the trees gets an errno.
/// </summary>
internal sealed class FilesServer(FilesChannel channel, ServedTree[] trees)
{
    // Found now: a filter may forbid to look for it later.
    private readonly HostProgram _program = new();
    private readonly DirectoryLister _lister = new(channel);
    private readonly TreeChanger _changer = new(channel);

    /// <summary>Serves until the other end is gone.</summary>
    internal void Run()
    {
        while (RequestView.TryParse(channel.Receive(), out RequestView request))
        {
            Serve(request);
        }
    }

    private void Serve(in RequestView request)
    {
        uint sequence = request.Header.Sequence;
        if (request.Header.Operation == FilesOperation.Rest)
        {
            channel.Reply(sequence, 0);
            _program.DropUnusedCode();
            return;
        }

        if (request.Header.Tree >= trees.Length)
        {
            channel.ReplyError(sequence, Errno.EINVAL);
            return;
        }

        ServedTree tree = trees[request.Header.Tree];
        Errno error = RequestView.CheckPath(request.Path);
        if (error == Errno.OK)
        {
            error = RequestView.CheckName(request.Name);
        }

        bool isChange = request.Header.Operation is >= FilesOperation.Create or FilesOperation.OpenWritable;
        if (error == Errno.OK && isChange && !tree.IsWritable)
        {
            error = Errno.EROFS;
        }

        if (error != Errno.OK)
        {
            channel.ReplyError(sequence, error);
            return;
        }

        int directory = tree.OpenDirectory(request.Path);
        if (directory < 0)
        {
            if (directory == ServedTree.Hidden && request.Header.Operation == FilesOperation.List)
            {
                channel.ReplyEntries(sequence, 0, 0, hasMore: false, 0);
            }
            else
            {
                channel.ReplyError(sequence, directory == ServedTree.Hidden ? Errno.ENOENT : (Errno)(-directory));
            }

            return;
        }

        error = isChange && request.Header.Operation != FilesOperation.OpenWritable
            ? _changer.Serve(tree, directory, request)
            : Read(tree, directory, request);
        if (error != Errno.OK)
        {
            channel.ReplyError(sequence, error);
        }

        tree.CloseDirectory(directory);
    }

    /// <summary>Replies, or gives the errno to reply with.</summary>
    private Errno Read(ServedTree tree, int directory, in RequestView request)
    {
        if (request.Header.Operation == FilesOperation.List)
        {
            _lister.List(tree, directory, request.Path, request.Header.Sequence, request.Header.Flags);
            return Errno.OK;
        }

        if (request.Header.Operation == FilesOperation.ListBelow)
        {
            return _lister.ListBelow(tree, directory, request);
        }

        int result = tree.Stat(directory, request.Path, request.Name, out StatxBuf stat);
        if (result < 0)
        {
            return (Errno)(-result);
        }

        switch (request.Header.Operation)
        {
            case FilesOperation.Lookup:
                channel.Reply(request.Header.Sequence, PutEntry(directory, request, stat));
                return Errno.OK;
            case FilesOperation.Open:
                return Open(tree, directory, request, stat, OpenFlags.O_RDONLY);
            case FilesOperation.OpenWritable:
                return Open(tree, directory, request, stat, OpenFlags.O_RDWR);
            case FilesOperation.ReadLink:
                long n = HostName.ReadLinkAt(directory, request.Name, channel.Body[..4095]);
                if (n < 0)
                {
                    return (Errno)(-n);
                }

                channel.Reply(request.Header.Sequence, (int)n);
                return Errno.OK;
            case FilesOperation.GetXattr:
            case FilesOperation.ListXattr:
                return ReadXattr(directory, request, stat);
            case FilesOperation.StatFs:
                if (HostFd.StatFs(directory, out StatFs fs) is < 0 and var failure)
                {
                    return (Errno)(-failure);
                }

                channel.Reply(request.Header.Sequence, fs);
                return Errno.OK;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>Attributes, and a symlink's text with them.</summary>
    private int PutEntry(int directory, in RequestView request, in StatxBuf stat)
    {
        Wire.Write(channel.Body, HostAttributeReader.From(stat));
        int size = Wire.Size<FileAttributes>();
        return (stat.Mode & Mode.S_IFMT) == Mode.S_IFLNK
            ? size + (int)Math.Max(HostName.ReadLinkAt(directory, request.Name, channel.Body.Slice(size, 4095)), 0)
            : size;
    }

    private Errno Open(ServedTree tree, int directory, in RequestView request, in StatxBuf stat, OpenFlags access)
    {
        // Looked at before it is opened: an open of a device or FIFO may act on it.
        uint type = stat.Mode & Mode.S_IFMT;
        if (type != Mode.S_IFREG)
        {
            return type switch { Mode.S_IFDIR => Errno.EISDIR, Mode.S_IFLNK => Errno.ELOOP, _ => Errno.ENXIO };
        }

        int fd = OpenRegular(tree, directory, request.Name, access, out StatxBuf opened);
        if (fd < 0)
        {
            return (Errno)(-fd);
        }

        channel.Reply(request.Header.Sequence, HostAttributeReader.From(opened), fd);
        HostFd.Close(fd);
        return Errno.OK;
    }

    /// <summary>Opens an entry and makes sure that what was opened is a regular file of a mount that may be shown.</summary>
    internal static int OpenRegular(ServedTree tree, int directory, ReadOnlySpan<byte> name, OpenFlags access, out StatxBuf stat)
    {
        const OpenFlags Always = OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC;
        stat = default;
        int fd = HostName.OpenAt2(directory, name, access | Always, 0, ServedTree.Confined);
        if (fd < 0)
        {
            return fd;
        }

        int result = HostName.StatxAt(fd, "\0"u8, At.AT_EMPTY_PATH, ServedTree.AttributeMask, out stat);
        if (result >= 0 && ((stat.Mode & Mode.S_IFMT) != Mode.S_IFREG || !tree.IsVisible(fd, stat.MntId)))
        {
            result = -(int)Errno.ENXIO;
        }

        if (result < 0)
        {
            HostFd.Close(fd);
            return result;
        }

        return fd;
    }

    private Errno ReadXattr(int directory, in RequestView request, in StatxBuf stat)
    {
        bool isList = request.Header.Operation == FilesOperation.ListXattr;
        string attribute = Wire.ReadText(request.SecondName[..^1]);
        if (!isList && !XattrRules.IsServed(attribute))
        {
            return Errno.EOPNOTSUPP;
        }

        uint type = stat.Mode & Mode.S_IFMT;
        if (type is not (Mode.S_IFREG or Mode.S_IFDIR))
        {
            // Attributes of a symlink or special file cannot be read without a path.
            if (!isList)
            {
                return Errno.ENODATA;
            }

            channel.Reply(request.Header.Sequence, 0);
            return Errno.OK;
        }

        int fd = OpenForAttributes(directory, request.Name);
        if (fd < 0)
        {
            return (Errno)(-fd);
        }

        long n = isList ? HostXattr.List(fd, channel.Body[..FilesLimits.Data]) : HostXattr.Get(fd, attribute, channel.Body[..FilesLimits.Data]);
        HostFd.Close(fd);
        if (n < 0)
        {
            return (Errno)(-n);
        }

        channel.Reply(request.Header.Sequence, isList ? XattrRules.Filter(channel.Body[..(int)n]) : (int)n);
        return Errno.OK;
    }

    /// <summary>A regular file or directory, opened for reading because xattr calls refuse O_PATH descriptors.</summary>
    internal static int OpenForAttributes(int directory, ReadOnlySpan<byte> name) => HostName.OpenAt2(directory, name.Length == 1 ? ".\0"u8 : name,
        OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC, 0, ServedTree.Confined);
}

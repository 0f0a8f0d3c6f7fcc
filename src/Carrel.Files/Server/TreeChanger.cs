using System;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Files;

/// <summary>The requests that change a writable tree. Every call names one entry of an open directory and follows no symlink.</summary>
internal sealed class TreeChanger(FilesChannel channel)
{
    private const long UtimeOmit = 0x3ffffffe;

    // Read when the server is made: the filter allows no getuid() later, and statics are initialised on first use.
    private readonly uint _uid = HostCredentials.UserId, _gid = HostCredentials.GroupId;

    /// <summary>Replies, or gives the errno to reply with.</summary>
    internal Errno Serve(ServedTree tree, int directory, in RequestView request)
    {
        FilesOperation operation = request.Header.Operation;
        if (request.Name.Length == 1 && operation is not (FilesOperation.SetAttributes or FilesOperation.SetXattr or FilesOperation.RemoveXattr or FilesOperation.Sync))
        {
            return Errno.EINVAL;
        }

        string name = Wire.ReadText(request.Name[..^1]);
        long result = operation switch
        {
            FilesOperation.Create => Create(directory, name, request),
            FilesOperation.MakeDirectory => MakeDirectory(directory, name, request),
            FilesOperation.MakeSymlink => MakeSymlink(directory, name, request),
            FilesOperation.Unlink => HostPath.UnlinkAt(directory, name, 0),
            FilesOperation.RemoveDirectory => HostPath.UnlinkAt(directory, name, At.AT_REMOVEDIR),
            FilesOperation.MakeLink or FilesOperation.Rename => WithSecond(tree, directory, name, request),
            FilesOperation.SetAttributes => SetAttributes(tree, directory, request),
            FilesOperation.SetXattr or FilesOperation.RemoveXattr => SetXattr(directory, request),
            FilesOperation.Sync => Sync(directory, request),
            _ => -(long)Errno.EINVAL,
        };
        if (result < 0)
        {
            return (Errno)(-result);
        }

        if (operation is not (FilesOperation.Create or FilesOperation.MakeDirectory or FilesOperation.MakeSymlink))
        {
            channel.Reply(request.Header.Sequence, 0);
            return Errno.OK;
        }

        int stated = tree.Stat(directory, request.Path, request.Name, out StatxBuf stat);
        if (stated < 0)
        {
            return (Errno)(-stated);
        }

        channel.Reply(request.Header.Sequence, HostAttributeReader.From(stat));
        return Errno.OK;
    }

    private long Create(int directory, string name, in RequestView request)
    {
        uint mode = request.Header.Mode;
        switch (mode & Mode.S_IFMT)
        {
            case Mode.S_IFREG:
                int fd = HostPath.OpenAt2(directory, name, OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC,
                    mode & 0xfff, ServedTree.Confined);
                return fd < 0 ? fd : TakeOwnership(fd, request);
            case Mode.S_IFIFO or Mode.S_IFSOCK:
                int made = HostPath.MakeNodeAt(directory, name, mode, 0);
                return made < 0 ? made : TakeOwnership(OpenPath(directory, name), request);
            default:
                return -(long)Errno.EPERM;
        }
    }

    private long MakeDirectory(int directory, string name, in RequestView request)
    {
        int result = HostPath.MakeDirectoryAt(directory, name, request.Header.Mode & 0xfff);
        return result < 0 ? result : TakeOwnership(OpenPath(directory, name), request);
    }

    private long MakeSymlink(int directory, string name, in RequestView request)
    {
        int result = HostPath.SymlinkAt(Wire.ReadText(request.SecondPath[..^1]), directory, name);
        return result < 0 ? result : TakeOwnership(OpenPath(directory, name), request);
    }

    /// <summary>Gives a new file to the guest's user; closes the descriptor. Where the server may not chown (not root), it stays the caller's.</summary>
    private long TakeOwnership(int fd, in RequestView request)
    {
        if (fd < 0)
        {
            return fd;
        }

        if (request.Header.Uid != _uid || request.Header.Gid != _gid)
        {
            HostPath.ChangeOwnerAt(fd, "", request.Header.Uid, request.Header.Gid, At.AT_EMPTY_PATH);
        }

        // chown takes set-id bits away, and mkdir(2) does not set them in the first place.
        if ((request.Header.Mode & 0xe00) != 0 && (request.Header.Mode & Mode.S_IFMT) != Mode.S_IFLNK)
        {
            HostName.ChangeMode(fd, request.Header.Mode & 0xfff);
        }

        HostFd.Close(fd);
        return 0;
    }

    private static long WithSecond(ServedTree tree, int directory, string name, in RequestView request)
    {
        Errno error = RequestView.CheckPath(request.SecondPath);
        error = error != Errno.OK ? error : RequestView.CheckName(request.SecondName);
        if (error != Errno.OK || request.SecondName.Length == 1)
        {
            return -(long)(error != Errno.OK ? error : Errno.EINVAL);
        }

        int other = tree.OpenDirectory(request.SecondPath);
        if (other < 0)
        {
            return other == ServedTree.Hidden ? -(long)Errno.ENOENT : other;
        }

        string otherName = Wire.ReadText(request.SecondName[..^1]);
        long result = request.Header.Operation == FilesOperation.MakeLink
            ? HostPath.LinkAt(other, otherName, directory, name, 0)
            : HostPath.RenameAt(directory, name, other, otherName, (Renameat2)request.Header.Flags & (Renameat2.RENAME_NOREPLACE | Renameat2.RENAME_EXCHANGE));
        tree.CloseDirectory(other);
        return result;
    }

    private static long SetAttributes(ServedTree tree, int directory, in RequestView request)
    {
        var mask = (AttributeMask)request.Header.Flags;
        long result = 0;
        if ((mask & AttributeMask.Size) != 0)
        {
            int file = FilesServer.OpenRegular(tree, directory, request.Name, OpenFlags.O_WRONLY, out _);
            if (file < 0)
            {
                return file;
            }

            result = HostFd.Truncate(file, request.Header.Size);
            HostFd.Close(file);
            if (result < 0)
            {
                return result;
            }
        }

        int fd = request.Name.Length == 1 ? directory : OpenPath(directory, Wire.ReadText(request.Name[..^1]));
        if (fd < 0)
        {
            return fd;
        }

        if ((mask & AttributeMask.Owner) != 0)
        {
            result = HostPath.ChangeOwnerAt(fd, "", request.Header.Uid, request.Header.Gid, At.AT_EMPTY_PATH);
        }

        if (result >= 0 && (mask & AttributeMask.Mode) != 0)
        {
            result = HostName.ChangeMode(fd, request.Header.Mode & 0xfff);
        }

        if (result >= 0 && (mask & (AttributeMask.AccessTime | AttributeMask.ModifyTime)) != 0)
        {
            FilesRequest h = request.Header;
            result = HostPath.SetTimesAt(fd, "",
                (mask & AttributeMask.AccessTime) != 0 ? Time(h.AccessSeconds, h.AccessNanoseconds) : Time(0, UtimeOmit),
                (mask & AttributeMask.ModifyTime) != 0 ? Time(h.ModifySeconds, h.ModifyNanoseconds) : Time(0, UtimeOmit), At.AT_EMPTY_PATH);
        }

        if (fd != directory)
        {
            HostFd.Close(fd);
        }

        return result;
    }

    private static long SetXattr(int directory, in RequestView request)
    {
        string attribute = Wire.ReadText(request.SecondName[..^1]);
        if (!XattrRules.IsServed(attribute))
        {
            return -(long)Errno.EOPNOTSUPP;
        }

        int fd = FilesServer.OpenForAttributes(directory, request.Name);
        if (fd < 0)
        {
            return fd;
        }

        long result = request.Header.Operation == FilesOperation.SetXattr
            ? HostXattr.Set(fd, attribute, request.Data, (int)request.Header.Flags)
            : HostXattr.Remove(fd, attribute);
        HostFd.Close(fd);
        return result;
    }

    private static long Sync(int directory, in RequestView request)
    {
        int fd = FilesServer.OpenForAttributes(directory, request.Name);
        if (fd < 0)
        {
            return fd;
        }

        long result = HostFd.Sync(fd, dataOnly: false);
        HostFd.Close(fd);
        return result;
    }

    private static int OpenPath(int directory, string name) =>
        HostPath.OpenAt2(directory, name, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC, 0, ServedTree.Confined);

    private static TimeSpec Time(long seconds, long nanoseconds) => new() { Sec = seconds, Nsec = nanoseconds };
}

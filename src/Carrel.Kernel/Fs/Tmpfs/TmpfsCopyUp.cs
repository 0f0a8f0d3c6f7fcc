using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>Fills a new tmpfs with what a directory holds that it is about to lie over ("tmpcopyup" of an OCI mount). Before there is a guest.</summary>
public sealed class TmpfsCopyUp(LinuxKernel kernel)
{
    private const int MaxEntries = 4000;
    private const int MaxDepth = 64;
    private const int ChunkSize = 65536;

    private readonly Credentials _root = Credentials.Root(Credentials.AllCapabilities);
    private int _count;

    /// <summary>Copies a directory's contents, with owners, modes and times. What is neither a file, a directory nor a symlink is left out.</summary>
    /// <returns>E2BIG: more than 4000 entries.</returns>
    public Errno Copy(Path from, Inode to)
    {
        TakeAttributes(from.Inode, to);
        return CopyDirectory(from, to, 0);
    }

    private Errno CopyDirectory(Path from, Inode to, int depth)
    {
        var names = new Names();
        long position = 2;
        Errno error = depth == MaxDepth ? Errno.ELOOP : from.Inode.ReadDirectory(null!, ref position, names);
        foreach (string name in names.All)
        {
            Result<Dentry> child = error == Errno.OK ? kernel.Dentries.Lookup(from.Dentry, name) : error;
            if (child.Failed)
            {
                return child.Error;
            }

            if (child.Value.Inode is not { } inode)
            {
                continue;
            }

            if (++_count > MaxEntries)
            {
                return Errno.E2BIG;
            }

            error = CopyEntry(new Path(from.Mount, child.Value), inode, to, name, depth);
        }

        return error;
    }

    private Errno CopyEntry(Path path, Inode inode, Inode to, string name, int depth)
    {
        Result<Inode> made;
        switch (inode.Type)
        {
            case Mode.S_IFDIR:
                made = to.CreateDirectory(name, inode.Mode, _root);
                break;
            case Mode.S_IFLNK:
                Result<string> target = inode.ReadLink(null!);
                made = target.Failed ? target.Error : to.CreateSymlink(name, target.Value, _root);
                break;
            case Mode.S_IFREG:
                made = to.Create(name, inode.Mode, 0, _root);
                break;
            default:
                return Errno.OK;
        }

        if (made.Failed)
        {
            return made.Error;
        }

        Errno error = inode.Type switch
        {
            Mode.S_IFDIR => CopyDirectory(path, made.Value, depth + 1),
            Mode.S_IFREG => CopyData(path, inode, ((TmpfsFile)made.Value).Data),
            _ => Errno.OK,
        };
        TakeAttributes(inode, made.Value);
        return error;
    }

    private static Errno CopyData(Path path, Inode inode, FramePages to)
    {
        Result<FileDescription> opened = inode.Open(null!, path, OpenFlags.O_RDONLY);
        if (opened.Failed)
        {
            return opened.Error;
        }

        var buffer = new byte[ChunkSize];
        Errno error = Errno.OK;
        for (long offset = 0; error == Errno.OK;)
        {
            long n = opened.Value.ReadAt(null!, IoIterator.FromKernel(buffer), offset).Value;
            if (n <= 0)
            {
                error = (Errno)(-n);
                break;
            }

            error = to.Write(offset, buffer.AsSpan(0, (int)n));
            offset += n;
        }

        opened.Value.Release();
        return error;
    }

    private static void TakeAttributes(Inode from, Inode to)
    {
        from.Refresh();
        (to.Uid, to.Gid) = (from.Uid, from.Gid);
        to.Mode = from.Mode;
        (to.AccessTime, to.ModifyTime) = (from.AccessTime, from.ModifyTime);
    }

    private sealed class Names : IDirectorySink
    {
        internal List<string> All { get; } = [];

        public bool Add(string name, ulong inode, byte type, long next)
        {
            if (name is not ("." or ".."))
            {
                All.Add(name);
            }

            return All.Count <= MaxEntries;
        }
    }
}

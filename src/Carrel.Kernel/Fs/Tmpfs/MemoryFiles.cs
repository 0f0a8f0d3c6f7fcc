using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>Files in memory that no directory names: memfds, System V shared memory (Linux's internal shm_mnt).</summary>
public sealed class MemoryFiles(LinuxKernel kernel)
{
    public TmpfsFileSystem FileSystem { get; } = new(kernel, new TmpfsOptions { Inodes = long.MaxValue });

    /// <summary>A file without a name: it goes with its last user.</summary>
    public TmpfsFile NewFile(uint mode, Credentials owner, int seals)
    {
        FileSystem.TryAddInode();
        return new TmpfsFile(FileSystem, mode, seals) { Uid = owner.Fsuid, Gid = owner.Fsgid, LinkCount = 0 };
    }

    /// <summary>A file without a name that holds these bytes, open for reading and writing.</summary>
    public FileDescription OpenNew(string name, ReadOnlySpan<byte> content, Credentials owner)
    {
        TmpfsFile inode = NewFile(Mode.S_IFREG | 0x180, owner, Fcntl.F_SEAL_SEAL);
        inode.Data.Write(0, content);
        var file = new TmpfsDescription(inode, OpenFlags.O_RDWR | OpenFlags.O_APPEND | OpenFlags.O_LARGEFILE) { Path = NamelessPath(inode, $"/memfd:{name} (deleted)") };
        file.Opened(countsAsWriter: false);
        return file;
    }

    /// <summary>The first bytes of such a file.</summary>
    public static byte[] ReadHead(FileDescription file, int most)
    {
        var head = new byte[Math.Min(file.Inode.Size, most)];
        return file.Inode is TmpfsFile inode && inode.Data.Read(0, head) ? head : [];
    }

    /// <summary>A place outside of every tree, shown by its own name.</summary>
    public Path NamelessPath(Inode inode, string name) => new(FileSystem.InternalMount, new Dentry(null, name, inode));
}

using Carrel.Abi;
using Carrel.Kernel.Fs.Tmpfs;
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

    /// <summary>A place outside of every tree, shown by its own name.</summary>
    public Path NamelessPath(Inode inode, string name) => new(FileSystem.InternalMount, new Dentry(null, name, inode));
}

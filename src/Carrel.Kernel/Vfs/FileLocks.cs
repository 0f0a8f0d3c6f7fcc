namespace Carrel.Kernel.Vfs;

/// <summary>File locks on one inode: flock, POSIX, OFD.</summary>
public sealed partial class FileLocks
{
    /// <summary>Drops flock and OFD locks of a description that goes away.</summary>
    public void ReleaseDescription(FileDescription file)
    {
    }

    /// <summary>Drops the POSIX locks of a process: it closed some descriptor of the file.</summary>
    public void ReleasePosix(FdTable owner)
    {
    }
}

/// <summary>inotify marks on one inode.</summary>
public sealed partial class InotifyMarks
{
    /// <summary>The inode is being deleted.</summary>
    public void OnInodeGone(Inode inode)
    {
    }
}

/// <summary>inotify events of the VFS operations.</summary>
public static class InotifyEvents
{
    /// <summary>Something happened through an open file: its marks and those of its directory hear of it.</summary>
    public static void OnFile(FileDescription file, uint mask)
    {
    }

    /// <summary>An entry of a directory came or went.</summary>
    public static void OnEntry(Inode directory, uint mask, string name, Inode? child, uint cookie = 0)
    {
    }

    /// <summary>Something happened to an inode, known by its place.</summary>
    public static void OnPath(Dentry dentry, uint mask)
    {
    }
}

/// <summary>F_SETOWN, F_SETSIG, O_ASYNC (Linux's fown_struct).</summary>
public sealed partial class AsyncOwner
{
}

namespace Carrel.Kernel.Vfs;

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

    /// <summary>Something happened to an inode; its directories hear nothing of it.</summary>
    public static void OnInode(Inode inode, uint mask)
    {
    }

    /// <summary>A mount goes away: marks below it hear of it if it was the last of its file system.</summary>
    public static void OnUnmount(Mount mount)
    {
    }

    /// <summary>Something happened to an inode, known by its place.</summary>
    public static void OnPath(Dentry dentry, uint mask)
    {
    }
}

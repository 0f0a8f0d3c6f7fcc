namespace Carrel.Kernel.Vfs;

/// <summary>File locks on one inode: flock, POSIX, OFD.</summary>
public sealed partial class FileLocks
{
    /// <summary>Drops flock and OFD locks of a description that goes away.</summary>
    public void ReleaseDescription(FileDescription file)
    {
    }
}

/// <summary>inotify marks on one inode.</summary>
public sealed partial class InotifyMarks
{
}

/// <summary>F_SETOWN, F_SETSIG, O_ASYNC (Linux's fown_struct).</summary>
public sealed partial class AsyncOwner
{
}

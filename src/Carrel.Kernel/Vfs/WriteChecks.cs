using System;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>What every write to a regular file checks first: generic_write_checks() and file_remove_privs().</summary>
public static class WriteChecks
{
    /// <summary>Shortens the write to what RLIMIT_FSIZE and the file system allow. EFBIG, with SIGXFSZ for the limit.</summary>
    public static Errno Limit(Task task, Inode inode, IoIterator source, long offset)
    {
        ulong limit = task.Limit(Rlimit.RLIMIT_FSIZE);
        if (limit != Rlimit.RLIM_INFINITY)
        {
            if ((ulong)offset >= limit)
            {
                task.Signals.SendToSelf(Signal.SIGXFSZ);
                return Errno.EFBIG;
            }

            source.Truncate((long)Math.Min(limit - (ulong)offset, long.MaxValue));
        }

        long largest = inode.FileSystem.MaxFileSize;
        if (offset >= largest)
        {
            return Errno.EFBIG;
        }

        source.Truncate(largest - offset);
        return Errno.OK;
    }

    /// <summary>A write takes set-id bits and file capabilities away, unless the writer has CAP_FSETID.</summary>
    public static void RemovePrivileges(Task task, Inode inode)
    {
        if (AttributeRules.ModeWithoutPrivileges(task, inode) is { } mode)
        {
            inode.SetAttributes(task, new AttributeChange { Mode = mode });
        }

        AttributeRules.DropFileCapabilities(inode);
    }
}

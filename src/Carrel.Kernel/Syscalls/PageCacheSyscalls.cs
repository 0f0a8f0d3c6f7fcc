using System;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>cachestat(2): how much of a file is in memory.</summary>
public static class PageCacheSyscalls
{
    private const long PageSize = 4096;

    /// <summary>struct cachestat_range.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Range
    {
        public ulong Offset, Length;
    }

    /// <summary>struct cachestat: pages.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Statistics
    {
        public ulong Cached, Dirty, UnderWriteback, Evicted, RecentlyEvicted;
    }

    /// <summary>Files are in memory as a whole, and nothing is ever waiting to be written to a disk.</summary>
    [Syscall(Nr.cachestat)]
    public static SyscallResult CacheStat(Task task, Fd fd, UserPtr<Range> range, UserPtr<Statistics> statistics, uint flags)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        if (!range.TryRead(task, out Range asked))
        {
            return Errno.EFAULT;
        }

        if (!MayAsk(task, file.Value))
        {
            return Errno.EPERM;
        }

        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        ulong first = asked.Offset / PageSize;
        ulong last = asked.Length == 0 ? ulong.MaxValue : unchecked(asked.Offset + asked.Length - 1) / PageSize;
        var answer = new Statistics { Cached = CountPages(file.Value.Inode, first, last) };
        return statistics.TryWrite(task, answer) ? 0 : Errno.EFAULT;
    }

    /// <summary>can_do_cachestat()</summary>
    private static bool MayAsk(Task task, FileDescription file) =>
        file.IsWritable || Permission.IsOwnerOrCapable(task.Credentials, file.Inode) || Permission.Check(task, file.Inode, Permission.MayWrite) == Errno.OK;

    private static ulong CountPages(Inode inode, ulong first, ulong last)
    {
        long pages = inode.IsRegular ? (inode.Size + PageSize - 1) / PageSize : 0;
        if (inode.Pages is null || pages <= 0 || first >= (ulong)pages || last < first)
        {
            return 0;
        }

        long end = (long)Math.Min(last, (ulong)pages - 1) + 1;
        if (inode is not TmpfsFile file)
        {
            return (ulong)(end - (long)first);
        }

        // Holes are not cached.
        ulong count = 0;
        for (long at = (long)first; at < end;)
        {
            long data = file.Find(at * PageSize, data: true) / PageSize;
            if (data >= end || data * PageSize >= file.Size)
            {
                break;
            }

            long hole = Math.Min(end, (file.Find(data * PageSize, data: false) + PageSize - 1) / PageSize);
            count += (ulong)(hole - data);
            at = Math.Max(hole, data + 1);
        }

        return count;
    }
}

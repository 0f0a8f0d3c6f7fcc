using System;
using System.Linq;
using System.Threading;
using Carrel.Abi;

namespace Carrel.Runtime.Cgroups;

/// <summary>Removes a cgroup with all below it.</summary>
internal static class CgroupRemover
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Null, or why it is still there. A process that has just died holds its cgroup a moment longer (EBUSY), so that is waited for.</summary>
    public static string? Remove(Cgroup group)
    {
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        for (int wait = 1; ; wait = Math.Min(wait * 2, 100))
        {
            Errno error = RemoveTree(group);
            if (error is Errno.OK)
            {
                return null;
            }

            if (error != Errno.EBUSY || Environment.TickCount64 > deadline)
            {
                int[] left = group.Tree().SelectMany(at => at.OwnProcesses()).Take(10).ToArray();
                return $"remove cgroup {group.Path}: {error}" + (left.Length > 0 ? $" (processes {string.Join(", ", left)})" : "");
            }

            Thread.Sleep(wait);
        }
    }

    // The usual case, an empty cgroup without children, is one rmdir.
    private static Errno RemoveTree(Cgroup group)
    {
        Errno error = group.RemoveEmpty();
        if (error == Errno.EBUSY)
        {
            foreach (Cgroup child in group.Tree().Skip(1).Reverse())
            {
                _ = child.RemoveEmpty();
            }

            error = group.RemoveEmpty();
        }

        return error == Errno.ENOENT ? Errno.OK : error;
    }
}

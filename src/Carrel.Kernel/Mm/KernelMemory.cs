using System;
using System.Linq;
using Carrel.Machine;

namespace Carrel.Kernel.Mm;

/// <summary>
/// What our kernel and the host's side of guest processes take. It comes out of the container's limit, as kernel memory does on Linux (cgroup-v2.rst, "kernel"), and grows
/// with what guests do: they have to make do with less, or go, before the host ends the carrel as a whole.
/// </summary>
internal sealed class KernelMemory(LinuxKernel kernel)
{
    // Measured: the processes without their heaps; page tables, stack and structures of a stub; those of a thread more.
    private const long Processes = 3 << 20, Space = 88 << 10, Thread = 32 << 10;

    private int _collections;

    private long Limit => kernel.Options.Cgroup.OomSize;

    /// <summary>A process more can be had.</summary>
    public bool HasRoomForSpace()
    {
        if (Limit == 0 || Excess() + Space <= 0)
        {
            return true;
        }

        Shrink();
        return Excess() + Space <= 0;
    }

    /// <summary>To be called often: looks whenever the heap has been collected. True if a process was ended.</summary>
    public bool Check()
    {
        if (Limit == 0 || GC.CollectionCount(0) == _collections)
        {
            return false;
        }

        bool hasKilled = false;
        if (Excess() > 0)
        {
            Shrink();
            hasKilled = Excess() > 0 && kernel.OomKiller.KillForKernelMemory();
        }

        _collections = GC.CollectionCount(0);
        return hasKilled;
    }

    // What is only kept because it may be asked for again goes first.
    private void Shrink()
    {
        kernel.Dentries.Shrink();
        kernel.Frames.Trim();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private long Excess()
    {
        int spaces = kernel.Pids.Groups.Count(group => !group.IsZombie);
        long threads = Math.Max(0, kernel.Pids.TaskCount - spaces);
        long heap = GC.GetTotalMemory(forceFullCollection: false);
        return Processes + heap + (heap / 4) + (spaces * Space) + (threads * Thread) + (kernel.Frames.UsedPages * FrameStore.PageSize) - Limit;
    }
}

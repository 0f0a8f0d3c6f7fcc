using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Mm;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>System V shared memory of a namespace, shm_overview's older sibling sysvipc(7).</summary>
public sealed class SharedMemory
{
    private readonly IpcTable<SharedSegment> _table = new(Abi.Ipc.SHMMNI);

    internal SharedMemory(IpcNamespace @namespace) => Namespace = @namespace;

    internal IpcNamespace Namespace { get; }

    internal IpcTable<SharedSegment> Table => _table;

    /// <summary>By rising slot, for /proc/sysvipc/shm.</summary>
    public IEnumerable<SharedSegment> Segments => _table.All;

    /// <summary>shm_tot.</summary>
    public long TotalPages { get; private set; }

    internal long Now => Namespace.Kernel.Clock.Realtime / KernelClock.NanosecondsPerSecond;

    /// <summary>newseg().</summary>
    internal Result<int> Create(Task task, int key, ulong size, int flags)
    {
        if (size < Abi.Ipc.SHMMIN || size > Abi.Ipc.SHMMAX)
        {
            return Errno.EINVAL;
        }

        ulong pages = (size / Vma.PageSize) + (size % Vma.PageSize == 0 ? 0UL : 1);
        if (_table.Count >= _table.Limit)
        {
            return Errno.ENOSPC;
        }

        // There are no huge pages to reserve; and as for any memory, more than all of it at once is refused (__vm_enough_memory()).
        LinuxKernel kernel = Namespace.Kernel;
        if ((flags & Abi.Ipc.SHM_HUGETLB) != 0 || pages > (ulong)kernel.Frames.LimitPages)
        {
            return Errno.ENOMEM;
        }

        long frame = kernel.Frames.Allocate((long)pages);
        if (frame < 0)
        {
            return Errno.ENOMEM;
        }

        var segment = new SharedSegment(this, task, key, size, flags, frame, (long)pages);
        Errno error = _table.Add(segment);
        if (error != Errno.OK)
        {
            segment.Memory.Release();
            return error;
        }

        TotalPages += (long)pages;
        return segment.Id;
    }

    /// <summary>do_shm_rmid(): gone at once, or with the last detach.</summary>
    internal void Remove(SharedSegment segment)
    {
        if (segment.Memory.Attachments == 0)
        {
            Destroy(segment);
            return;
        }

        segment.Mode |= Abi.Ipc.SHM_DEST;
        _table.HideKey(segment);
    }

    /// <summary>shm_destroy().</summary>
    internal void Destroy(SharedSegment segment)
    {
        if (!segment.IsRemoved)
        {
            TotalPages -= segment.Memory.Pages;
            _table.Remove(segment);
            segment.Memory.Release();
        }
    }

    internal void Destroy()
    {
        foreach (SharedSegment segment in new List<SharedSegment>(_table.All))
        {
            Remove(segment);
        }
    }
}

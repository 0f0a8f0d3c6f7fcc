using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>The semaphore sets of a namespace.</summary>
public sealed class Semaphores
{
    private const int BytesPerSemaphore = 8;
    private const int BytesPerSet = 256;
    private readonly IpcNamespace _namespace;

    internal Semaphores(IpcNamespace @namespace) => _namespace = @namespace;

    internal IpcTable<SemaphoreSet> Table { get; } = new(Abi.Ipc.SEMMNI);

    /// <summary>By rising slot, for /proc/sysvipc/sem.</summary>
    public IEnumerable<SemaphoreSet> Sets => Table.All;

    /// <summary>used_sems.</summary>
    public int Used { get; private set; }

    /// <summary>newary().</summary>
    internal Result<int> Create(Task task, int key, int count, int flags)
    {
        if (count == 0)
        {
            return Errno.EINVAL;
        }

        if (count > Abi.Ipc.SEMMNS - Used || Table.Count >= Table.Limit)
        {
            return Errno.ENOSPC;
        }

        if (!_namespace.Kernel.IpcMemory.TryCharge(Cost(count)))
        {
            return Errno.ENOMEM;
        }

        var set = new SemaphoreSet(task, key, count, flags);
        Table.Add(set);
        Used += count;
        return set.Id;
    }

    internal void Remove(SemaphoreSet set)
    {
        Table.Remove(set);
        Used -= set.Count;
        _namespace.Kernel.IpcMemory.Uncharge(Cost(set.Count));
        set.OnRemoved();
    }

    internal void Destroy()
    {
        foreach (SemaphoreSet set in new List<SemaphoreSet>(Table.All))
        {
            Remove(set);
        }
    }

    private static long Cost(int count) => BytesPerSet + ((long)count * BytesPerSemaphore);
}

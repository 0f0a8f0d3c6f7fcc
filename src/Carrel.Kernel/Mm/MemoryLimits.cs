using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>Resource limits and overcommit, as mmap and its relatives check them.</summary>
internal static class MemoryLimits
{
    /// <summary>A soft limit; none if nobody is known to ask.</summary>
    public static ulong Get(ThreadGroup? group, int resource) => group?.Limits.Soft(resource) ?? Rlimit.RLIM_INFINITY;

    /// <summary>may_expand_vm(): RLIMIT_AS and RLIMIT_DATA. <paramref name="freed"/>: bytes a MAP_FIXED will replace.</summary>
    public static bool MayExpand(MemoryManager mm, Prot prot, VmaFlags flags, ulong length, ulong freed = 0)
    {
        ulong total = ((ulong)mm.TotalPages * Vma.PageSize) - freed;
        if (length > mm.Limit(Rlimit.RLIMIT_AS) || total > mm.Limit(Rlimit.RLIMIT_AS) - length)
        {
            return false;
        }

        ulong data = (ulong)mm.DataPages * Vma.PageSize;
        ulong limit = mm.Limit(Rlimit.RLIMIT_DATA);
        return !MemoryManager.IsData(prot, flags) || (length <= limit && data <= limit - length);
    }

    /// <summary>__vm_enough_memory() of the default heuristic: only what exceeds all memory at once is refused.</summary>
    public static bool IsOvercommit(MemoryManager mm, Prot prot, VmaFlags flags, ulong length) =>
        (prot & Prot.PROT_WRITE) != 0 && (flags & (VmaFlags.Shared | VmaFlags.NoReserve)) == 0
        && length / Vma.PageSize > (ulong)System.Math.Max(mm.Frames.LimitPages, mm.Kernel.Options.OvercommitPages);

    /// <summary>can_do_mlock().</summary>
    public static bool MayLock(MemoryManager mm, Task task) =>
        mm.Limit(Rlimit.RLIMIT_MEMLOCK) != 0 || task.Credentials.HasCapability(Capability.CAP_IPC_LOCK);

    /// <summary>mlock_future_ok().</summary>
    public static bool MayLockMore(MemoryManager mm, Task? task, ulong length)
    {
        ulong limit = mm.Limit(Rlimit.RLIMIT_MEMLOCK);
        ulong locked = (ulong)mm.LockedPages * Vma.PageSize;
        return task is null || task.Credentials.HasCapability(Capability.CAP_IPC_LOCK) || (length <= limit && locked <= limit - length);
    }
}

namespace Carrel.Kernel.Ipc.Futex;

/// <summary>A task that waits on one futex word (Linux's struct futex_q). Lives in the task's restart record between runs of the handler.</summary>
internal sealed class FutexWaiter(Task task, uint bitset)
{
    internal FutexWaiter? Next, Previous;

    public Task Task { get; } = task;

    public uint Bitset { get; } = bitset;

    /// <summary>The queue it is on; null once woken or gone.</summary>
    public FutexQueue? Queue { get; internal set; }

    /// <summary>FUTEX_WAIT_REQUEUE_PI: the key of the PI futex it is to be moved to.</summary>
    public FutexKey? RequeueTarget { get; init; }

    /// <summary>A wake-up was given to it.</summary>
    public bool IsWoken { get; set; }

    /// <summary>It waits for (or has been given) this PI futex.</summary>
    public PiState? Pi { get; set; }

    /// <summary>It owns the PI futex now.</summary>
    public bool HasLock { get; set; }
}

/// <summary>Waiters of one key, first come first served.</summary>
internal sealed class FutexQueue(FutexKey key)
{
    public FutexKey Key { get; } = key;

    public FutexWaiter? First { get; private set; }

    public FutexWaiter? Last { get; private set; }

    public bool IsEmpty => First is null;

    public void Add(FutexWaiter waiter)
    {
        waiter.Queue = this;
        waiter.Next = null;
        waiter.Previous = Last;
        if (Last is null) { First = waiter; } else { Last.Next = waiter; }
        Last = waiter;
    }

    public void Remove(FutexWaiter waiter)
    {
        if (waiter.Previous is null) { First = waiter.Next; } else { waiter.Previous.Next = waiter.Next; }
        if (waiter.Next is null) { Last = waiter.Previous; } else { waiter.Next.Previous = waiter.Previous; }
        waiter.Next = waiter.Previous = null;
        waiter.Queue = null;
    }
}

/// <summary>A PI futex that somebody waits for (Linux's struct futex_pi_state): the kernel knows its owner as long as there are waiters.</summary>
internal sealed class PiState(FutexKey key, MemoryManager mm, ulong address, Task owner)
{
    public FutexKey Key { get; } = key;

    /// <summary>Where a waiter sees the word: used to hand the lock over when the owner dies.</summary>
    public MemoryManager Mm { get; } = mm;

    public ulong Address { get; } = address;

    public Task Owner { get; set; } = owner;

    public FutexQueue Waiters { get; } = new(key);
}

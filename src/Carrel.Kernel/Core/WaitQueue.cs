using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Who waits: told of each wake-up of a queue it is on.</summary>
public abstract class Waiter
{
    /// <summary>Called with the kernel lock held, possibly several times. It must not add to or remove from <paramref name="entry"/>'s queue other entries than its own.</summary>
    /// <returns>true if this wake-up was consumed (counts for an exclusive waiter).</returns>
    public abstract bool OnWake(WaitEntry entry, PollEvents events);
}

/// <summary>One waiter's place on one queue.</summary>
public sealed class WaitEntry(Waiter waiter)
{
    internal WaitEntry? Next, Previous;

    /// <summary>The queue it is on, or null.</summary>
    public WaitQueue? Queue { get; internal set; }

    public Waiter Waiter { get; } = waiter;

    /// <summary>Exclusive entries stand behind the others and only one of them is woken at a time.</summary>
    public bool IsExclusive { get; set; }

    /// <summary>For the waiter's own use.</summary>
    public object? Tag { get; set; }

    /// <summary>Stands on a queue.</summary>
    public void AddTo(WaitQueue queue) => queue.Add(this);

    /// <summary>Leaves the queue, if on one.</summary>
    public void Remove() => Queue?.Remove(this);
}

/// <summary>Waiters for one condition (Linux's wait_queue_head). Guarded by the kernel lock.</summary>
public sealed class WaitQueue
{
    private WaitEntry? _first, _last;

    public bool IsEmpty => _first is null;

    public void Add(WaitEntry entry)
    {
        entry.Remove();
        entry.Queue = this;
        if (entry.IsExclusive || _first is null)
        {
            entry.Previous = _last;
            if (_last is null) { _first = entry; } else { _last.Next = entry; }
            _last = entry;
        }
        else
        {
            entry.Next = _first;
            _first.Previous = entry;
            _first = entry;
        }
    }

    public void Remove(WaitEntry entry)
    {
        if (entry.Queue != this)
        {
            return;
        }

        if (entry.Previous is null) { _first = entry.Next; } else { entry.Previous.Next = entry.Next; }
        if (entry.Next is null) { _last = entry.Previous; } else { entry.Next.Previous = entry.Previous; }
        entry.Next = entry.Previous = null;
        entry.Queue = null;
    }

    /// <summary>Wakes all shared waiters and up to <paramref name="exclusive"/> exclusive ones.</summary>
    public void Wake(PollEvents events = (PollEvents)0xffff, int exclusive = 1)
    {
        WaitEntry? entry = _first;
        while (entry is not null)
        {
            WaitEntry? next = entry.Next;
            bool consumed = entry.Waiter.OnWake(entry, events);
            if (consumed && entry.IsExclusive && --exclusive == 0)
            {
                return;
            }

            entry = next;
        }
    }

    /// <summary>Wakes one exclusive waiter and nobody else: who was woken alone did not take all.</summary>
    public void WakeNext(PollEvents events)
    {
        WaitEntry? entry = _first;
        while (entry is not null)
        {
            WaitEntry? next = entry.Next;
            if (entry.IsExclusive && entry.Waiter.OnWake(entry, events))
            {
                return;
            }

            entry = next;
        }
    }

    /// <summary>Wakes everybody.</summary>
    public void WakeAll(PollEvents events = (PollEvents)0xffff) => Wake(events, int.MaxValue);
}

/// <summary>Collects the queues that a Poll looked at (Linux's poll_table).</summary>
public abstract class PollTable
{
    /// <summary>Says that the readiness just reported changes when <paramref name="queue"/> is woken.</summary>
    public abstract void Add(WaitQueue queue);
}

using System;
using System.Collections.Generic;

namespace Carrel.Kernel;

/// <summary>Calls back at a point of the monotonic clock. Guarded by the kernel lock.</summary>
public sealed class KernelTimer(TimerQueue queue, Action callback)
{
    internal int Version;
    internal readonly Action Callback = callback;

    /// <summary>Nanoseconds of the monotonic clock; valid while <see cref="IsArmed"/>.</summary>
    public long Deadline { get; internal set; }

    public bool IsArmed { get; private set; }

    /// <summary>Arms or re-arms.</summary>
    public void Set(long deadline)
    {
        Cancel();
        Deadline = deadline;
        IsArmed = true;
        queue.LiveCount++;
        queue.Enqueue(this);
    }

    public void Cancel()
    {
        if (IsArmed)
        {
            IsArmed = false;
            queue.LiveCount--;
            Version++;
        }
    }
}

/// <summary>The carrel's pending timers; the host's timer thread sleeps until <see cref="NextDeadline"/>.</summary>
public sealed class TimerQueue
{
    // Each keeps what its callback refers to.
    private const int MostStale = 512;

    private readonly PriorityQueue<(KernelTimer Timer, int Version), long> _heap = new();

    /// <summary>Armed timers. What else the heap holds is stale.</summary>
    internal int LiveCount { get; set; }

    /// <summary>Entries of the heap, stale ones too.</summary>
    internal int HeapCount => _heap.Count;

    /// <summary>Called when the earliest deadline moves forward.</summary>
    public Action<long>? DeadlineChanged { get; set; }

    /// <summary>The earliest deadline, or <see cref="long.MaxValue"/>.</summary>
    public long NextDeadline
    {
        get
        {
            DropStale();
            return _heap.TryPeek(out _, out long deadline) ? deadline : long.MaxValue;
        }
    }

    internal void Enqueue(KernelTimer timer)
    {
        // Stale entries (cancelled or re-armed timers) are dropped lazily; rebuild if they pile up.
        if (_heap.Count > MostStale && _heap.Count > 4 * LiveCount)
        {
            Compact();
        }

        long before = _heap.TryPeek(out _, out long first) ? first : long.MaxValue;
        _heap.Enqueue((timer, timer.Version), timer.Deadline);
        if (timer.Deadline < before)
        {
            DeadlineChanged?.Invoke(timer.Deadline);
        }
    }

    /// <summary>Runs everything that is due.</summary>
    public void RunExpired(long now)
    {
        while (true)
        {
            DropStale();
            if (!_heap.TryPeek(out (KernelTimer Timer, int Version) top, out long deadline) || deadline > now)
            {
                return;
            }

            _heap.Dequeue();
            top.Timer.Cancel();
            top.Timer.Callback();
        }
    }

    private void DropStale()
    {
        while (_heap.TryPeek(out (KernelTimer Timer, int Version) top, out _) && top.Version != top.Timer.Version)
        {
            _heap.Dequeue();
        }
    }

    private void Compact()
    {
        var keep = new List<((KernelTimer, int), long)>();
        foreach (((KernelTimer Timer, int Version) element, long priority) in _heap.UnorderedItems)
        {
            if (element.Version == element.Timer.Version)
            {
                keep.Add((element, priority));
            }
        }

        _heap.Clear();
        _heap.EnqueueRange(keep);
    }
}

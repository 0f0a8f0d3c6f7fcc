using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>A signal whose place in the queue exists from the start, so that it can neither be lost nor pile up (POSIX timers; Linux's preallocated sigqueue).</summary>
public abstract class PreallocatedSignal
{
    /// <summary>What is queued.</summary>
    public SigInfo Info;

    /// <summary>Lies in a queue now: a further expiry is an overrun.</summary>
    public bool IsQueued { get; internal set; }

    /// <summary>It is being taken out for delivery: the place to fill in the overrun count and to re-arm.</summary>
    public virtual void OnDequeue()
    {
    }
}

/// <summary>Signals that wait for a task or a group (Linux's struct sigpending). Guarded by the kernel lock.</summary>
public sealed class PendingSignals(UserAccounts users)
{
    private readonly record struct Entry(SigInfo Info, uint ChargedUid, bool IsCharged, PreallocatedSignal? Preallocated);

    private Queue<Entry>?[]? _queues;

    /// <summary>The signals of which at least one waits.</summary>
    public ulong Set { get; private set; }

    /// <summary>Marks a signal without information (its queue place could not be had, or SIGKILL by the kernel).</summary>
    public void AddBare(int signal) => Set |= SignalMask.Of(signal);

    /// <summary>Queues one.</summary>
    /// <param name="info">The signal.</param>
    /// <param name="uid">Whose count of queued signals it goes on; null: uncounted.</param>
    internal void Add(in SigInfo info, uint? uid)
    {
        Queue(info.Signo).Enqueue(new Entry(info, uid ?? 0, uid is not null, null));
        Set |= SignalMask.Of(info.Signo);
    }

    internal void Add(PreallocatedSignal signal)
    {
        signal.IsQueued = true;
        Queue(signal.Info.Signo).Enqueue(new Entry(default, 0, false, signal));
        Set |= SignalMask.Of(signal.Info.Signo);
    }

    /// <summary>What waits from place <paramref name="first"/> on, without taking it out: by number, of one number in the order of arrival.</summary>
    internal List<SigInfo> Peek(ulong first, int count)
    {
        var found = new List<SigInfo>();
        foreach (Queue<Entry>? queue in _queues ?? [])
        {
            foreach (Entry entry in queue ?? [])
            {
                if (found.Count == count)
                {
                    return found;
                }

                if (first > 0)
                {
                    first--;
                    continue;
                }

                found.Add(entry.Preallocated?.Info ?? entry.Info);
            }
        }

        return found;
    }

    /// <summary>Takes one signal out (collect_signal()).</summary>
    internal SigInfo Take(int signal)
    {
        SigInfo info = new() { Signo = signal };
        Queue<Entry>? queue = _queues?[signal - 1];
        if (queue is not null && queue.TryDequeue(out Entry entry))
        {
            if (entry.Preallocated is { } preallocated)
            {
                preallocated.IsQueued = false;
                preallocated.OnDequeue();
                info = preallocated.Info;
            }
            else
            {
                Uncharge(entry);
                info = entry.Info;
            }
        }

        if (queue is null || queue.Count == 0)
        {
            Set &= ~SignalMask.Of(signal);
        }

        return info;
    }

    /// <summary>A preallocated signal is withdrawn (its timer is deleted).</summary>
    internal void Withdraw(PreallocatedSignal signal)
    {
        // The number of what never was queued is unchecked (SIGEV_NONE).
        if (!signal.IsQueued || _queues?[signal.Info.Signo - 1] is not { } queue)
        {
            return;
        }

        for (int i = queue.Count; i > 0; i--)
        {
            Entry entry = queue.Dequeue();
            if (entry.Preallocated == signal)
            {
                signal.IsQueued = false;
            }
            else
            {
                queue.Enqueue(entry);
            }
        }

        if (queue.Count == 0)
        {
            Set &= ~SignalMask.Of(signal.Info.Signo);
        }
    }

    /// <summary>Drops these signals (flush_sigqueue_mask()).</summary>
    internal void Flush(ulong mask)
    {
        ulong drop = Set & mask;
        Set &= ~mask;
        while (drop != 0)
        {
            int signal = SignalMask.First(drop);
            drop &= ~SignalMask.Of(signal);
            Queue<Entry>? queue = _queues?[signal - 1];
            while (queue is not null && queue.TryDequeue(out Entry entry))
            {
                Uncharge(entry);
                if (entry.Preallocated is { } preallocated)
                {
                    preallocated.IsQueued = false;
                }
            }
        }
    }

    private void Uncharge(in Entry entry)
    {
        if (entry.IsCharged)
        {
            users.UnchargeSignal(entry.ChargedUid);
        }
    }

    private Queue<Entry> Queue(int signal)
    {
        _queues ??= new Queue<Entry>?[Signal.NSIG];
        return _queues[signal - 1] ??= new Queue<Entry>(1);
    }
}

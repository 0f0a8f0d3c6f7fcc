using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Carrel.Abi;

namespace Carrel.Machine;

/// <summary>
/// Mapping changes: queued here, executed by a thread of the space. The order rule: a batch starts when the one before it has been
/// executed, and no thread runs guest code before the changes that were queued while it was in the kernel. Frames are
/// released when the thread that executed the unmapping has been heard of again, which no guest code can forge.
/// </summary>
internal sealed partial class StubSpace
{
    /// <summary>Releases of more pages than this (1 MiB) are worth a doorbell of their own.</summary>
    internal const long ManyPages = 256;

    private readonly List<Change> _queue = [];
    private readonly List<(long Sequence, long Frame, long Count)> _waitingReleases = [];
    private readonly List<StubThread> _parked = [];

    /// <summary>The thread that took the latest batch, until it is heard of again.</summary>
    private StubThread? _taker;
    private long _takenSequence;

    /// <summary>All batches before the latest reach up to here.</summary>
    private long _executedSequence;

    /// <summary>Threads whose fork was asked for and is not decided, oldest first. Their children must not see later changes.</summary>
    private readonly List<StubThread> _forkers = [];

    /// <summary>Threads that execute a batch, or a mapping call of the guest's, and have not been heard of since.</summary>
    private int _openThreads;

    private struct Change
    {
        internal StubCall Call;
        internal HostFileHandle? File;
        internal long Sequence;

        internal readonly ulong End => Call.A0 + Call.A1;
    }

    /// <summary>Number of changes ever queued.</summary>
    internal long QueuedSequence { get; private set; }

    public override bool HasPendingChanges => _queue.Count > 0;

    public override long QueuePosition => QueuedSequence;

    public override bool HasExecuted(long position) =>
        position <= _executedSequence || (position <= _takenSequence && (_taker is null || _taker.IsListDone));

    public override void MapFrames(ulong address, ulong length, MemoryProtection protection, long frame)
    {
        StubCall call = StubCall.MapShared(address, length, protection, 0, frame * FrameStore.PageSize);
        if (!TryExtend(call, call.A5))
        {
            Override(address, length);
            Enqueue(call);
        }
    }

    public override void MapFile(ulong address, ulong length, MemoryProtection protection, HostFile file, long offset)
    {
        if (file is not HostFileHandle handle)
        {
            throw new ArgumentException("not a host file of this platform", nameof(file));
        }

        handle.AddUse();
        Override(address, length);
        Enqueue(StubCall.MapShared(address, length, protection & ~MemoryProtection.Write, 0, offset), handle);
    }

    public override void Unmap(ulong address, ulong length)
    {
        StubCall call = StubCall.Unmap(address, length);
        Override(address, length);
        if (!TryExtend(call, 0))
        {
            Enqueue(call);
        }
    }

    public override void Protect(ulong address, ulong length, MemoryProtection protection)
    {
        var call = new StubCall(Nr.mprotect, address, length, (ulong)protection);
        if (!TryExtend(call, 0))
        {
            Enqueue(call);
        }
    }

    public override void ReleaseFramesWhenApplied(long frame, long count)
    {
        if (IsDead)
        {
            _platform.FrameFile.Release(frame, count);
            return;
        }

        _waitingReleases.Add((QueuedSequence, frame, count));
    }

    internal void Enqueue(StubCall call, HostFileHandle? file = null)
    {
        if (IsDead)
        {
            file?.DropUse();
            return;
        }

        _queue.Add(new Change { Call = call, File = file, Sequence = ++QueuedSequence });
    }

    /// <summary>The thread may not run guest code until it has come by a doorbell.</summary>
    internal bool MustWaitFor(StubThread thread) => _queue.Count > 0 || IsBehind(thread);

    /// <summary>munmap, mprotect or madvise of the thread may be executed by the host out of the queue's order.</summary>
    internal bool MayGoNative(StubThread thread) =>
        _queue.Count == 0 && _forkers.Count == 0 && (_taker is null || _taker == thread || _taker.IsListDone);

    /// <summary>True if the thread, waiting in a doorbell, has to wait for another one first.</summary>
    internal bool Blocks(StubThread thread)
    {
        bool changes = _queue.Count > 0 || thread.Child is not null;
        if (changes && _forkers.Count > 0 && _forkers[0] != thread)
        {
            return true; // goes on when the fork is decided
        }

        if (changes ? _taker is not null && _taker != thread && !HasFinished(_taker) : IsBehind(thread))
        {
            _taker!.SendKick();
            return true;
        }

        return changes && _openThreads > 0 && IsBlockedByOpenCalls(thread);
    }

    internal void Park(StubThread thread) => _parked.Add(thread);

    /// <summary>Moves changes into a call list. False if the space came to its end over it.</summary>
    /// <param name="last">Sequence of the last change to take.</param>
    /// <param name="isComplete">None of them was left.</param>
    internal bool TakeChanges(StubThread thread, List<StubCall> calls, long last, out bool isComplete)
    {
        int room = StubLayout.MaxCalls - calls.Count;
        int count = 0;
        while (count < _queue.Count && count < room && _queue[count].Sequence <= last)
        {
            count++;
        }

        isComplete = count == _queue.Count || _queue[count].Sequence > last;
        if (count == 0)
        {
            return true;
        }

        _executedSequence = _takenSequence;
        for (int i = 0; i < count; i++)
        {
            Change change = _queue[i];
            if (change.File is { } file)
            {
                int fd = Files.Provide(thread, file);
                file.DropUse();
                if (fd < 0)
                {
                    _platform.Log($"a file could not be passed to a stub: {(Errno)(-fd)}");
                    _queue.RemoveRange(0, i + 1);
                    Fail();
                    return false;
                }

                change.Call.A4 = (ulong)fd;
            }

            calls.Add(change.Call);
            _takenSequence = change.Sequence;
        }

        _queue.RemoveRange(0, count);
        _taker = thread;
        _openThreads++;
        thread.Open.IsBatch = true;
        return true;
    }

    /// <summary>Releases that may happen when this thread is heard of again.</summary>
    /// <returns>Number of pages among them.</returns>
    internal long AwaitReleases(StubThread thread)
    {
        long reached = _queue.Count == 0 ? QueuedSequence : _takenSequence;
        long pages = 0;
        int kept = 0;
        for (int i = 0; i < _waitingReleases.Count; i++)
        {
            (long sequence, long frame, long count) = _waitingReleases[i];
            if (sequence <= reached)
            {
                thread.Open.Releases.Add((frame, count));
                pages += count;
            }
            else
            {
                _waitingReleases[kept++] = _waitingReleases[i];
            }
        }

        _waitingReleases.RemoveRange(kept, _waitingReleases.Count - kept);
        return pages;
    }

    /// <summary>Releases what waits for nothing: called when a thread goes back to guest code.</summary>
    internal void FlushReleases()
    {
        if (_waitingReleases.Count == 0 || _queue.Count > 0 || _openThreads > 0 || IsEnding)
        {
            return;
        }

        foreach ((_, long frame, long count) in _waitingReleases)
        {
            _platform.FrameFile.Release(frame, count);
        }

        _waitingReleases.Clear();
    }

    /// <summary>What waits for <see cref="AwaitReleases"/>.</summary>
    internal IReadOnlyList<(long Sequence, long Frame, long Count)> WaitingReleases => _waitingReleases;

    internal IReadOnlyList<StubThread> Threads => _threads;

    internal void ReleaseNow(List<(long Frame, long Count)> releases)
    {
        foreach ((long frame, long count) in releases)
        {
            _platform.FrameFile.Release(frame, count);
        }

        releases.Clear();
    }

    /// <summary>The thread was heard of: what it had to do is done.</summary>
    internal void Confirmed(StubThread thread, int closed)
    {
        _openThreads -= closed;
        if (_taker == thread)
        {
            _taker = null;
        }

        Unpark();
    }

    internal void NativeStarted() => _openThreads++;

    /// <summary>The child of the thread's fork exists or never will.</summary>
    internal void ForkDecided(StubThread forker)
    {
        _forkers.Remove(forker);
        if (_isKillDue)
        {
            _isKillDue = false;
            Ends();
            KillHost();
            return;
        }

        Unpark();
    }

    private void Unpark()
    {
        if (_parked.Count == 0)
        {
            return;
        }

        StubThread[] waiting = [.. _parked];
        _parked.Clear();
        foreach (StubThread thread in waiting)
        {
            if (thread.Phase == StubPhase.Parked)
            {
                thread.Phase = StubPhase.Trapped;
                thread.Proceed();
            }
        }
    }

    /// <summary>Changes that the thread caused, or may have seen the kernel make, are in another thread's hands.</summary>
    private bool IsBehind(StubThread thread) =>
        _taker is not null && _taker != thread && _takenSequence > thread.EntrySequence && !HasFinished(_taker);

    /// <summary>Waits a few microseconds for the batch to be executed: mostly it is just about to.</summary>
    private static bool HasFinished(StubThread taker)
    {
        if (taker.Phase == StubPhase.List)
        {
            return false; // its next call needs this very thread
        }

        for (int i = 0; i < 40; i++)
        {
            if (taker.IsListDone)
            {
                return true;
            }

            Thread.SpinWait(8);
        }

        return false;
    }

    /// <summary>
    /// Mapping calls of guest threads that the host may not have executed yet go before changes of the same range. A fork needs certainty about every change
    /// before it, not a stub's word: what the child inherited by a trick would stay mapped there after its frames were freed.
    /// </summary>
    private bool IsBlockedByOpenCalls(StubThread thread)
    {
        bool isFork = thread.Child is { IsFirst: true };
        bool isBlocked = false;
        foreach (StubThread other in _threads)
        {
            bool blocks = other != thread && (isFork ? other.Open.IsBatch || other.Open.IsNative : other.Open.IsNative && OverlapsQueue(other.Open.Native));
            if (blocks)
            {
                other.SendKick();
                isBlocked = true;
            }
        }

        return isBlocked;
    }

    private bool OverlapsQueue((ulong Start, ulong End) range) => _queue.Exists(change => change.Call.A0 < range.End && range.Start < change.End);

    /// <summary>Lengthens the last waiting change if the new one goes on where it ends. Not under a fork, which must get the old ones only.</summary>
    private bool TryExtend(in StubCall call, ulong offset)
    {
        if (_queue.Count == 0 || _forkers.Count > 0 || IsDead)
        {
            return false;
        }

        ref Change last = ref CollectionsMarshal.AsSpan(_queue)[^1];
        bool continues = last.Call.Number == call.Number && last.File is null && last.End == call.A0 && last.Call.A2 == call.A2
            && (call.Number != Nr.mmap || last.Call.A5 + last.Call.A1 == offset);
        if (continues)
        {
            last.Call.A1 += call.A1;
            last.Sequence = ++QueuedSequence;
        }

        return continues;
    }

    /// <summary>Drops waiting changes that the coming one makes pointless.</summary>
    private void Override(ulong address, ulong length)
    {
        const int LookBack = 16;
        if (_forkers.Count > 0)
        {
            return;
        }

        for (int i = _queue.Count - 1; i >= 0 && i >= _queue.Count - LookBack; i--)
        {
            if (_queue[i].Call.A0 >= address && _queue[i].End <= address + length)
            {
                _queue[i].File?.DropUse();
                _queue.RemoveAt(i);
            }
        }
    }
}

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

    /// <summary>Forks asked for and not decided: their child must not see later changes.</summary>
    private int _forksUnderWay;
    private StubThread? _forker;

    /// <summary>Threads with a mapping call that the host executes for the guest.</summary>
    private int _nativesUnderWay;

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

    public override void MapFrames(ulong address, ulong length, MemoryProtection protection, long frame)
    {
        StubCall call = StubCall.MapShared(address, length, protection, 0, frame * FrameStore.PageSize);
        if (_queue.Count > 0)
        {
            ref Change last = ref CollectionsMarshal.AsSpan(_queue)[^1];
            bool continues = last.Call.Number == Nr.mmap && last.File is null && last.Call.A2 == call.A2
                && last.End == address && last.Call.A5 + last.Call.A1 == call.A5;
            if (continues)
            {
                last.Call.A1 += length;
                last.Sequence = ++QueuedSequence;
                return;
            }
        }

        Override(address, length);
        Enqueue(call);
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
        Override(address, length);
        if (_queue.Count > 0)
        {
            ref Change last = ref CollectionsMarshal.AsSpan(_queue)[^1];
            if (last.Call.Number == Nr.munmap && last.End == address)
            {
                last.Call.A1 += length;
                last.Sequence = ++QueuedSequence;
                return;
            }
        }

        Enqueue(StubCall.Unmap(address, length));
    }

    public override void Protect(ulong address, ulong length, MemoryProtection protection)
    {
        if (_queue.Count > 0)
        {
            ref Change last = ref CollectionsMarshal.AsSpan(_queue)[^1];
            if (last.Call.Number == Nr.mprotect && last.End == address && last.Call.A2 == (ulong)protection)
            {
                last.Call.A1 += length;
                last.Sequence = ++QueuedSequence;
                return;
            }
        }

        Enqueue(new StubCall(Nr.mprotect, address, length, (ulong)protection));
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
        _queue.Count == 0 && _forksUnderWay == 0 && (_taker is null || _taker == thread || _taker.IsListDone);

    /// <summary>True if the thread, waiting in a doorbell, has to wait for another one first.</summary>
    internal bool Blocks(StubThread thread)
    {
        bool changes = _queue.Count > 0 || thread.Child is not null;
        if (changes && _forksUnderWay > 0 && _forker != thread)
        {
            return true;
        }

        if (changes ? _taker is not null && _taker != thread && !HasFinished(_taker) : IsBehind(thread))
        {
            _taker!.SendKick();
            return true;
        }

        return changes && _nativesUnderWay > 0 && IsBlockedByNative(thread);
    }

    internal void Park(StubThread thread) => _parked.Add(thread);

    /// <summary>Moves changes into a call list. False if the space came to its end over it.</summary>
    internal bool TakeChanges(StubThread thread, List<StubCall> calls, int most, out bool isComplete)
    {
        int room = most - calls.Count;
        int count = Math.Min(room, _queue.Count);
        isComplete = count == _queue.Count;
        if (count == 0)
        {
            return true;
        }

        for (int i = 0; i < count; i++)
        {
            Change change = _queue[i];
            if (change.File is { } file)
            {
                int fd = ProvideFile(thread, file);
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
                thread.AwaitRelease(frame, count);
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
        if (_waitingReleases.Count == 0 || _queue.Count > 0 || IsEnding)
        {
            return;
        }

        if (_taker is not null)
        {
            AwaitReleases(_taker);
            return;
        }

        if (_nativesUnderWay > 0)
        {
            return;
        }

        foreach ((_, long frame, long count) in _waitingReleases)
        {
            _platform.FrameFile.Release(frame, count);
        }

        _waitingReleases.Clear();
    }

    internal void ReleaseNow(List<(long Frame, long Count)> releases)
    {
        foreach ((long frame, long count) in releases)
        {
            _platform.FrameFile.Release(frame, count);
        }

        releases.Clear();
    }

    /// <summary>The thread was heard of: what it had to do is done.</summary>
    internal void Confirmed(StubThread thread, bool wasNative)
    {
        if (wasNative)
        {
            _nativesUnderWay--;
        }

        if (_taker == thread)
        {
            _taker = null;
        }

        Unpark();
    }

    internal void NativeStarted() => _nativesUnderWay++;

    internal void ForkStarted(StubThread caller)
    {
        _forksUnderWay++;
        _forker = caller;
    }

    /// <summary>The child of a fork exists or never will.</summary>
    internal void ForkDecided()
    {
        if (--_forksUnderWay == 0)
        {
            _forker = null;
        }

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

    private bool IsBlockedByNative(StubThread thread)
    {
        bool isFork = thread.Child is { } child && child.StubSpace != this;
        bool isBlocked = false;
        foreach (StubThread other in _threads)
        {
            if (other == thread || !other.IsNativeUnderWay || !(isFork || OverlapsQueue(other.NativeRange)))
            {
                continue;
            }

            other.SendKick();
            isBlocked = true;
        }

        return isBlocked;
    }

    private bool OverlapsQueue((ulong Start, ulong End) range)
    {
        foreach (Change change in _queue)
        {
            if (change.Call.A0 < range.End && range.Start < change.End)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Drops waiting changes that the coming one makes pointless.</summary>
    private void Override(ulong address, ulong length)
    {
        const int LookBack = 16;
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

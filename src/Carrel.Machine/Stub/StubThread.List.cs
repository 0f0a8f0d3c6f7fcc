using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Machine;

/// <summary>
/// Call lists: system calls that this thread executes in its address space before it runs guest code. Each is let through only if
/// it is exactly the next one granted here.
/// </summary>
internal sealed unsafe partial class StubThread
{
    private readonly List<StubCall> _calls = [];
    private int _nextCall;

    /// <summary>The first of <see cref="_calls"/> is not in the list page: a forked child mapping its slot.</summary>
    private bool _isFirstImplicit;

    /// <summary>The list ends with a confirming doorbell.</summary>
    private bool _isConfirmed;

    /// <summary>The last call was granted, and whether it worked is not known yet.</summary>
    private bool _isListEndOpen;

    /// <summary>Range of the mapping call that the host executes for the guest, until the thread is heard of again.</summary>
    private (ulong Start, ulong End) _native;

    /// <summary>Frames to release when the calls under way are known to be done.</summary>
    private readonly List<(long Frame, long Count)> _releases = [];

    /// <summary>The thread or process to be cloned when this one proceeds.</summary>
    internal StubThread? Child { get; private set; }

    /// <summary>The one whose clone is in the present list.</summary>
    private StubThread? _listChild;

    /// <summary>The last change that a fork's child is to have.</summary>
    private long _forkSequence;

    /// <summary>Calls to be made by a new process before all else.</summary>
    internal List<StubCall>? Prelude { get; set; }

    /// <summary>For a forked child's first answer: the file offset of its slot.</summary>
    internal bool IsSlotUnmapped { get; set; }

    internal bool IsNativeOpen => _native.End != 0;

    /// <summary>It took changes and has not been heard of since.</summary>
    internal bool IsBatchOpen { get; set; }

    internal (ulong Start, ulong End) NativeRange => _native;

    /// <summary>The batch that this thread took has been executed, by its own word. Only good for the order of changes, which concerns nobody but this space.</summary>
    internal bool IsListDone
    {
        get
        {
            if (Phase == StubPhase.List)
            {
                return false;
            }

            return !_isListEndOpen || (FaultTolerant.Load(Slot.Memory + StubLayout.DoneWord, out int done) && done == 1);
        }
    }

    internal void SetChild(StubThread child)
    {
        child.Origin = this;
        if (Child is not null)
        {
            throw new InvalidOperationException("one new thread per Resume");
        }

        Child = child;
    }

    /// <summary>Whatever this thread was last told to do is done: it was heard of again.</summary>
    internal void Confirm()
    {
        _isListEndOpen = false;
        if (_releases.Count > 0)
        {
            _space.ReleaseNow(_releases);
        }

        if (_listChild is { } child)
        {
            _listChild = null;
            child.DecideClone();
        }

        int closed = (IsNativeOpen ? 1 : 0) + (IsBatchOpen ? 1 : 0);
        _native = default;
        IsBatchOpen = false;
        _space.Confirmed(this, closed);
    }

    internal void AwaitRelease(long frame, long count) => _releases.Add((frame, count));

    /// <summary>The host thread waits in a doorbell; let it apply what waits and run guest code.</summary>
    internal void Proceed()
    {
        if (_space.IsEnding)
        {
            return;
        }

        if (Child is { IsStillborn: true } stillborn)
        {
            Child = null;
            stillborn.DecideClone();
            _platform.FailLater(stillborn);
        }

        if ((!_isExiting || Child is not null) && _space.Blocks(this))
        {
            Phase = StubPhase.Parked;
            _space.Park(this);
            return;
        }

        BuildList();
        if (_space.IsEnding)
        {
            return;
        }

        if (_calls.Count > 0)
        {
            SendList();
            return;
        }

        _space.FlushReleases();
        Phase = StubPhase.Guest;
        _isKickDue = false;
        _platform.Send(_notification, 0);
    }

    /// <summary>Takes the zygote's doorbell answer: clone this child and ring again.</summary>
    internal void SpawnFromZygote(StubThread child)
    {
        SetChild(child);
        _calls.Clear();
        _isFirstImplicit = false;
        AddClone();
        _isConfirmed = true;
        SendList();
    }

    /// <summary>The zygote has come up and waits in its first doorbell.</summary>
    internal void RestInBell(ulong notification)
    {
        _notification = notification;
        Phase = StubPhase.Trapped;
    }

    /// <summary>Sends calls that the platform itself wants executed, with a confirmation.</summary>
    internal void SendCalls(ReadOnlySpan<StubCall> calls)
    {
        _calls.Clear();
        _calls.AddRange(calls);
        _isFirstImplicit = false;
        _isConfirmed = true;
        SendList();
    }

    private void BuildList()
    {
        _calls.Clear();
        _isConfirmed = false;
        _isFirstImplicit = IsSlotUnmapped;
        if (IsSlotUnmapped)
        {
            IsSlotUnmapped = false;
            _calls.Add(StubCall.MapShared(Slot.Address, (ulong)_platform.Geometry.Size, MemoryProtection.Read | MemoryProtection.Write, 0, Slot.Frame * FrameStore.PageSize));
        }

        if (Prelude is not null)
        {
            _calls.AddRange(Prelude);
            Prelude = null;
        }

        if (_isExiting && Child is null)
        {
            _calls.Add(new StubCall(Nr.exit));
            return;
        }

        int before = _calls.Count;
        if (!_space.TakeChanges(this, _calls, Child is { IsFirst: true } ? _forkSequence : long.MaxValue, out bool isComplete))
        {
            return; // the space failed
        }

        bool isLarge = _calls.Count > before && _space.AwaitReleases(this) > StubSpace.ManyPages;
        _isConfirmed = !isComplete || isLarge;
        if (!isComplete)
        {
            return;
        }

        if (_fsBase is ulong fsBase)
        {
            _calls.Add(new StubCall(Nr.arch_prctl, ArchPrctl.ARCH_SET_FS, fsBase));
            _fsBase = null;
        }

        if (Child is not null)
        {
            AddClone();
        }

        if (_isExiting)
        {
            _calls.Add(new StubCall(Nr.exit));
        }
    }

    private void AddClone()
    {
        StubThread child = Child!;
        Child = null;
        _listChild = child;
        ulong tag = _platform.RegisterChild(child);
        SlotGeometry geometry = _platform.Geometry;
        if (child._space == _space)
        {
            if (!child.Slot.IsMapped)
            {
                child.Slot.IsMapped = true;
                _calls.Add(StubCall.MapShared(child.Slot.Address, (ulong)geometry.Size, MemoryProtection.Read | MemoryProtection.Write, 0, child.Slot.Frame * FrameStore.PageSize));
            }

            CloneFlags flags = CloneFlags.CLONE_VM | CloneFlags.CLONE_FS | CloneFlags.CLONE_FILES | CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_THREAD | CloneFlags.CLONE_SYSVSEM;
            ulong fsBase = 0;
            if (child._fsBase is ulong value)
            {
                flags |= CloneFlags.CLONE_SETTLS;
                fsBase = value;
                child._fsBase = null;
            }

            _calls.Add(new StubCall(Nr.clone, (ulong)flags, child.FrameAddress, tag, 0, fsBase));
            return;
        }

        child._space.InheritFiles(_space);
        _calls.Add(new StubCall(Nr.clone, Signal.SIGCHLD | (ulong)CloneFlags.CLONE_PARENT, 0, tag, 0, (ulong)geometry.Size, Slot.Address));
    }

    /// <summary>Writes the list into the slot and answers the doorbell with it.</summary>
    private void SendList()
    {
        ReadOnlySpan<StubCall> inPage = CollectionsMarshal.AsSpan(_calls)[(_isFirstImplicit ? 1 : 0)..];
        WriteSlot(0, MemoryMarshal.AsBytes(inPage));
        int done = 0;
        WriteSlot(StubLayout.DoneWord, new ReadOnlySpan<byte>(&done, sizeof(int)));
        if (_space.IsEnding)
        {
            return;
        }

        ulong place = _isFirstImplicit ? (ulong)(Slot.Frame * FrameStore.PageSize) : Slot.Address;
        ulong answer = place | (_isConfirmed ? StubLayout.AnswerConfirm : 0) | (uint)inPage.Length;
        _nextCall = 0;
        _isListEndOpen = true;
        _isKickDue = false;
        Phase = _calls.Count > 0 || _isConfirmed ? StubPhase.List : StubPhase.Guest;
        _platform.Send(_notification, (long)answer);
    }

    private void OnListNotification(in SeccompNotif notification, bool isStub)
    {
        if (isStub && _nextCall < _calls.Count && _calls[_nextCall].Matches(notification.Data))
        {
            bool isExit = _calls[_nextCall].Number == Nr.exit;
            _nextCall++;
            if (isExit)
            {
                Confirm();
                _space.HostThreadEnds(this);
                if (_space.ThreadCount == 0)
                {
                    _space.EndsByItself();
                }
            }
            else if (_nextCall == _calls.Count && !_isConfirmed)
            {
                Phase = StubPhase.Guest;
            }

            _platform.SendContinue(notification.Id);
            return;
        }

        if (isStub && notification.Data.Nr == StubLayout.BellConfirm && _isConfirmed && _nextCall == _calls.Count)
        {
            _notification = notification.Id;
            Phase = StubPhase.Trapped;
            Confirm();
            if (Phase == StubPhase.Trapped && !_platform.OnZygoteConfirm(this))
            {
                Proceed();
            }

            return;
        }

        if (isStub && notification.Data.Nr == StubLayout.BellFailed)
        {
            OnListFailed(notification);
            return;
        }

        _platform.Violate($"call {notification.Data.Nr} where the call list has another");
    }

    /// <summary>A call of the list failed: rdi = calls left including it, rsi = -errno.</summary>
    private void OnListFailed(in SeccompNotif notification)
    {
        int implicitCalls = _isFirstImplicit ? 1 : 0;
        long index = _calls.Count - (long)notification.Data.Args[0];
        if (index != _nextCall - 1 || index < implicitCalls)
        {
            _platform.Violate("false failure report");
            return;
        }

        _isListEndOpen = false;
        StubCall failed = _calls[(int)index];
        bool isSlotMapping = failed.Number == Nr.mmap && _listChild is { IsFirst: false } starting && failed.A0 == starting.Slot.Address;
        if (_listChild is { } child && (failed.Number == Nr.clone || isSlotMapping))
        {
            if (child.Phase != StubPhase.Starting)
            {
                _platform.Violate("false report of a failed clone");
                return;
            }

            child.Slot.IsMapped &= !isSlotMapping;
            _notification = notification.Id;
            Phase = StubPhase.Trapped;
            _listChild = null;
            _platform.ForgetChild(child);
            child.DecideClone();
            child.NeverStarted();
            if (!_platform.OnZygoteConfirm(this))
            {
                Proceed();
            }

            return;
        }

        _platform.Log($"call {failed.Number}({failed.A0:x}, {failed.A1:x}, {failed.A2:x}) failed in a stub: {(Errno)(-(long)notification.Data.Args[1])}");
        _space.Fail();
    }

    /// <summary>What its clone call carries.</summary>
    internal ulong Tag { get; set; }

    /// <summary>The thread that clones this one.</summary>
    internal StubThread? Origin { get; private set; }

    /// <summary>It is certain whether the host has cloned this thread: from the clone's failure, its parent's next sign of life or its own.</summary>
    internal bool IsCloneDecided { get; private set; }

    internal void DecideClone()
    {
        if (!IsCloneDecided)
        {
            IsCloneDecided = true;
            if (IsFirst && Origin is { } forker)
            {
                forker.StubSpace.ForkDecided(forker);
            }
        }
    }

    /// <summary>The host could not make this thread.</summary>
    internal void NeverStarted()
    {
        _space.DropUnborn(this);
        _platform.Events.OnSpawnFailed(this);
    }

    /// <summary>Its space is dead: nobody uses the frames any more, and a child asked for will not come.</summary>
    internal void Bury()
    {
        _space.ReleaseNow(_releases);
        if (Child is { IsFirst: true } child)
        {
            Child = null;
            child.NeverStarted();
        }
    }
}

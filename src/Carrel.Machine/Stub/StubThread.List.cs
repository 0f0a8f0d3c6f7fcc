using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Machine;

/// <summary>The thread's part in call lists: making one, answering the doorbell with it, hearing of its calls.</summary>
internal sealed partial class StubThread
{
    private readonly CallList _list = new();

    /// <summary>The last call was granted, and whether it worked is not known yet.</summary>
    private bool _isListEndOpen;

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

    /// <summary>What it was told to do to the mappings, until it is heard of again.</summary>
    internal OpenChanges Open { get; } = new();

    /// <summary>The batch that this thread took has been executed, by its own word. Only good for the order of changes, which concerns nobody but this space.</summary>
    internal bool IsListDone => Phase != StubPhase.List && (!_isListEndOpen || Slot.IsListDone);

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
        if (Open.Releases.Count > 0)
        {
            _space.ReleaseNow(Open.Releases);
        }

        if (_listChild is { } child)
        {
            _listChild = null;
            child.DecideClone();
        }

        _space.Confirmed(this, Open.Close());
    }

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

        if (_list.Count > 0)
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
        _list.Clear();
        AddClone();
        _list.IsConfirmed = true;
        SendList();
    }

    /// <summary>The zygote has come up and waits in its first doorbell.</summary>
    internal void RestInBell(ulong notification)
    {
        _notification = notification;
        Phase = StubPhase.Trapped;
    }

    /// <summary>For a thread that never runs guest code: it ends when its prelude is done.</summary>
    internal void EndAfterPrelude() => _isExiting = true;

    /// <summary>Sends calls that the platform itself wants executed, with a confirmation.</summary>
    internal void SendCalls(ReadOnlySpan<StubCall> calls)
    {
        _list.Clear();
        _list.Calls.AddRange(calls);
        _list.IsConfirmed = true;
        SendList();
    }

    private void BuildList()
    {
        _list.Clear();
        if (IsSlotUnmapped)
        {
            IsSlotUnmapped = false;
            _list.IsFirstImplicit = true;
            _list.Add(StubCall.MapSlot(Slot, _platform.Geometry));
        }

        if (Prelude is not null)
        {
            _list.Calls.AddRange(Prelude);
            Prelude = null;
        }

        if (_isExiting && Child is null)
        {
            _list.Add(new StubCall(Nr.exit));
            return;
        }

        int before = _list.Count;
        if (!_space.TakeChanges(this, _list.Calls, Child is { IsFirst: true } ? _forkSequence : long.MaxValue, out bool isComplete))
        {
            return; // the space failed
        }

        bool isLarge = _list.Count > before && _space.AwaitReleases(this) > StubSpace.ManyPages;
        _list.IsConfirmed = !isComplete || isLarge;
        if (!isComplete)
        {
            return;
        }

        if (_fsBase is ulong fsBase)
        {
            _list.Add(new StubCall(Nr.arch_prctl, ArchPrctl.ARCH_SET_FS, fsBase));
            _fsBase = null;
        }

        if (Child is not null)
        {
            AddClone();
        }

        if (_isExiting)
        {
            _list.Add(new StubCall(Nr.exit));
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
                _list.Add(StubCall.MapSlot(child.Slot, geometry));
            }

            _list.Add(StubCall.CloneThread(child.FrameAddress, tag, child._fsBase));
            child._fsBase = null;
            return;
        }

        child._space.Files.InheritFrom(_space.Files);
        _list.Add(StubCall.Fork(tag, Slot, geometry));
    }

    /// <summary>Writes the list into the slot and answers the doorbell with it.</summary>
    private void SendList()
    {
        _list.PlaceNames(Slot.Address);
        ReadOnlySpan<StubCall> inPage = _list.InPage;
        if (!Slot.TryWriteList(inPage))
        {
            _space.Fail();
        }

        if (_space.IsEnding)
        {
            return;
        }

        ulong place = _list.IsFirstImplicit ? (ulong)(Slot.Frame * FrameStore.PageSize) : Slot.Address;
        ulong answer = place | (_list.IsConfirmed ? StubLayout.AnswerConfirm : 0) | (uint)inPage.Length;
        _list.Rewind();
        _isListEndOpen = true;
        _isKickDue = false;
        Phase = _list.Count > 0 || _list.IsConfirmed ? StubPhase.List : StubPhase.Guest;
        _platform.Send(_notification, (long)answer);
    }

    private void OnListNotification(in SeccompNotif notification, bool isStub)
    {
        if (isStub && _list.TryGrant(notification.Data))
        {
            if (notification.Data.Nr == Nr.exit)
            {
                Confirm();
                _space.HostThreadEnds(this);
                if (_space.ThreadCount == 0)
                {
                    _space.EndsByItself();
                }
            }
            else if (_list.IsAtEnd && !_list.IsConfirmed)
            {
                Phase = StubPhase.Guest;
            }

            _platform.SendContinue(notification.Id);
            return;
        }

        if (isStub && notification.Data.Nr == StubLayout.BellConfirm && _list.IsConfirmed && _list.IsAtEnd)
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
        if (!_list.TryGetFailed((long)notification.Data.Args[0], out StubCall failed))
        {
            _platform.Violate("false failure report");
            return;
        }

        _isListEndOpen = false;
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
        _platform.OnSpawnFailed(this);
    }

    /// <summary>Its space is dead: nobody uses the frames any more, and a child asked for will not come.</summary>
    internal void Bury()
    {
        _space.ReleaseNow(Open.Releases);
        if (Child is { IsFirst: true } child)
        {
            Child = null;
            child.NeverStarted();
        }
    }
}

using System;
using System.Collections.Generic;
using System.Text;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>
/// A guest address space: a host process with nothing in it but guest mappings, the stub's page and control slots. This part is
/// its life; mapping changes are in StubSpace.Changes.cs.
/// </summary>
internal sealed unsafe partial class StubSpace : AddressSpace
{
    private readonly SeccompPlatform _platform;
    private readonly List<StubThread> _threads = [];
    private int _threadCount;
    private StubTime _time;
    private bool _isExpected;
    private bool _isKillDue;
    private (long User, long System)? _finalTime;

    internal StubSpace(SeccompPlatform platform)
    {
        _platform = platform;
        Files = new StubFiles(platform);
    }

    internal StubFiles Files { get; }

    /// <summary>The host process, 0 until it has been heard of.</summary>
    internal int Pid { get; private set; }

    public override int HostPid => Pid;

    public override void SetName(string name)
    {
        if (_platform.NamesProcesses)
        {
            Enqueue(StubCall.SetName(Encoding.Latin1.GetBytes(name)));
        }
    }

    /// <summary>The end was asked for or has come; nothing of it runs guest code any more.</summary>
    internal bool IsEnding { get; private set; }

    public override bool IsOver => IsEnding && !_isKillDue;

    /// <summary>The host has confirmed the end.</summary>
    internal bool IsDead { get; private set; }

    public override int ThreadCount => _threadCount;

    public override (long User, long System) CpuTime
    {
        get
        {
            if (_finalTime is { } final)
            {
                return final;
            }

            return Pid == 0 ? (0, 0) : _time.Read(Pid);
        }
    }

    /// <summary>The first thread of a space that the zygote forks; it is held until the kernel resumes it.</summary>
    internal StubThread CreateFirstThread()
    {
        StubThread thread = AddThread(AddSlot(0), null, isFirst: true);
        thread.IsHeld = true;
        thread.Prelude = ChildPrelude(null);
        return thread;
    }

    /// <summary>The zygote's thread, whose slot is there already.</summary>
    internal StubThread AdoptThread(long frame, byte* memory, int pid)
    {
        Pid = pid;
        var slot = new Slot(0, frame, StubLayout.SlotBase, memory) { IsMapped = true };
        var thread = new StubThread(_platform, this, slot, isFirst: true) { Tid = pid, IsSlotUnmapped = false };
        _threads.Add(thread);
        _threadCount++;
        return thread;
    }

    public override GuestThread SpawnThread(GuestThread caller, in Registers registers, ulong? fsBase)
    {
        var parent = (StubThread)caller;
        StubThread thread = AddThread(TakeSlot(), parent, isFirst: false);
        thread.Prepare(registers, fsBase);
        parent.SetChild(thread);
        return thread;
    }

    public override GuestThread Fork(GuestThread caller, in Registers registers, ulong? fsBase)
    {
        var parent = (StubThread)caller;
        var space = new StubSpace(_platform);
        StubThread thread = space.AddThread(space.AddSlot(parent.Slot.Index), parent, isFirst: true);
        thread.Prelude = ChildPrelude(parent);
        thread.Prepare(registers, fsBase);
        parent.SetChild(thread);
        _forkers.Add(parent);
        return thread;
    }

    public override void Kill()
    {
        if (IsEnding)
        {
            return;
        }

        _isExpected = true;
        if (_forkers.Count > 0 && _forkers[0] is { Phase: StubPhase.List or StubPhase.Guest } forker)
        {
            // The child is on its way into the world and shall live: wait for it.
            _isKillDue = true;
            Ends(forker);
            return;
        }

        Ends();
        KillHost();
    }

    /// <summary>The host process ends by itself at the guest's wish (exit_group).</summary>
    internal void EndsByItself()
    {
        _isExpected = true;
        Ends();
    }

    /// <summary>An accident: the space cannot go on.</summary>
    internal void Fail()
    {
        if (IsEnding)
        {
            return;
        }

        Ends();
        KillHost();
    }

    /// <summary>The host process is known.</summary>
    internal void Born(int pid)
    {
        Pid = pid;
        if (IsEnding)
        {
            KillHost();
        }
    }

    /// <summary>The host has reaped the process.</summary>
    internal void Died(long userTime, long systemTime)
    {
        _finalTime = (userTime, systemTime);
        Ends();
        _platform.AbandonChildrenOf(this);
        Bury();
        _platform.Events.OnAddressSpaceDied(this, _isExpected);
    }

    /// <summary>The host thread of this new thread could not be made.</summary>
    internal void DropUnborn(StubThread thread)
    {
        if (thread.IsFirst)
        {
            Ends();
            Bury();
            return;
        }

        ThreadLeft();
        thread.Phase = StubPhase.Dead;
        _threads.Remove(thread);
        if (thread.Slot.Frame >= 0)
        {
            _leftSlots.Enqueue(thread.Slot);
        }
    }

    internal void ThreadLeft() => _threadCount--;

    /// <summary>The host thread has been let go into exit.</summary>
    internal void HostThreadEnds(StubThread thread)
    {
        thread.Phase = StubPhase.Dead;
        _threads.Remove(thread);
        thread.Slot.LastTid = thread.Tid;
        _leftSlots.Enqueue(thread.Slot);
        _platform.ForgetThread(thread);
    }

    /// <summary>No guest code runs from now on.</summary>
    private void Ends(StubThread? except = null)
    {
        IsEnding = true;
        _threadCount = 0;
        foreach (StubThread thread in _threads)
        {
            if (thread != except)
            {
                thread.Phase = StubPhase.Dead;
            }
        }
    }

    private void KillHost()
    {
        if (Pid > 0)
        {
            HostProcess.Kill(Pid, Signal.SIGKILL);
        }
    }

    /// <summary>Gives back everything; nobody can use it any more.</summary>
    private void Bury()
    {
        IsDead = true;
        foreach (StubThread thread in _threads)
        {
            thread.Phase = StubPhase.Dead;
            thread.Bury();
            _platform.ForgetThread(thread);
        }

        _threads.Clear();
        _parked.Clear();
        Files.Forget();
        foreach (Change change in _queue)
        {
            change.File?.DropUse();
        }

        _queue.Clear();
        foreach ((_, long frame, long count) in _waitingReleases)
        {
            _platform.FrameFile.Release(frame, count);
        }

        _waitingReleases.Clear();
        ReleaseSlots();
        _platform.ForgetSpace(this);
    }

    private StubThread AddThread(Slot? slot, StubThread? caller, bool isFirst)
    {
        var thread = new StubThread(_platform, this, slot ?? Slot.None, isFirst) { IsSlotUnmapped = isFirst };
        _threads.Add(thread);
        _threadCount++;
        if (slot is not null)
        {
            InitializeSlot(slot, caller);
        }

        return thread;
    }

    /// <summary>What a new process does first: drop the parent's other slots, and ask to die with us if no pid namespace sees to that.</summary>
    private List<StubCall>? ChildPrelude(StubThread? parent)
    {
        var calls = new List<StubCall>();
        ulong size = (ulong)_platform.Geometry.Size;
        if (parent is not null)
        {
            ulong own = parent.Slot.Address;
            ulong end = own + size;
            ulong last = end;
            bool isBelow = false;
            foreach (Slot slot in _slots)
            {
                isBelow |= slot.Address < own;
                last = Math.Max(last, slot.Address + size);
            }

            if (isBelow)
            {
                calls.Add(StubCall.Unmap(StubLayout.SlotBase, own - StubLayout.SlotBase));
            }

            if (last > end)
            {
                calls.Add(StubCall.Unmap(end, last - end));
            }
        }

        if (_platform.NeedsParentDeathSignal)
        {
            calls.Add(new StubCall(Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, Signal.SIGKILL));
        }

        return calls.Count > 0 ? calls : null;
    }
}

using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>The control slots of a space's threads. A slot once mapped stays so and serves the next thread.</summary>
internal sealed unsafe partial class StubSpace
{
    private readonly Queue<Slot> _leftSlots = [];
    private readonly List<Slot> _slots = [];
    private int _nextSlot;

    /// <summary>A slot for a new thread of this space, or null if there is no memory.</summary>
    private Slot? TakeSlot()
    {
        // The slot that was left first; its host thread may still be on its way out.
        if (_leftSlots.TryPeek(out Slot? left) && (left.LastTid == 0 || HostProcess.KillThread(Pid, left.LastTid, 0) == -(int)Errno.ESRCH))
        {
            return _leftSlots.Dequeue();
        }

        while (_slots.Exists(slot => slot.Index == _nextSlot))
        {
            _nextSlot++;
        }

        return AddSlot(_nextSlot++);
    }

    /// <summary>Makes slot memory for this place.</summary>
    private Slot? AddSlot(int index)
    {
        SlotGeometry geometry = _platform.Geometry;
        long frame = _platform.FrameFile.Allocate(geometry.Pages);
        if (frame < 0)
        {
            return null;
        }

        byte* memory = _platform.FrameFile.Address(frame);
        if (!_platform.FrameFile.Commit(frame, geometry.Pages))
        {
            _platform.FrameFile.Release(frame, geometry.Pages); // over the memory limit
            return null;
        }

        var slot = new Slot(index, frame, StubLayout.SlotBase + ((ulong)index * (ulong)geometry.Size), memory);
        _slots.Add(slot);
        return slot;
    }

    /// <summary>Puts a frame like the caller's (or a fresh one) into the slot.</summary>
    private void InitializeSlot(Slot slot, StubThread? caller)
    {
        SlotGeometry geometry = _platform.Geometry;
        bool done;
        if (caller is null)
        {
            fixed (byte* template = geometry.Template)
            {
                done = FaultTolerant.Copy(slot.Memory + geometry.Frame, template, geometry.TailSize);
            }
        }
        else
        {
            done = FaultTolerant.Copy(slot.Memory + geometry.Frame, caller.Slot.Memory + geometry.Frame, geometry.TailSize);
        }

        if (!done)
        {
            Fail();
        }
    }

    private void ReleaseSlots()
    {
        foreach (Slot slot in _slots)
        {
            _platform.FrameFile.Release(slot.Frame, _platform.Geometry.Pages);
        }

        _slots.Clear();
        _leftSlots.Clear();
    }
}

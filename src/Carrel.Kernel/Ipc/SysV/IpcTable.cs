using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>What does not depend on the kind of the objects of a table.</summary>
internal abstract class IpcIds
{
    /// <summary>/proc/sys/kernel/*_next_id: slot and sequence of the next object, if the slot is free; -1 once it is used.</summary>
    public int NextId { get; set; } = -1;
}

/// <summary>The objects of one kind by id and key (Linux's ipc_ids). Ids hold a slot number and a sequence that grows each time the slots wrap.</summary>
internal sealed class IpcTable<T>(int limit) : IpcIds where T : IpcObject
{
    private const int SlotBits = 15;
    private const int SlotMask = (1 << SlotBits) - 1;
    private const int SequenceMaximum = int.MaxValue >> SlotBits;
    private const int MinimumCycle = 64;

    private readonly SortedDictionary<int, T> _slots = [];
    private readonly Dictionary<int, T> _keys = [];
    private int _nextSlot;
    private int _lastSlot = -1;
    private int _sequence;

    /// <summary>How many there may be (SHMMNI, SEMMNI, MSGMNI).</summary>
    public int Limit => limit;

    public int Count => _slots.Count;

    /// <summary>By rising slot.</summary>
    public IEnumerable<T> All => _slots.Values;

    /// <summary>ipc_get_maxidx(), 0 if there is none: what IPC_INFO returns.</summary>
    public int HighestSlot
    {
        get
        {
            int highest = 0;
            foreach (int slot in _slots.Keys)
            {
                highest = slot;
            }

            return highest;
        }
    }

    public T? FindKey(int key) => _keys.GetValueOrDefault(key);

    /// <summary>ipc_obtain_object_check(): EINVAL for an id that is not (or no longer) in use.</summary>
    public Result<T> Find(int id) => id >= 0 && _slots.TryGetValue(id & SlotMask, out T? found) && found.Id == id ? found : Errno.EINVAL;

    /// <summary>By slot number, for the ..._STAT commands.</summary>
    private Result<T> FindSlot(int slot) => slot >= 0 && _slots.TryGetValue(slot & SlotMask, out T? found) ? found : Errno.EINVAL;

    /// <summary>What the ..._STAT commands show: IPC_STAT goes by id, the others by slot, ..._STAT_ANY without a look at the permissions.</summary>
    public Result<T> FindReadable(Task task, int id, bool isBySlot, bool isForAnybody)
    {
        Result<T> found = isBySlot ? FindSlot(id) : Find(id);
        return found.Failed || isForAnybody || found.Value.Allows(task, IpcObject.ReadAll) ? found : Errno.EACCES;
    }

    /// <summary>ipcctl_obtain_check(): what IPC_SET and IPC_RMID may work on.</summary>
    public Result<T> FindOwned(Task task, int id)
    {
        Result<T> found = Find(id);
        return found.Failed || found.Value.IsOwnedBy(task) ? found : Errno.EPERM;
    }

    /// <summary>ipc_addid(): ENOSPC when all are taken.</summary>
    public Errno Add(T item)
    {
        if (_slots.Count >= limit)
        {
            return Errno.ENOSPC;
        }

        if (NextId >= 0)
        {
            return AddWanted(item);
        }

        // Slots go round, so that an id that was just removed does not come back at once.
        int cycle = Math.Min(Math.Max(_slots.Count * 3 / 2, MinimumCycle), SlotMask + 1);
        int slot = _nextSlot;
        do
        {
            slot = slot >= cycle ? 0 : slot;
            if (!_slots.ContainsKey(slot))
            {
                break;
            }

            slot++;
        }
        while (true);

        _nextSlot = slot + 1;
        if (slot <= _lastSlot)
        {
            _sequence = _sequence + 1 >= SequenceMaximum ? 0 : _sequence + 1;
        }

        _lastSlot = slot;
        Insert(item, slot, _sequence);
        return Errno.OK;
    }

    /// <summary>ipc_idr_alloc() with a next_id: that slot or the next free one, with the sequence wanted.</summary>
    private Errno AddWanted(T item)
    {
        int slot = NextId & SlotMask;
        while (_slots.ContainsKey(slot))
        {
            slot++;
        }

        int sequence = NextId >> SlotBits;
        NextId = -1;
        if (slot > SlotMask)
        {
            return Errno.ENOSPC;
        }

        Insert(item, slot, sequence);
        return Errno.OK;
    }

    private void Insert(T item, int slot, int sequence)
    {
        item.Sequence = (ushort)sequence;
        item.Id = (sequence << SlotBits) + slot;
        _slots.Add(slot, item);
        if (item.Key != Abi.Ipc.IPC_PRIVATE)
        {
            _keys.Add(item.Key, item);
        }
    }

    /// <summary>ipc_rmid().</summary>
    public void Remove(T item)
    {
        HideKey(item);
        _slots.Remove(item.Id & SlotMask);
        item.IsRemoved = true;
    }

    /// <summary>ipc_set_key_private(): the object stays but nobody finds it by key.</summary>
    public void HideKey(T item)
    {
        if (item.Key != Abi.Ipc.IPC_PRIVATE)
        {
            _keys.Remove(item.Key);
            item.Key = Abi.Ipc.IPC_PRIVATE;
        }
    }

    /// <summary>ipcget(): finds by key or makes.</summary>
    /// <param name="task">The caller.</param>
    /// <param name="key">IPC_PRIVATE always makes.</param>
    /// <param name="flags">IPC_CREAT, IPC_EXCL and the wanted permissions.</param>
    /// <param name="make">Makes and adds a new one.</param>
    /// <param name="check">What an existing one must fulfil.</param>
    public Result<int> Get(Task task, int key, int flags, Func<Result<int>> make, Func<T, bool> check)
    {
        if (key == Abi.Ipc.IPC_PRIVATE)
        {
            return make();
        }

        if (FindKey(key) is not { } found)
        {
            return (flags & Abi.Ipc.IPC_CREAT) == 0 ? Errno.ENOENT : make();
        }

        if ((flags & Abi.Ipc.IPC_CREAT) != 0 && (flags & Abi.Ipc.IPC_EXCL) != 0)
        {
            return Errno.EEXIST;
        }

        if (!check(found))
        {
            return Errno.EINVAL;
        }

        return found.Allows(task, flags) ? found.Id : Errno.EACCES;
    }
}

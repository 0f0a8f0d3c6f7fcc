using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>What one process is to take back of one set when it ends (Linux's sem_undo).</summary>
internal sealed class SemaphoreUndo(SemaphoreUndoList owner, SemaphoreSet set)
{
    private readonly short[] _adjustments = new short[set.Count];

    public SemaphoreSet Set => set;

    public static long Cost(SemaphoreSet set) => 64 + (set.Count * sizeof(short));

    /// <summary>False: beyond SEMAEM.</summary>
    public bool TryAdjust(int number, int amount)
    {
        int sum = _adjustments[number] + amount;
        if (sum is < -Abi.Ipc.SEMAEM - 1 or > Abi.Ipc.SEMAEM)
        {
            return false;
        }

        _adjustments[number] = (short)sum;
        return true;
    }

    public void Forget(int number) => _adjustments[number] = 0;

    /// <summary>The process ends.</summary>
    public void Apply(int pid)
    {
        for (int i = 0; i < _adjustments.Length; i++)
        {
            if (_adjustments[i] != 0)
            {
                set.Values[i] = Math.Clamp(set.Values[i] + _adjustments[i], 0, Abi.Ipc.SEMVMX);
                set.Pids[i] = pid;
            }
        }

        set.OnPerformed(isChange: true);
    }

    /// <summary>Forgets it on both sides.</summary>
    public void Drop()
    {
        set.Undos.Remove(this);
        owner.Remove(this);
    }
}

/// <summary>The undo entries of a process (Linux's sem_undo_list).</summary>
internal sealed class SemaphoreUndoList
{
    private readonly List<SemaphoreUndo> _entries = [];

    /// <summary>Tasks that share it.</summary>
    public int Users { get; set; } = 1;

    /// <summary>find_alloc_undo(): ENOMEM.</summary>
    public Result<SemaphoreUndo> For(SemaphoreSet set, IpcMemory memory)
    {
        if (_entries.Find(entry => entry.Set == set) is { } found)
        {
            return found;
        }

        if (!memory.TryCharge(SemaphoreUndo.Cost(set)))
        {
            return Errno.ENOMEM;
        }

        _memory = memory;
        var undo = new SemaphoreUndo(this, set);
        _entries.Add(undo);
        set.Undos.Add(undo);
        return undo;
    }

    private IpcMemory? _memory;

    public void Remove(SemaphoreUndo undo)
    {
        _entries.Remove(undo);
        _memory?.Uncharge(SemaphoreUndo.Cost(undo.Set));
    }

    /// <summary>exit_sem(): the last task that shares it takes everything back.</summary>
    public void Drop(Task task)
    {
        if (--Users > 0)
        {
            return;
        }

        while (_entries.Count > 0)
        {
            SemaphoreUndo undo = _entries[^1];
            undo.Drop();
            undo.Apply(task.Pid);
        }
    }
}

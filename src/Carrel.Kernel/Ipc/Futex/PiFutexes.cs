using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Ipc.Futex;

/// <summary>
/// Priority-inheritance futexes (kernel/futex/pi.c): the word holds the owner's tid; the kernel hands a contended lock to the first waiter.
/// There is no priority to inherit, only the protocol.
/// </summary>
internal sealed class PiFutexes(FutexTable table)
{
    private const int MaximumTries = 1000;

    private readonly Dictionary<FutexKey, PiState> _states = [];

    public bool HasWaiters(FutexKey key) => _states.Count > 0 && _states.ContainsKey(key);

    /// <summary>futex_lock_pi(). The deadline is absolute.</summary>
    public SyscallResult Lock(Task task, ulong address, bool isPrivate, long deadline, bool isTry)
    {
        if (task.Restart.State is not FutexWaiter waiter)
        {
            Result<FutexKey> key = FutexKey.Of(task.Mm, address, isPrivate);
            if (key.Failed)
            {
                return key.Error;
            }

            Result<PiState?> state = Acquire(task.Mm, address, key.Value, task);
            if (state.Failed || state.Value is null)
            {
                return state.Failed ? state.Error : 0;
            }

            if (isTry)
            {
                Trim(state.Value);
                return Errno.EAGAIN;
            }

            waiter = new FutexWaiter(task, FutexOp.FUTEX_BITSET_MATCH_ANY) { Pi = state.Value };
            state.Value.Waiters.Add(waiter);
        }

        return table.Sleep(task, waiter, deadline, Errno.ERESTARTNOINTR);
    }

    /// <summary>futex_unlock_pi().</summary>
    public SyscallResult Unlock(Task task, ulong address, bool isPrivate)
    {
        if (!task.Mm.TryLoad(address, out int word))
        {
            return Errno.EFAULT;
        }

        if ((word & RobustList.FUTEX_TID_MASK) != task.OwnTid)
        {
            return Errno.EPERM;
        }

        Result<FutexKey> key = FutexKey.Of(task.Mm, address, isPrivate);
        if (key.Failed)
        {
            return key.Error;
        }

        if (_states.TryGetValue(key.Value, out PiState? state))
        {
            return state.Owner != task ? Errno.EINVAL : HandOver(state, task.Mm, address, word, keepsOwnerDied: false);
        }

        for (int i = 0; i < MaximumTries; i++)
        {
            if (!task.Mm.TryCompareExchange(address, word, 0, out int observed))
            {
                return Errno.EFAULT;
            }

            if (observed == word)
            {
                return 0;
            }

            word = observed;
            if ((word & RobustList.FUTEX_TID_MASK) != task.OwnTid)
            {
                return Errno.EPERM;
            }
        }

        return Errno.EAGAIN;
    }

    /// <summary>futex_wait_requeue_pi(): waits on an ordinary word until moved to (or given) the PI futex.</summary>
    public SyscallResult WaitRequeue(Task task, ulong address, bool isPrivate, int value, long deadline, uint bitset, ulong target)
    {
        if (address == target || bitset == 0)
        {
            return Errno.EINVAL;
        }

        if (task.Restart.State is not FutexWaiter waiter)
        {
            Result<FutexKey> key = FutexKey.Of(task.Mm, address, isPrivate);
            Result<FutexKey> targetKey = FutexKey.Of(task.Mm, target, isPrivate);
            if (key.Failed || targetKey.Failed)
            {
                return targetKey.Failed ? targetKey.Error : key.Error;
            }

            if (!task.Mm.TryLoad(address, out int current))
            {
                return Errno.EFAULT;
            }

            if (current != value)
            {
                return Errno.EAGAIN;
            }

            if (key.Value == targetKey.Value)
            {
                return Errno.EINVAL;
            }

            waiter = new FutexWaiter(task, bitset) { RequeueTarget = targetKey.Value };
            table.Enqueue(waiter, key.Value);
        }

        // Once moved, an interrupted wait is not restarted: the word has been consumed.
        bool wasMoved = waiter.Pi is not null;
        return table.Sleep(task, waiter, deadline, wasMoved ? Errno.EAGAIN : Errno.ERESTARTNOINTR);
    }

    /// <summary>FUTEX_CMP_REQUEUE_PI: the first waiter gets the lock if it is free, the others wait for it.</summary>
    public SyscallResult Requeue(Task task, in FutexRequeue request)
    {
        if (request.From == request.To || request.Wake != 1)
        {
            return Errno.EINVAL;
        }

        Errno error = FutexTable.Prepare(task, request, out FutexKey from, out FutexKey to);
        if (error != Errno.OK || from == to)
        {
            return error != Errno.OK ? error : Errno.EINVAL;
        }

        int count = 0;
        FutexWaiter? waiter = table.Find(from)?.First;
        while (waiter is not null && count - request.Wake < request.Move)
        {
            FutexWaiter? next = waiter.Next;
            if (waiter.RequeueTarget is not { } target || target != to)
            {
                return Errno.EINVAL;
            }

            Result<PiState?> state = Acquire(task.Mm, request.To, to, waiter.Task);
            if (state.Failed)
            {
                return count > 0 ? count : state.Error;
            }

            count++;
            if (state.Value is null)
            {
                waiter.HasLock = true;
                table.WakeOne(waiter);
            }
            else
            {
                table.Cancel(waiter);
                waiter.Pi = state.Value;
                state.Value.Waiters.Add(waiter);
            }

            waiter = next;
        }

        return count;
    }

    /// <summary>exit_pi_state_list(): locks that the task holds and others wait for go to the first waiter.</summary>
    public void OnTaskExit(Task task)
    {
        if (_states.Count == 0)
        {
            return;
        }

        foreach (PiState state in new List<PiState>(_states.Values))
        {
            if (state.Owner == task && !state.Waiters.IsEmpty)
            {
                state.Mm.TryLoad(state.Address, out int word);
                HandOver(state, state.Mm, state.Address, word, keepsOwnerDied: true);
            }
        }
    }

    /// <summary>Forgets a lock nobody waits for.</summary>
    public void Trim(PiState state)
    {
        if (state.Waiters.IsEmpty)
        {
            _states.Remove(state.Key);
        }
    }

    /// <summary>futex_lock_pi_atomic(): takes the lock for a task (null), or finds out whom it waits for.</summary>
    private Result<PiState?> Acquire(MemoryManager mm, ulong address, FutexKey key, Task task)
    {
        if (!mm.TryLoad(address, out int word))
        {
            return Errno.EFAULT;
        }

        for (int i = 0; i < MaximumTries; i++)
        {
            int owner = word & (int)RobustList.FUTEX_TID_MASK;
            if (owner == task.OwnTid)
            {
                return Errno.EDEADLK;
            }

            if (_states.TryGetValue(key, out PiState? state))
            {
                // attach_to_pi_state(): the word must agree with what the kernel knows.
                return owner != state.Owner.OwnTid ? Errno.EINVAL : state;
            }

            int wanted = owner == 0
                ? (word & (int)RobustList.FUTEX_OWNER_DIED) | task.OwnTid
                : word | unchecked((int)RobustList.FUTEX_WAITERS);
            if (!mm.TryCompareExchange(address, word, wanted, out int observed))
            {
                return Errno.EFAULT;
            }

            if (observed != word)
            {
                word = observed;
                continue;
            }

            return owner == 0 ? (PiState?)null : Attach(mm, address, key, task.Pids.FindTask(owner));
        }

        return Errno.EAGAIN;
    }

    // attach_to_pi_owner()
    private Result<PiState?> Attach(MemoryManager mm, ulong address, FutexKey key, Task? owner)
    {
        if (owner is null || owner.State is TaskState.Zombie or TaskState.Dead)
        {
            return Errno.ESRCH;
        }

        var state = new PiState(key, mm, address, owner);
        _states.Add(key, state);
        return state;
    }

    // wake_futex_pi(), and fixup_pi_state_owner() for a dead owner.
    private SyscallResult HandOver(PiState state, MemoryManager mm, ulong address, int word, bool keepsOwnerDied)
    {
        FutexWaiter next = state.Waiters.First!;
        for (int i = 0; i < MaximumTries; i++)
        {
            int wanted = next.Task.OwnTid | unchecked((int)RobustList.FUTEX_WAITERS) | (keepsOwnerDied ? word & (int)RobustList.FUTEX_OWNER_DIED : 0);
            if (!mm.TryCompareExchange(address, word, wanted, out int observed))
            {
                break;
            }

            if (observed == word)
            {
                state.Owner = next.Task;
                next.HasLock = true;
                table.WakeOne(next);
                return 0;
            }

            word = observed;
        }

        // The word is gone or does not stand still: the waiter must not hang for it.
        if (keepsOwnerDied)
        {
            state.Owner = next.Task;
            table.WakeOne(next);
        }

        return Errno.EFAULT;
    }
}

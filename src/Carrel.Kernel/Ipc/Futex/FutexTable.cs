using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Kernel.Ipc.Futex;

/// <summary>
/// All futex waits of the carrel (kernel/futex). A waiting handler keeps its <see cref="FutexWaiter"/> in the task's restart record; a wake-up marks it and makes
/// the task ready, whose handler then runs again and finds the mark. PI futexes are in <see cref="PiFutexes"/>.
/// </summary>
public sealed class FutexTable
{
    private readonly Dictionary<FutexKey, FutexQueue> _queues = [];
    private readonly LinuxKernel _kernel;

    internal FutexTable(LinuxKernel kernel)
    {
        _kernel = kernel;
        Pi = new PiFutexes(this);
    }

    internal PiFutexes Pi { get; }

    /// <summary>Wakes waiters on a word of a memory that were not told FUTEX_PRIVATE_FLAG: clear_child_tid, robust lists.</summary>
    internal void Wake(MemoryManager mm, ulong address, int count)
    {
        Result<FutexKey> key = FutexKey.Of(mm, address, isPrivate: false);
        if (key.Succeeded)
        {
            Wake(key.Value, count, FutexOp.FUTEX_BITSET_MATCH_ANY);
        }
    }

    /// <summary>mm_release() and exit: robust mutexes are marked and woken, PI futexes handed on, a wait in progress leaves its queue.</summary>
    internal void OnTaskExit(Task task)
    {
        RobustListWalk.Run(this, task);
        Pi.OnTaskExit(task);
        switch (task.Restart.State)
        {
            case FutexWaiter waiter:
                Cancel(waiter);
                break;
            case FutexWaiter[] waiters:
                CancelAll(waiters);
                break;
        }

        task.Mm.FlushRemote();
    }

    /// <summary>futex_wait(). <paramref name="deadline"/>: monotonic, <see cref="long.MaxValue"/> for none.</summary>
    internal SyscallResult Wait(Task task, ulong address, bool isPrivate, int value, long deadline, uint bitset)
    {
        if (bitset == 0)
        {
            return Errno.EINVAL;
        }

        var waiter = task.Restart.State as FutexWaiter;
        if (waiter is null)
        {
            Result<FutexKey> key = FutexKey.Of(task.Mm, address, isPrivate);
            if (key.Failed)
            {
                return key.Error;
            }

            if (!task.Mm.TryLoad(address, out int current))
            {
                return Errno.EFAULT;
            }

            if (current != value)
            {
                return Errno.EAGAIN;
            }

            waiter = new FutexWaiter(task, bitset);
            Enqueue(waiter, key.Value);
        }

        return Sleep(task, waiter, deadline, deadline == long.MaxValue ? Errno.ERESTARTSYS : Errno.ERESTART_RESTARTBLOCK);
    }

    /// <summary>Waits until the waiter is marked; takes it off its queue when the wait ends otherwise.</summary>
    internal SyscallResult Sleep(Task task, FutexWaiter waiter, long deadline, Errno onSignal)
    {
        SyscallResult result = 0;
        if (!waiter.IsWoken)
        {
            task.Restart.State = waiter;
            result = task.Block(deadline, Errno.ETIMEDOUT, onSignal);
            if (result.IsBlocked)
            {
                return result;
            }

            Cancel(waiter);
        }

        task.Restart.State = null;
        return result;
    }

    /// <summary>futex_waitv(2): waits on all words, gives the index of one that was woken.</summary>
    internal SyscallResult WaitMultiple(Task task, ReadOnlySpan<(ulong Address, int Value, bool IsPrivate)> words, long deadline)
    {
        if (task.Restart.State is not FutexWaiter[] waiters)
        {
            waiters = new FutexWaiter[words.Length];
            var keys = new FutexKey[words.Length];
            for (int i = 0; i < words.Length; i++)
            {
                Result<FutexKey> key = FutexKey.Of(task.Mm, words[i].Address, words[i].IsPrivate);
                if (key.Failed)
                {
                    return key.Error;
                }

                keys[i] = key.Value;
            }

            for (int i = 0; i < words.Length; i++)
            {
                bool ok = task.Mm.TryLoad(words[i].Address, out int current);
                if (!ok || current != words[i].Value)
                {
                    CancelAll(waiters);
                    return ok ? Errno.EAGAIN : Errno.EFAULT;
                }

                waiters[i] = new FutexWaiter(task, FutexOp.FUTEX_BITSET_MATCH_ANY);
                Enqueue(waiters[i], keys[i]);
            }

            task.Restart.State = waiters;
        }

        int woken = Array.FindIndex(waiters, static w => w.IsWoken);
        SyscallResult result = woken >= 0 ? woken : task.Block(deadline, Errno.ETIMEDOUT, Errno.ERESTARTSYS);
        if (!result.IsBlocked)
        {
            CancelAll(waiters);
            task.Restart.State = null;
        }

        return result;
    }

    /// <summary>futex_wake(): how many were woken; at least one if there is any, whatever the count.</summary>
    internal SyscallResult Wake(FutexKey key, int count, uint bitset, bool isStrict = false)
    {
        if (bitset == 0)
        {
            return Errno.EINVAL;
        }

        int woken = 0;
        if (isStrict && count == 0)
        {
            return 0;
        }

        FutexWaiter? waiter = _queues.TryGetValue(key, out FutexQueue? queue) ? queue.First : null;
        while (waiter is not null)
        {
            FutexWaiter? next = waiter.Next;
            if (waiter.RequeueTarget is not null)
            {
                return Errno.EINVAL;
            }

            if ((waiter.Bitset & bitset) != 0)
            {
                WakeOne(waiter);
                if (++woken >= count)
                {
                    break;
                }
            }

            waiter = next;
        }

        // A word somebody waits for by FUTEX_LOCK_PI is not woken by hand.
        return woken == 0 && Pi.HasWaiters(key) ? Errno.EINVAL : woken;
    }

    /// <summary>futex_wake_op().</summary>
    internal SyscallResult WakeOp(Task task, ulong address1, ulong address2, bool isPrivate, int wake1, int wake2, uint operation)
    {
        Result<FutexKey> key1 = FutexKey.Of(task.Mm, address1, isPrivate);
        Result<FutexKey> key2 = FutexKey.Of(task.Mm, address2, isPrivate);
        if (key1.Failed || key2.Failed)
        {
            return key1.Failed ? key1.Error : key2.Error;
        }

        Result<bool> holds = FutexOperation.Apply(task.Mm, address2, operation);
        if (holds.Failed)
        {
            return holds.Error;
        }

        SyscallResult first = Wake(key1.Value, wake1, FutexOp.FUTEX_BITSET_MATCH_ANY);
        if (first.Failed || !holds.Value)
        {
            return first;
        }

        SyscallResult second = Wake(key2.Value, wake2, FutexOp.FUTEX_BITSET_MATCH_ANY);
        return second.Failed ? second : first.Value + second.Value;
    }

    /// <summary>futex_requeue() between ordinary futexes: woken and moved waiters together.</summary>
    internal SyscallResult Requeue(Task task, in FutexRequeue request)
    {
        Errno error = Prepare(task, request, out FutexKey from, out FutexKey to);
        if (error != Errno.OK)
        {
            return error;
        }

        if (Pi.HasWaiters(from))
        {
            return Errno.EINVAL;
        }

        int count = 0;
        FutexWaiter? waiter = _queues.TryGetValue(from, out FutexQueue? queue) ? queue.First : null;
        FutexWaiter? last = queue?.Last;
        while (waiter is not null && count - request.Wake < request.Move)
        {
            FutexWaiter? next = waiter == last ? null : waiter.Next;
            if (waiter.RequeueTarget is not null)
            {
                return Errno.EINVAL;
            }

            if (++count <= request.Wake)
            {
                WakeOne(waiter);
            }
            else if (from != to)
            {
                Cancel(waiter);
                Enqueue(waiter, to);
            }

            waiter = next;
        }

        return count;
    }

    /// <summary>The common head of the requeue operations: counts, keys, and the comparison.</summary>
    internal static Errno Prepare(Task task, in FutexRequeue request, out FutexKey from, out FutexKey to)
    {
        (from, to) = (default, default);
        if (request.Wake < 0 || request.Move < 0)
        {
            return Errno.EINVAL;
        }

        Result<FutexKey> key1 = FutexKey.Of(task.Mm, request.From, request.IsFromPrivate);
        Result<FutexKey> key2 = FutexKey.Of(task.Mm, request.To, request.IsToPrivate);
        if (key1.Failed || key2.Failed)
        {
            return key1.Failed ? key1.Error : key2.Error;
        }

        (from, to) = (key1.Value, key2.Value);
        if (request.Expected is not { } expected)
        {
            return Errno.OK;
        }

        return !task.Mm.TryLoad(request.From, out int current) ? Errno.EFAULT : current != expected ? Errno.EAGAIN : Errno.OK;
    }

    internal FutexQueue? Find(FutexKey key) => _queues.GetValueOrDefault(key);

    internal void Enqueue(FutexWaiter waiter, FutexKey key)
    {
        ref FutexQueue? queue = ref CollectionsMarshal.GetValueRefOrAddDefault(_queues, key, out _);
        queue ??= new FutexQueue(key);
        queue.Add(waiter);
    }

    /// <summary>Takes a waiter off whatever it waits on.</summary>
    internal void Cancel(FutexWaiter waiter)
    {
        if (waiter.Queue is not { } queue)
        {
            return;
        }

        queue.Remove(waiter);
        if (waiter.Pi is { } pi)
        {
            Pi.Trim(pi);
        }
        else if (queue.IsEmpty)
        {
            _queues.Remove(queue.Key);
        }
    }

    internal void WakeOne(FutexWaiter waiter)
    {
        Cancel(waiter);
        waiter.IsWoken = true;
        _kernel.Scheduler.MakeReady(waiter.Task);
    }

    private void CancelAll(FutexWaiter?[] waiters)
    {
        foreach (FutexWaiter? waiter in waiters)
        {
            if (waiter is not null)
            {
                Cancel(waiter);
            }
        }
    }
}

/// <summary>A requeue operation.</summary>
internal readonly record struct FutexRequeue(ulong From, ulong To, bool IsFromPrivate, bool IsToPrivate, int Wake, int Move, int? Expected);

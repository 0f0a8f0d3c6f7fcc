using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>A set of semaphores with those who wait on it (Linux's sem_array).</summary>
public sealed class SemaphoreSet : IpcObject
{
    private readonly LinkedList<SemaphoreWaiter> _zeroWaiters = new();
    private readonly LinkedList<SemaphoreWaiter> _changeWaiters = new();
    private readonly LinuxKernel _kernel;

    internal SemaphoreSet(Task creator, int key, int count, int flags)
        : base(creator, key, flags)
    {
        _kernel = creator.Kernel;
        Values = new int[count];
        Pids = new int[count];
        ChangeTime = Now;
    }

    /// <summary>semval of each.</summary>
    internal int[] Values { get; }

    /// <summary>sempid of each: the process that changed it last.</summary>
    internal int[] Pids { get; }

    public int Count => Values.Length;

    /// <summary>Seconds since the epoch of the last semop.</summary>
    public long OperationTime { get; private set; }

    internal List<SemaphoreUndo> Undos { get; } = [];

    internal long Now => _kernel.Clock.Realtime / KernelClock.NanosecondsPerSecond;

    /// <summary>
    /// perform_atomic_semop(): does all operations or none. OK, an errno, or null with the index of the operation that has to wait.
    /// </summary>
    internal Errno? TryPerform(ReadOnlySpan<SemBuf> operations, SemaphoreUndo? undo, int pid, out int blocking)
    {
        Errno? result = Errno.OK;
        int done = 0;
        for (; done < operations.Length; done++)
        {
            SemBuf operation = operations[done];
            int value = Values[operation.Num];
            if ((operation.Op == 0 && value != 0) || value + operation.Op < 0)
            {
                result = (operation.Flg & Abi.Ipc.IPC_NOWAIT) != 0 ? Errno.EAGAIN : null;
                break;
            }

            if (value + operation.Op > Abi.Ipc.SEMVMX || (IsUndone(operation) && !undo!.TryAdjust(operation.Num, -operation.Op)))
            {
                result = Errno.ERANGE;
                break;
            }

            Values[operation.Num] = value + operation.Op;
        }

        blocking = done;
        if (result == Errno.OK)
        {
            foreach (SemBuf operation in operations)
            {
                Pids[operation.Num] = pid;
            }
        }
        else
        {
            while (--done >= 0)
            {
                SemBuf operation = operations[done];
                Values[operation.Num] -= operation.Op;
                if (IsUndone(operation))
                {
                    undo!.TryAdjust(operation.Num, operation.Op);
                }
            }
        }

        return result;
    }

    private static bool IsUndone(SemBuf operation) => (operation.Flg & Abi.Ipc.SEM_UNDO) != 0;

    /// <summary>An operation succeeded without waiting.</summary>
    internal void OnPerformed(bool isChange)
    {
        OperationTime = Now;
        if (isChange)
        {
            WakeWaiters();
        }
    }

    /// <summary>do_smart_update(): does for the waiters, in their order, what has become possible. Those that wait for zero come first.</summary>
    internal void WakeWaiters()
    {
        WakeZeroWaiters();
        LinkedListNode<SemaphoreWaiter>? node = _changeWaiters.First;
        while (node is not null)
        {
            LinkedListNode<SemaphoreWaiter>? next = node.Next;
            SemaphoreWaiter waiter = node.Value;
            if (TryComplete(waiter) && waiter.Result == Errno.OK)
            {
                // What it did may let others on, also earlier ones.
                WakeZeroWaiters();
                next = _changeWaiters.First;
            }

            node = next;
        }
    }

    private void WakeZeroWaiters()
    {
        LinkedListNode<SemaphoreWaiter>? node = _zeroWaiters.First;
        while (node is not null)
        {
            LinkedListNode<SemaphoreWaiter>? next = node.Next;
            TryComplete(node.Value);
            node = next;
        }
    }

    private bool TryComplete(SemaphoreWaiter waiter)
    {
        // Cheap for the usual case: what it waited for has not come.
        SemBuf first = waiter.Operations[waiter.Blocking];
        if (waiter.Blocking == 0 && (first.Op == 0 ? Values[first.Num] != 0 : Values[first.Num] + first.Op < 0))
        {
            return false;
        }

        Errno? result = TryPerform(waiter.Operations, waiter.Undo, waiter.Pid, out int blocking);
        waiter.Blocking = blocking < waiter.Operations.Length ? blocking : 0;
        if (result is not { } error)
        {
            return false;
        }

        if (error == Errno.OK)
        {
            OperationTime = Now;
        }

        waiter.Complete(error);
        return true;
    }

    internal void Enqueue(SemaphoreWaiter waiter) => waiter.Enter(waiter.IsChange ? _changeWaiters : _zeroWaiters);

    /// <summary>GETNCNT (<paramref name="forZero"/> false) and GETZCNT: waiters that this semaphore holds up.</summary>
    internal int CountWaiters(int number, bool forZero)
    {
        int count = 0;
        foreach (LinkedList<SemaphoreWaiter> list in (LinkedList<SemaphoreWaiter>[])[_zeroWaiters, _changeWaiters])
        {
            foreach (SemaphoreWaiter waiter in list)
            {
                SemBuf operation = waiter.Operations[waiter.Blocking];
                count += operation.Num == number && (forZero ? operation.Op == 0 : operation.Op < 0) ? 1 : 0;
            }
        }

        return count;
    }

    /// <summary>A value was set: adjustments made so far mean nothing any more.</summary>
    internal void ForgetAdjustments(int number)
    {
        foreach (SemaphoreUndo undo in Undos)
        {
            undo.Forget(number);
        }
    }

    /// <summary>freeary(): everybody who waits gets EIDRM.</summary>
    internal void OnRemoved()
    {
        foreach (SemaphoreUndo undo in Undos.ToArray())
        {
            undo.Drop();
        }

        foreach (LinkedList<SemaphoreWaiter> list in (LinkedList<SemaphoreWaiter>[])[_zeroWaiters, _changeWaiters])
        {
            while (list.First is { } node)
            {
                node.Value.Complete(Errno.EIDRM);
            }
        }
    }
}

/// <summary>A semop that waits (Linux's sem_queue). Whoever changes the set completes it.</summary>
internal sealed class SemaphoreWaiter(Task task, SemBuf[] operations, SemaphoreUndo? undo, bool isChange, int blocking) : IpcWaiter<SemaphoreWaiter>
{
    public SemBuf[] Operations => operations;

    public SemaphoreUndo? Undo => undo;

    public int Pid { get; } = task.Pid;

    /// <summary>It changes values; false: it waits for zeros only.</summary>
    public bool IsChange => isChange;

    /// <summary>The operation that could not be done.</summary>
    public int Blocking { get; set; } = blocking;

    public Errno? Result { get; private set; }

    public void Complete(Errno result)
    {
        Result = result;
        Abandon();
        Queue.WakeAll();
    }
}

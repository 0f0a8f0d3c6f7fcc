using System;
using Carrel.Abi;
using Carrel.Kernel.Ipc.SysV;

namespace Carrel.Kernel.Syscalls;

/// <summary>semget(2), semop(2), semctl(2). Order of errors as ipc/sem.c.</summary>
public static class SemaphoreSyscalls
{
    [Syscall(Nr.semget)]
    public static SyscallResult Semget(Task task, int key, int count, IpcGetFlags flags)
    {
        if (count is < 0 or > Abi.Ipc.SEMMSL)
        {
            return Errno.EINVAL;
        }

        Semaphores semaphores = task.Namespaces.Ipc.Semaphores;
        return semaphores.Table.Get(task, key, (int)flags, () => semaphores.Create(task, key, count, (int)flags), found => count <= found.Count);
    }

    [Syscall(Nr.semop)]
    public static SyscallResult Semop(Task task, int id, UserPtr<SemBuf> operations, uint count) => Semtimedop(task, id, operations, count, default);

    /// <summary>Never restarted: EINTR after a handler and after SIGCONT, signal(7).</summary>
    [Syscall(Nr.semtimedop)]
    public static SyscallResult Semtimedop(Task task, int id, UserPtr<SemBuf> operations, uint count, UserPtr<TimeSpec> timeout)
    {
        if (task.Restart.State is SemaphoreWaiter waiter)
        {
            return Wait(task, waiter);
        }

        TimeSpec limit = default;
        if (!timeout.IsNull && !timeout.TryRead(task, out limit))
        {
            return Errno.EFAULT;
        }

        if (count > Abi.Ipc.SEMOPM)
        {
            return Errno.E2BIG;
        }

        if (count < 1)
        {
            return Errno.EINVAL;
        }

        var list = new SemBuf[count];
        if (!operations.TryReadArray(task, list))
        {
            return Errno.EFAULT;
        }

        if (id < 0)
        {
            return Errno.EINVAL;
        }

        task.Restart.Deadline = long.MaxValue;
        if (!timeout.IsNull)
        {
            if (!TimeConversion.TryNanoseconds(limit, out long nanoseconds))
            {
                return Errno.EINVAL;
            }

            task.Restart.Deadline = TimeConversion.Deadline(task.Kernel.Clock.Monotonic, nanoseconds);
        }

        return Operate(task, id, list);
    }

    /// <summary>The rest of __do_semtimedop().</summary>
    private static SyscallResult Operate(Task task, int id, SemBuf[] operations)
    {
        bool isChange = false, hasUndo = false;
        int highest = 0;
        foreach (SemBuf operation in operations)
        {
            isChange |= operation.Op != 0;
            hasUndo |= (operation.Flg & Abi.Ipc.SEM_UNDO) != 0;
            highest = Math.Max(highest, operation.Num);
        }

        Result<SemaphoreSet> found = task.Namespaces.Ipc.Semaphores.Table.Find(id);
        if (found.Failed)
        {
            return found.Error;
        }

        SemaphoreSet set = found.Value;
        SemaphoreUndo? undo = null;
        if (hasUndo)
        {
            Result<SemaphoreUndo> made = (task.SemaphoreUndo ??= new SemaphoreUndoList()).For(set, task.Kernel.IpcMemory);
            if (made.Failed)
            {
                return made.Error;
            }

            undo = made.Value;
        }

        if (highest >= set.Count)
        {
            return Errno.EFBIG;
        }

        if (!set.Allows(task, isChange ? IpcObject.WriteAll : IpcObject.ReadAll))
        {
            return Errno.EACCES;
        }

        Errno? result = set.TryPerform(operations, undo, task.Pid, out int blocking);
        if (result == Errno.OK)
        {
            set.OnPerformed(isChange);
            return 0;
        }

        if (result is { } error)
        {
            return error;
        }

        var waiter = new SemaphoreWaiter(task, operations, undo, isChange, blocking);
        set.Enqueue(waiter);
        task.Restart.State = waiter;
        return Wait(task, waiter);
    }

    private static SyscallResult Wait(Task task, SemaphoreWaiter waiter)
    {
        if (waiter.Result is { } done)
        {
            return done == Errno.OK ? 0 : done;
        }

        SyscallResult result = task.Block(waiter.Queue, task.Restart.Deadline, Errno.EAGAIN, Errno.EINTR);
        if (!result.IsBlocked)
        {
            waiter.Abandon();
        }

        return result;
    }

    [Syscall(Nr.semctl)]
    public static SyscallResult Semctl(Task task, int id, int number, SemCommand command, ulong argument)
    {
        if (id < 0)
        {
            return Errno.EINVAL;
        }

        Semaphores semaphores = task.Namespaces.Ipc.Semaphores;
        switch (command)
        {
            case SemCommand.IPC_INFO or SemCommand.SEM_INFO:
                return new UserPtr<SemInfo>(argument).TryWrite(task, Limits(semaphores, isUsage: command == SemCommand.SEM_INFO))
                    ? semaphores.Table.HighestSlot
                    : Errno.EFAULT;
            case SemCommand.IPC_STAT or SemCommand.SEM_STAT or SemCommand.SEM_STAT_ANY:
                return Stat(task, semaphores, id, command, new UserPtr<SemidDs>(argument));
            case SemCommand.GETALL or SemCommand.GETVAL or SemCommand.GETPID or SemCommand.GETNCNT or SemCommand.GETZCNT or SemCommand.SETALL:
                return Values(task, semaphores, id, number, command, new UserPtr<ushort>(argument));
            case SemCommand.SETVAL:
                return SetValue(task, semaphores, id, number, (int)argument);
            case SemCommand.IPC_SET:
                return new UserPtr<SemidDs>(argument).TryRead(task, out SemidDs wanted) ? Change(task, semaphores, id, wanted) : Errno.EFAULT;
            case SemCommand.IPC_RMID:
                return Change(task, semaphores, id, null);
            default:
                return Errno.EINVAL;
        }
    }

    private static SemInfo Limits(Semaphores semaphores, bool isUsage) => new()
    {
        Map = Abi.Ipc.SEMMAP,
        Mni = Abi.Ipc.SEMMNI,
        Mns = Abi.Ipc.SEMMNS,
        Mnu = Abi.Ipc.SEMMNU,
        Msl = Abi.Ipc.SEMMSL,
        Opm = Abi.Ipc.SEMOPM,
        Ume = Abi.Ipc.SEMUME,
        Usz = isUsage ? semaphores.Table.Count : Abi.Ipc.SEMUSZ,
        Vmx = Abi.Ipc.SEMVMX,
        Aem = isUsage ? semaphores.Used : Abi.Ipc.SEMAEM,
    };

    private static SyscallResult Stat(Task task, Semaphores semaphores, int id, SemCommand command, UserPtr<SemidDs> buffer)
    {
        Result<SemaphoreSet> found = semaphores.Table.FindReadable(task, id, isBySlot: command != SemCommand.IPC_STAT, isForAnybody: command == SemCommand.SEM_STAT_ANY);
        if (found.Failed)
        {
            return found.Error;
        }

        SemaphoreSet set = found.Value;
        var state = new SemidDs { Perm = set.Describe(), Otime = set.OperationTime, Ctime = set.ChangeTime, Nsems = (ulong)set.Count };
        return !buffer.TryWrite(task, state) ? Errno.EFAULT : command == SemCommand.IPC_STAT ? 0 : set.Id;
    }

    /// <summary>semctl_main().</summary>
    private static SyscallResult Values(Task task, Semaphores semaphores, int id, int number, SemCommand command, UserPtr<ushort> array)
    {
        Result<SemaphoreSet> found = semaphores.Table.Find(id);
        if (found.Failed)
        {
            return found.Error;
        }

        SemaphoreSet set = found.Value;
        if (!set.Allows(task, command == SemCommand.SETALL ? IpcObject.WriteAll : IpcObject.ReadAll))
        {
            return Errno.EACCES;
        }

        switch (command)
        {
            case SemCommand.GETALL:
                return array.TryWriteArray(task, Array.ConvertAll(set.Values, value => (ushort)value)) ? 0 : Errno.EFAULT;
            case SemCommand.SETALL:
                return SetAll(task, set, array);
        }

        if ((uint)number >= (uint)set.Count)
        {
            return Errno.EINVAL;
        }

        return command switch
        {
            SemCommand.GETVAL => set.Values[number],
            SemCommand.GETPID => task.Pids.Seen(set.Pids[number]),
            SemCommand.GETNCNT => set.CountWaiters(number, forZero: false),
            _ => set.CountWaiters(number, forZero: true),
        };
    }

    private static SyscallResult SetAll(Task task, SemaphoreSet set, UserPtr<ushort> array)
    {
        var values = new ushort[set.Count];
        if (!array.TryReadArray(task, values))
        {
            return Errno.EFAULT;
        }

        if (Array.Exists(values, value => value > Abi.Ipc.SEMVMX))
        {
            return Errno.ERANGE;
        }

        for (int i = 0; i < values.Length; i++)
        {
            Put(task, set, i, values[i]);
        }

        set.WakeWaiters();
        return 0;
    }

    private static SyscallResult SetValue(Task task, Semaphores semaphores, int id, int number, int value)
    {
        if (value is < 0 or > Abi.Ipc.SEMVMX)
        {
            return Errno.ERANGE;
        }

        Result<SemaphoreSet> found = semaphores.Table.Find(id);
        if (found.Failed)
        {
            return found.Error;
        }

        SemaphoreSet set = found.Value;
        if ((uint)number >= (uint)set.Count)
        {
            return Errno.EINVAL;
        }

        if (!set.Allows(task, IpcObject.WriteAll))
        {
            return Errno.EACCES;
        }

        Put(task, set, number, value);
        set.WakeWaiters();
        return 0;
    }

    private static void Put(Task task, SemaphoreSet set, int number, int value)
    {
        set.ForgetAdjustments(number);
        set.Values[number] = value;
        set.Pids[number] = task.Pid;
        set.ChangeTime = set.Now;
    }

    /// <summary>semctl_down(): IPC_SET, or IPC_RMID if nothing is <paramref name="wanted"/>.</summary>
    private static SyscallResult Change(Task task, Semaphores semaphores, int id, SemidDs? wanted)
    {
        Result<SemaphoreSet> found = semaphores.Table.FindOwned(task, id);
        if (found.Failed)
        {
            return found.Error;
        }

        SemaphoreSet set = found.Value;
        if (wanted is not { } values)
        {
            semaphores.Remove(set);
            return 0;
        }

        return set.Update(values.Perm, set.Now);
    }
}

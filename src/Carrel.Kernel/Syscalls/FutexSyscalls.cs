using System;
using Carrel.Abi;
using Carrel.Kernel.Ipc.Futex;
using static Carrel.Abi.FutexOp;

namespace Carrel.Kernel.Syscalls;

/// <summary>futex(2), futex_waitv(2) and their relatives (kernel/futex/syscalls.c).</summary>
public static class FutexSyscalls
{
    private const uint KnownFlags2 = FUTEX2_SIZE_U64 | FUTEX2_NUMA | FUTEX2_PRIVATE;

    /// <summary>futex(2).</summary>
    [Syscall(Nr.futex, Missing = "FUTEX_FD; priorities are not inherited")]
    public static SyscallResult Futex(Task task, ulong address, int operation, int value, ulong timeout, ulong address2, uint value3)
    {
        int command = operation & FUTEX_CMD_MASK;
        bool isPrivate = (operation & FUTEX_PRIVATE_FLAG) != 0;
        bool isRealtime = (operation & FUTEX_CLOCK_REALTIME) != 0;
        if (!task.Restart.Started)
        {
            Errno error = TakeTimeout(task, command, isRealtime, timeout);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        if (isRealtime && command is not (FUTEX_WAIT_BITSET or FUTEX_WAIT_REQUEUE_PI or FUTEX_LOCK_PI2))
        {
            return Errno.ENOSYS;
        }

        FutexTable futexes = task.Kernel.Futexes;
        long deadline = task.Restart.Deadline;
        int count2 = (int)timeout;
        switch (command)
        {
            case FUTEX_WAIT:
                return futexes.Wait(task, address, isPrivate, value, deadline, FUTEX_BITSET_MATCH_ANY);
            case FUTEX_WAIT_BITSET:
                return futexes.Wait(task, address, isPrivate, value, deadline, value3);
            case FUTEX_WAKE:
                return Wake(task, address, isPrivate, value, FUTEX_BITSET_MATCH_ANY);
            case FUTEX_WAKE_BITSET:
                return Wake(task, address, isPrivate, value, value3);
            case FUTEX_REQUEUE:
                return futexes.Requeue(task, new FutexRequeue(address, address2, isPrivate, isPrivate, value, count2, null));
            case FUTEX_CMP_REQUEUE:
                return futexes.Requeue(task, new FutexRequeue(address, address2, isPrivate, isPrivate, value, count2, (int)value3));
            case FUTEX_WAKE_OP:
                return futexes.WakeOp(task, address, address2, isPrivate, value, count2, value3);
            case FUTEX_LOCK_PI or FUTEX_LOCK_PI2:
                return futexes.Pi.Lock(task, address, isPrivate, deadline, isTry: false);
            case FUTEX_TRYLOCK_PI:
                return futexes.Pi.Lock(task, address, isPrivate, long.MaxValue, isTry: true);
            case FUTEX_UNLOCK_PI:
                return futexes.Pi.Unlock(task, address, isPrivate);
            case FUTEX_WAIT_REQUEUE_PI:
                return futexes.Pi.WaitRequeue(task, address, isPrivate, value, deadline, FUTEX_BITSET_MATCH_ANY, address2);
            case FUTEX_CMP_REQUEUE_PI:
                return futexes.Pi.Requeue(task, new FutexRequeue(address, address2, isPrivate, isPrivate, value, count2, (int)value3));
            default:
                return Errno.ENOSYS;
        }
    }

    /// <summary>futex_waitv(2).</summary>
    [Syscall(Nr.futex_waitv)]
    public static SyscallResult FutexWaitv(Task task, UserPtr<ulong> waiters, uint count, uint flags, UserPtr<TimeSpec> timeout, int clock)
    {
        if (flags != 0 || count is 0 or > FUTEX_WAITV_MAX || waiters.IsNull)
        {
            return Errno.EINVAL;
        }

        if (!task.Restart.Started)
        {
            Errno error = TakeAbsolute(task, timeout, clock);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        if (task.Restart.State is not null)
        {
            return task.Kernel.Futexes.WaitMultiple(task, default, task.Restart.Deadline);
        }

        // struct futex_waitv: val, uaddr, flags and 32 reserved bits.
        var raw = new ulong[count * 3];
        if (!waiters.TryReadArray(task, raw))
        {
            return Errno.EFAULT;
        }

        var words = new (ulong Address, int Value, bool IsPrivate)[count];
        for (int i = 0; i < words.Length; i++)
        {
            (ulong value, ulong address, ulong rest) = (raw[3 * i], raw[(3 * i) + 1], raw[(3 * i) + 2]);
            if (rest >> 32 != 0 || CheckFlags((uint)rest) != Errno.OK || value > uint.MaxValue)
            {
                return Errno.EINVAL;
            }

            words[i] = (address, (int)(uint)value, (rest & FUTEX2_PRIVATE) != 0);
        }

        return task.Kernel.Futexes.WaitMultiple(task, words, task.Restart.Deadline);
    }

    /// <summary>futex_wake(2).</summary>
    [Syscall(Nr.futex_wake)]
    public static SyscallResult FutexWake(Task task, ulong address, ulong mask, int count, uint flags)
    {
        if (CheckFlags(flags) != Errno.OK || mask > uint.MaxValue)
        {
            return Errno.EINVAL;
        }

        Result<FutexKey> key = FutexKey.Of(task.Mm, address, (flags & FUTEX2_PRIVATE) != 0);
        return key.Failed ? key.Error : task.Kernel.Futexes.Wake(key.Value, count, (uint)mask, isStrict: true);
    }

    /// <summary>futex_wait(2).</summary>
    [Syscall(Nr.futex_wait)]
    public static SyscallResult FutexWait(Task task, ulong address, ulong value, ulong mask, uint flags, UserPtr<TimeSpec> timeout, int clock)
    {
        if (CheckFlags(flags) != Errno.OK || value > uint.MaxValue || mask > uint.MaxValue)
        {
            return Errno.EINVAL;
        }

        if (!task.Restart.Started)
        {
            Errno error = TakeAbsolute(task, timeout, clock);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        return task.Kernel.Futexes.Wait(task, address, (flags & FUTEX2_PRIVATE) != 0, (int)(uint)value, task.Restart.Deadline, (uint)mask);
    }

    /// <summary>futex_requeue(2).</summary>
    [Syscall(Nr.futex_requeue)]
    public static SyscallResult FutexRequeue(Task task, UserPtr<ulong> waiters, uint flags, int wake, int move)
    {
        if (flags != 0 || waiters.IsNull)
        {
            return Errno.EINVAL;
        }

        var raw = new ulong[6];
        if (!waiters.TryReadArray(task, raw))
        {
            return Errno.EFAULT;
        }

        if (raw[2] >> 32 != 0 || raw[5] >> 32 != 0 || CheckFlags((uint)raw[2]) != Errno.OK || CheckFlags((uint)raw[5]) != Errno.OK)
        {
            return Errno.EINVAL;
        }

        return task.Kernel.Futexes.Requeue(task, new FutexRequeue(
            raw[1], raw[4], (raw[2] & FUTEX2_PRIVATE) != 0, (raw[5] & FUTEX2_PRIVATE) != 0, wake, move, (int)(uint)raw[0]));
    }

    /// <summary>set_robust_list(2).</summary>
    [Syscall(Nr.set_robust_list)]
    public static SyscallResult SetRobustList(Task task, ulong head, ulong length)
    {
        if (length != (ulong)Marshalled.Size<RobustListHead>())
        {
            return Errno.EINVAL;
        }

        task.RobustList = head;
        return 0;
    }

    /// <summary>get_robust_list(2).</summary>
    [Syscall(Nr.get_robust_list)]
    public static SyscallResult GetRobustList(Task task, int pid, UserPtr<ulong> head, UserPtr<ulong> length)
    {
        Task? target = pid == 0 ? task : task.Pids.FindTask(pid);
        if (target is null)
        {
            return Errno.ESRCH;
        }

        if (!ProcessMemorySyscalls.MayAccess(task, target))
        {
            return Errno.EPERM;
        }

        return length.TryWrite(task, (ulong)Marshalled.Size<RobustListHead>()) && head.TryWrite(task, target.RobustList) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Wake(Task task, ulong address, bool isPrivate, int count, uint bitset)
    {
        if (bitset == 0)
        {
            return Errno.EINVAL;
        }

        Result<FutexKey> key = FutexKey.Of(task.Mm, address, isPrivate);
        return key.Failed ? key.Error : task.Kernel.Futexes.Wake(key.Value, count, bitset);
    }

    // futex2_to_flags() and futex_flags_valid(): words of 32 bits, one node.
    private static Errno CheckFlags(uint flags) =>
        (flags & ~KnownFlags2) != 0 || (flags & FUTEX2_SIZE_U64) != FUTEX2_SIZE_U32 || (flags & FUTEX2_NUMA) != 0 ? Errno.EINVAL : Errno.OK;

    /// <summary>The timeout of futex(2): relative for FUTEX_WAIT, else absolute. Kept in the restart record as a monotonic deadline.</summary>
    private static Errno TakeTimeout(Task task, int command, bool isRealtime, ulong timeout)
    {
        task.Restart.Started = true;
        task.Restart.Deadline = long.MaxValue;
        if (timeout == 0 || command is not (FUTEX_WAIT or FUTEX_LOCK_PI or FUTEX_LOCK_PI2 or FUTEX_WAIT_BITSET or FUTEX_WAIT_REQUEUE_PI))
        {
            return Errno.OK;
        }

        if (!new UserPtr<TimeSpec>(timeout).TryRead(task, out TimeSpec time))
        {
            return Errno.EFAULT;
        }

        if (!TimeConversion.TryNanoseconds(time, out long nanoseconds))
        {
            return Errno.EINVAL;
        }

        KernelClock clock = task.Kernel.Clock;
        long delay = command == FUTEX_WAIT ? nanoseconds
            : isRealtime || command == FUTEX_LOCK_PI ? Math.Max(0, nanoseconds - clock.Realtime)
            : Math.Max(0, nanoseconds - clock.Monotonic);
        task.Restart.Deadline = TimeConversion.Deadline(clock.Monotonic, delay);
        return Errno.OK;
    }

    // futex2_setup_timeout()
    private static Errno TakeAbsolute(Task task, UserPtr<TimeSpec> timeout, int clockId)
    {
        task.Restart.Started = true;
        task.Restart.Deadline = long.MaxValue;
        if (timeout.IsNull)
        {
            return Errno.OK;
        }

        if (clockId is not (ClockId.CLOCK_REALTIME or ClockId.CLOCK_MONOTONIC))
        {
            return Errno.EINVAL;
        }

        if (!timeout.TryRead(task, out TimeSpec time))
        {
            return Errno.EFAULT;
        }

        if (!TimeConversion.TryNanoseconds(time, out long nanoseconds))
        {
            return Errno.EINVAL;
        }

        KernelClock clock = task.Kernel.Clock;
        long delay = Math.Max(0, nanoseconds - (clockId == ClockId.CLOCK_REALTIME ? clock.Realtime : clock.Monotonic));
        task.Restart.Deadline = TimeConversion.Deadline(clock.Monotonic, delay);
        return Errno.OK;
    }
}

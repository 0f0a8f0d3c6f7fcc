using Carrel.Abi;
using Carrel.Kernel.Time;

namespace Carrel.Kernel.Syscalls;

/// <summary>alarm(2), setitimer(2) and POSIX timers.</summary>
public static class TimerSyscalls
{
    /// <summary>alarm(2).</summary>
    [Syscall(Nr.alarm)]
    public static SyscallResult Alarm(Task task, uint seconds)
    {
        IntervalTimers timers = task.Group.IntervalTimers;
        (long left, _) = timers.Get(ITimer.ITIMER_REAL);
        timers.Set(ITimer.ITIMER_REAL, seconds * KernelClock.NanosecondsPerSecond, 0);

        // alarm_setitimer(): rounded, but never to 0 while something was left.
        long old = left / KernelClock.NanosecondsPerSecond;
        long rest = left % KernelClock.NanosecondsPerSecond;
        return (old == 0 && rest != 0) || rest >= KernelClock.NanosecondsPerSecond / 2 ? old + 1 : old;
    }

    /// <summary>getitimer(2).</summary>
    [Syscall(Nr.getitimer)]
    public static SyscallResult Getitimer(Task task, int which, UserPtr<ITimerVal> value)
    {
        if (which is < ITimer.ITIMER_REAL or > ITimer.ITIMER_PROF)
        {
            return Errno.EINVAL;
        }

        return value.TryWrite(task, ToITimerVal(task.Group.IntervalTimers.Get(which))) ? 0 : Errno.EFAULT;
    }

    /// <summary>setitimer(2). A null value disarms, as it always did on Linux.</summary>
    [Syscall(Nr.setitimer)]
    public static SyscallResult Setitimer(Task task, int which, UserPtr<ITimerVal> value, UserPtr<ITimerVal> old)
    {
        ITimerVal wanted = default;
        if (!value.IsNull && !value.TryRead(task, out wanted))
        {
            return Errno.EFAULT;
        }

        if (!TimeConversion.TryNanoseconds(wanted.Value, out long left) || !TimeConversion.TryNanoseconds(wanted.Interval, out long interval)
            || which is < ITimer.ITIMER_REAL or > ITimer.ITIMER_PROF)
        {
            return Errno.EINVAL;
        }

        IntervalTimers timers = task.Group.IntervalTimers;
        ITimerVal before = ToITimerVal(timers.Get(which));
        timers.Set(which, left, interval);
        return old.IsNull || old.TryWrite(task, before) ? 0 : Errno.EFAULT;
    }

    /// <summary>timer_create(2).</summary>
    [Syscall(Nr.timer_create, Missing = "CLOCK_*_ALARM (EOPNOTSUPP: no such device)")]
    public static SyscallResult TimerCreate(Task task, int clock, UserPtr<SigEventBuf> notification, UserPtr<int> id)
    {
        SigEventBuf signal = default;
        if (!notification.IsNull && !notification.TryRead(task, out signal))
        {
            return Errno.EFAULT;
        }

        CpuClock? cpu = null;
        if (!Clocks.IsTimeline(clock))
        {
            Result<CpuClock> found = CpuClock.Of(task, clock);
            if (found.Failed && (Clocks.IsReadOnly(clock) || Clocks.IsDynamic(clock)))
            {
                return Errno.EOPNOTSUPP;
            }

            // What the clock itself refuses comes after the checks of the event and of the place for the id.
            if (found.Failed && (clock < 0 || Clocks.IsAlarm(clock)))
            {
                Errno refused = notification.IsNull ? Errno.OK : CheckEvent(task, signal, out _);
                return refused != Errno.OK ? refused : !id.TryWrite(task, NextId(task.Group)) ? Errno.EFAULT : clock < 0 ? found.Error : Errno.EOPNOTSUPP;
            }

            if (found.Failed)
            {
                return found.Error;
            }

            cpu = found.Value;
        }

        ThreadGroup group = task.Group;
        if ((ulong)group.PosixTimers.Count >= task.Limit(Rlimit.RLIMIT_SIGPENDING))
        {
            return Errno.EAGAIN;
        }

        int number = NextId(group);
        if (notification.IsNull)
        {
            signal = new SigEventBuf { Notify = SigEvent.SIGEV_SIGNAL, Signo = Signal.SIGALRM, Value = (ulong)number };
        }

        Errno error = CheckEvent(task, signal, out Task? thread);
        if (error != Errno.OK)
        {
            return error;
        }

        if (!id.TryWrite(task, number))
        {
            return Errno.EFAULT;
        }

        group.PosixTimers.Add(number, new PosixTimer(group, number, clock, cpu, signal.Notify, thread, signal.Signo, signal.Value));
        return 0;
    }

    /// <summary>timer_settime(2).</summary>
    [Syscall(Nr.timer_settime)]
    public static SyscallResult TimerSettime(Task task, int id, TimerFlags flags, UserPtr<ITimerSpec> value, UserPtr<ITimerSpec> old)
    {
        if (value.IsNull)
        {
            return Errno.EINVAL;
        }

        if (!value.TryRead(task, out ITimerSpec wanted))
        {
            return Errno.EFAULT;
        }

        if (!TimeConversion.TryNanoseconds(wanted.Interval, out long interval) || !TimeConversion.TryNanoseconds(wanted.Value, out long time)
            || !task.Group.PosixTimers.TryGetValue(id, out PosixTimer? timer))
        {
            return Errno.EINVAL;
        }

        ITimerSpec before = ToITimerSpec(timer.Get());
        timer.Set(time, interval, (flags & TimerFlags.TIMER_ABSTIME) != 0);
        return old.IsNull || old.TryWrite(task, before) ? 0 : Errno.EFAULT;
    }

    /// <summary>timer_gettime(2).</summary>
    [Syscall(Nr.timer_gettime)]
    public static SyscallResult TimerGettime(Task task, int id, UserPtr<ITimerSpec> value)
    {
        if (!task.Group.PosixTimers.TryGetValue(id, out PosixTimer? timer))
        {
            return Errno.EINVAL;
        }

        return value.TryWrite(task, ToITimerSpec(timer.Get())) ? 0 : Errno.EFAULT;
    }

    /// <summary>timer_getoverrun(2).</summary>
    [Syscall(Nr.timer_getoverrun)]
    public static SyscallResult TimerGetoverrun(Task task, int id) =>
        task.Group.PosixTimers.TryGetValue(id, out PosixTimer? timer) ? timer.Overrun : Errno.EINVAL;

    /// <summary>timer_delete(2).</summary>
    [Syscall(Nr.timer_delete)]
    public static SyscallResult TimerDelete(Task task, int id)
    {
        if (!task.Group.PosixTimers.TryGetValue(id, out PosixTimer? timer))
        {
            return Errno.EINVAL;
        }

        task.Group.PosixTimers.Remove(id);
        timer.Disarm();
        return 0;
    }

    // good_sigevent()
    private static Errno CheckEvent(Task task, in SigEventBuf signal, out Task? thread)
    {
        thread = null;
        switch (signal.Notify)
        {
            case SigEvent.SIGEV_SIGNAL | SigEvent.SIGEV_THREAD_ID:
                thread = task.Pids.FindTask(signal.Tid);
                if (thread is null || thread.Group != task.Group)
                {
                    return Errno.EINVAL;
                }

                break;
            case SigEvent.SIGEV_SIGNAL or SigEvent.SIGEV_THREAD:
                break;
            case SigEvent.SIGEV_NONE:
                return Errno.OK;
            default:
                return Errno.EINVAL;
        }

        return signal.Signo is <= 0 or > Signal.SIGRTMAX ? Errno.EINVAL : Errno.OK;
    }

    // Ids go up and wrap, like Linux's next_posix_timer_id.
    private static int NextId(ThreadGroup group)
    {
        int number = group.NextPosixTimer;
        while (group.PosixTimers.ContainsKey(number))
        {
            number = (number + 1) & int.MaxValue;
        }

        group.NextPosixTimer = (number + 1) & int.MaxValue;
        return number;
    }

    private static ITimerVal ToITimerVal((long Left, long Interval) timer) => new()
    {
        Value = TimeConversion.ToTimeVal(timer.Left),
        Interval = TimeConversion.ToTimeVal(timer.Interval),
    };

    private static ITimerSpec ToITimerSpec((long Left, long Interval) timer) => new()
    {
        Value = TimeConversion.ToTimeSpec(timer.Left),
        Interval = TimeConversion.ToTimeSpec(timer.Interval),
    };
}

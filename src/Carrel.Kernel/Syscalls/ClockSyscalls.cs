using Carrel.Abi;
using Carrel.Kernel.Time;

namespace Carrel.Kernel.Syscalls;

/// <summary>Reading and setting clocks.</summary>
public static class ClockSyscalls
{
    /// <summary>clock_gettime(2).</summary>
    [Syscall(Nr.clock_gettime, Missing = "the CPU clock of another thread shows the time of the process")]
    public static SyscallResult ClockGettime(Task task, int clock, UserPtr<TimeSpec> time)
    {
        // MAKE_THREAD_CPUCLOCK(0, CPUCLOCK_SCHED)
        const int ownThread = ~0 << 3 | ClockId.CPUCLOCK_PERTHREAD_MASK | ClockId.CPUCLOCK_SCHED;
        if (clock is ClockId.CLOCK_THREAD_CPUTIME_ID or ownThread)
        {
            return NativeAnswer.Into(task, time);
        }

        Result<long> now = Clocks.Read(task, clock);
        return now.Failed ? now.Error : time.TryWrite(task, TimeConversion.ToTimeSpec(now.Value)) ? 0 : Errno.EFAULT;
    }

    /// <summary>clock_getres(2).</summary>
    [Syscall(Nr.clock_getres)]
    public static SyscallResult ClockGetres(Task task, int clock, UserPtr<TimeSpec> resolution)
    {
        Result<long> value = Clocks.Resolution(task, clock);
        return value.Failed ? value.Error : resolution.IsNull || resolution.TryWrite(task, TimeConversion.ToTimeSpec(value.Value)) ? 0 : Errno.EFAULT;
    }

    /// <summary>clock_settime(2): the clocks are the host's.</summary>
    [Syscall(Nr.clock_settime, Missing = "the time cannot be set (EPERM)")]
    public static SyscallResult ClockSettime(Task task, int clock, UserPtr<TimeSpec> time)
    {
        Result<CpuClock> cpu = clock is ClockId.CLOCK_REALTIME ? Errno.OK : CpuClock.Of(task, clock);
        if (clock != ClockId.CLOCK_REALTIME && (cpu.Failed || clock >= 0))
        {
            return Errno.EINVAL;
        }

        return time.TryRead(task, out TimeSpec value)
            ? cpu.Succeeded && clock < 0 || TimeConversion.TryNanoseconds(value, out _) ? Errno.EPERM : Errno.EINVAL
            : Errno.EFAULT;
    }

    /// <summary>gettimeofday(2).</summary>
    [Syscall(Nr.gettimeofday)]
    public static SyscallResult Gettimeofday(Task task, UserPtr<TimeVal> time, UserPtr<Timezone> zone)
    {
        long now = task.Kernel.Clock.Realtime;
        var value = new TimeVal(now / 1_000_000_000, now % 1_000_000_000 / 1000);
        return (time.IsNull || time.TryWrite(task, value)) && (zone.IsNull || zone.TryWrite(task, default)) ? 0 : Errno.EFAULT;
    }

    /// <summary>settimeofday(2).</summary>
    [Syscall(Nr.settimeofday, Missing = "the time cannot be set (EPERM)")]
    public static SyscallResult Settimeofday(Task task, UserPtr<TimeVal> time, UserPtr<Timezone> zone)
    {
        if (!time.IsNull)
        {
            if (!time.TryRead(task, out TimeVal value))
            {
                return Errno.EFAULT;
            }

            if (!TimeConversion.TryNanoseconds(value, out _))
            {
                return Errno.EINVAL;
            }
        }

        return !zone.IsNull && !zone.TryRead(task, out _) ? Errno.EFAULT : Errno.EPERM;
    }

    /// <summary>time(2).</summary>
    [Syscall(Nr.time)]
    public static SyscallResult Time(Task task, UserPtr<long> result)
    {
        long seconds = task.Kernel.Clock.Realtime / KernelClock.NanosecondsPerSecond;
        return result.IsNull || result.TryWrite(task, seconds) ? seconds : Errno.EFAULT;
    }

    /// <summary>adjtimex(2): the state of a clock that somebody else keeps.</summary>
    [Syscall(Nr.adjtimex, Missing = "the clock cannot be adjusted (EPERM)")]
    public static SyscallResult Adjtimex(Task task, UserPtr<TimexBuf> buffer) => Adjust(task, buffer);

    /// <summary>clock_adjtime(2).</summary>
    [Syscall(Nr.clock_adjtime, Missing = "the clock cannot be adjusted (EPERM)")]
    public static SyscallResult ClockAdjtime(Task task, int clock, UserPtr<TimexBuf> buffer)
    {
        // do_clock_adjtime() comes after the copy.
        if (!buffer.TryRead(task, out _))
        {
            return Errno.EFAULT;
        }

        if (clock == ClockId.CLOCK_REALTIME)
        {
            return Adjust(task, buffer);
        }

        // Every clock of a process has no adjustment, even where there is no such process.
        bool isCpu = clock < 0 && !Clocks.IsDynamic(clock);
        return !isCpu && Clocks.Read(task, clock).Failed && !Clocks.IsAlarm(clock) ? Errno.EINVAL : Errno.EOPNOTSUPP;
    }

    private static SyscallResult Adjust(Task task, UserPtr<TimexBuf> buffer)
    {
        if (!buffer.TryRead(task, out TimexBuf timex))
        {
            return Errno.EFAULT;
        }

        const uint readOnlySingleShot = 0xa001;
        // ADJ_ADJTIME goes with ADJ_OFFSET_SINGLESHOT only, of which it is a part.
        if ((timex.Modes & Timex.ADJ_OFFSET_SINGLESHOT) == (Timex.ADJ_OFFSET_SINGLESHOT & ~Timex.ADJ_OFFSET))
        {
            return Errno.EINVAL;
        }

        if (timex.Modes is not (0 or readOnlySingleShot))
        {
            return Errno.EPERM;
        }

        long now = task.Kernel.Clock.Realtime;
        var state = new TimexBuf
        {
            Modes = timex.Modes,
            Status = Timex.STA_UNSYNC,
            Maxerror = 16_000_000,
            Esterror = 16_000_000,
            Constant = 2,
            Precision = 1,
            Tolerance = 32_768_000,
            Tick = 10_000,
            Time = new TimeVal(now / 1_000_000_000, now % 1_000_000_000 / 1000),
        };
        return buffer.TryWrite(task, state) ? Timex.TIME_ERROR : Errno.EFAULT;
    }
}

using System;
using Carrel.Abi;
using Carrel.Kernel.Time;

namespace Carrel.Kernel.Syscalls;

/// <summary>nanosleep(2), clock_nanosleep(2), pause is with the signals.</summary>
public static class SleepSyscalls
{
    /// <summary>nanosleep(2).</summary>
    [Syscall(Nr.nanosleep)]
    public static SyscallResult Nanosleep(Task task, UserPtr<TimeSpec> request, UserPtr<TimeSpec> remaining) =>
        Sleep(task, ClockId.CLOCK_MONOTONIC, isAbsolute: false, request, remaining);

    /// <summary>clock_nanosleep(2).</summary>
    [Syscall(Nr.clock_nanosleep)]
    public static SyscallResult ClockNanosleep(Task task, int clock, TimerFlags flags, UserPtr<TimeSpec> request, UserPtr<TimeSpec> remaining)
    {
        if (Clocks.IsReadOnly(clock) || Clocks.IsDynamic(clock) || clock == ClockId.CLOCK_THREAD_CPUTIME_ID)
        {
            return Errno.EOPNOTSUPP;
        }

        if (Clocks.IsAlarm(clock))
        {
            Errno error = ReadRequest(task, request, out _);
            return error != Errno.OK ? error : Errno.EOPNOTSUPP;
        }

        bool isAbsolute = (flags & TimerFlags.TIMER_ABSTIME) != 0;
        if (Clocks.IsTimeline(clock))
        {
            return Sleep(task, clock, isAbsolute, request, remaining);
        }

        // The time is read before the clock is looked for.
        if (clock < 0 && !request.TryRead(task, out _))
        {
            return Errno.EFAULT;
        }

        Result<CpuClock> cpu = CpuClock.Of(task, clock);
        return cpu.Failed ? cpu.Error : SleepOnCpu(task, cpu.Value, isAbsolute, request, remaining);
    }

    private static SyscallResult Sleep(Task task, int clock, bool isAbsolute, UserPtr<TimeSpec> request, UserPtr<TimeSpec> remaining)
    {
        if (!task.Restart.Started)
        {
            Errno error = ReadRequest(task, request, out long time);
            if (error != Errno.OK)
            {
                return error;
            }

            task.Restart.Started = true;
            task.Restart.Deadline = Clocks.Deadline(task.Kernel, clock, time, isAbsolute);
        }

        long deadline = task.Restart.Deadline;
        SyscallResult result = task.Block(deadline, 0, isAbsolute ? Errno.ERESTARTNOHAND : Errno.ERESTART_RESTARTBLOCK);
        return result.Failed && !isAbsolute ? WithRemaining(task, result, remaining, deadline - task.Kernel.Clock.Monotonic) : result;
    }

    // process_cpu_nsleep(): looks at the process's time now and then.
    private static SyscallResult SleepOnCpu(Task task, CpuClock clock, bool isAbsolute, UserPtr<TimeSpec> request, UserPtr<TimeSpec> remaining)
    {
        if (clock.Thread == task)
        {
            return Errno.EINVAL; // it would never wake
        }

        if (!task.Restart.Started)
        {
            Errno error = ReadRequest(task, request, out long time);
            if (error != Errno.OK)
            {
                return error;
            }

            task.Restart.Started = true;
            task.Restart.Deadline = isAbsolute ? time : TimeConversion.Deadline(clock.Now, time);
        }

        long left = task.Restart.Deadline - clock.Now;
        if (left <= 0)
        {
            return 0;
        }

        long look = TimeConversion.Deadline(task.Kernel.Clock.Monotonic, CpuTimers.NextLook(clock.Group, left));
        SyscallResult result = task.Block(look, Errno.OK, isAbsolute ? Errno.ERESTARTNOHAND : Errno.ERESTART_RESTARTBLOCK);
        return result.Failed && !isAbsolute ? WithRemaining(task, result, remaining, left) : result;
    }

    private static Errno ReadRequest(Task task, UserPtr<TimeSpec> request, out long nanoseconds)
    {
        nanoseconds = 0;
        return !request.TryRead(task, out TimeSpec time) ? Errno.EFAULT
            : TimeConversion.TryNanoseconds(time, out nanoseconds) ? Errno.OK
            : Errno.EINVAL;
    }

    // nanosleep_copyout()
    private static SyscallResult WithRemaining(Task task, SyscallResult result, UserPtr<TimeSpec> remaining, long left) =>
        remaining.IsNull || remaining.TryWrite(task, TimeConversion.ToTimeSpec(Math.Max(0, left))) ? result : Errno.EFAULT;
}

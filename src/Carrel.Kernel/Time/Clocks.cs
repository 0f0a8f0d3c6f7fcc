using Carrel.Abi;

namespace Carrel.Kernel.Time;

/// <summary>Which clocks there are and what they show (clockid_to_kclock() and pid_for_clock()).</summary>
internal static class Clocks
{
    /// <summary>One tick of the coarse clocks: HZ=250.</summary>
    public const long TickNanoseconds = 4_000_000;

    /// <summary>The time of a clock now, nanoseconds. EINVAL for one that does not exist.</summary>
    public static Result<long> Read(Task task, int clock)
    {
        KernelClock clocks = task.Kernel.Clock;
        switch (clock)
        {
            case ClockId.CLOCK_REALTIME:
                return clocks.Realtime;
            case ClockId.CLOCK_TAI:
                return clocks.Tai;
            case ClockId.CLOCK_MONOTONIC_RAW:
                return clocks.MonotonicRaw;
            case ClockId.CLOCK_REALTIME_COARSE:
                return clocks.RealtimeCoarse;
            case ClockId.CLOCK_MONOTONIC:
                return clocks.Monotonic;
            case ClockId.CLOCK_MONOTONIC_COARSE:
                return clocks.MonotonicCoarse;
            case ClockId.CLOCK_BOOTTIME:
                return clocks.Boottime;
        }

        Result<CpuClock> cpu = CpuClock.Of(task, clock);
        return cpu.Failed ? cpu.Error : cpu.Value.Now;
    }

    /// <summary>clock_getres(2).</summary>
    public static Result<long> Resolution(Task task, int clock)
    {
        switch (clock)
        {
            case ClockId.CLOCK_REALTIME or ClockId.CLOCK_TAI or ClockId.CLOCK_MONOTONIC or ClockId.CLOCK_MONOTONIC_RAW or ClockId.CLOCK_BOOTTIME:
                return 1;
            case ClockId.CLOCK_REALTIME_COARSE or ClockId.CLOCK_MONOTONIC_COARSE:
                return TickNanoseconds;
        }

        Result<CpuClock> cpu = CpuClock.Of(task, clock);
        return cpu.Failed ? cpu.Error : cpu.Value.Kind == ClockId.CPUCLOCK_SCHED ? 1 : TickNanoseconds;
    }

    /// <summary>The clock is driven by real time: the difference between an absolute time on it and the monotonic deadline is fixed.</summary>
    public static bool IsTimeline(int clock) => clock is ClockId.CLOCK_REALTIME or ClockId.CLOCK_MONOTONIC or ClockId.CLOCK_BOOTTIME or ClockId.CLOCK_TAI;

    /// <summary>There is no real-time clock device: timers that would wake the machine are not to be had (alarmtimer_get_rtcdev()).</summary>
    public static bool IsAlarm(int clock) => clock is ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_BOOTTIME_ALARM;

    /// <summary>The clock of a descriptor (clock_posix_dynamic): it has no timers and no sleep, whatever the descriptor is.</summary>
    public static bool IsDynamic(int clock) => clock < 0 && (clock & 7) == 3;

    /// <summary>Clocks that can be read and nothing else.</summary>
    public static bool IsReadOnly(int clock) => clock is ClockId.CLOCK_MONOTONIC_RAW or ClockId.CLOCK_REALTIME_COARSE or ClockId.CLOCK_MONOTONIC_COARSE;

    /// <summary>The monotonic deadline of a relative or absolute time on a timeline clock.</summary>
    public static long Deadline(LinuxKernel kernel, int clock, long time, bool isAbsolute)
    {
        long now = kernel.Clock.Monotonic;
        if (isAbsolute)
        {
            long clockNow = clock switch
            {
                ClockId.CLOCK_REALTIME => kernel.Clock.Realtime,
                ClockId.CLOCK_TAI => kernel.Clock.Tai,
                ClockId.CLOCK_BOOTTIME => kernel.Clock.Boottime,
                _ => now,
            };
            time = System.Math.Max(0, time - clockNow);
        }

        return TimeConversion.Deadline(now, time);
    }
}

/// <summary>The CPU time of a process or thread (kernel/time/posix-cpu-timers.c).</summary>
/// <param name="Group">Whose time.</param>
/// <param name="Kind">CPUCLOCK_PROF: all, CPUCLOCK_VIRT: user time only, CPUCLOCK_SCHED: all, in nanoseconds.</param>
/// <param name="Thread">The thread, for a per-thread clock. The host tells no thread's time of its own: it is the process's.</param>
internal readonly record struct CpuClock(ThreadGroup Group, int Kind, Task? Thread)
{
    public long Now
    {
        get
        {
            (long user, long system) = Group.CpuTime;
            return Kind == ClockId.CPUCLOCK_VIRT ? user : user + system;
        }
    }

    /// <summary>The CPU clock with this number. EINVAL if there is none.</summary>
    public static Result<CpuClock> Of(Task task, int clock)
    {
        if (clock >= 0)
        {
            return clock switch
            {
                ClockId.CLOCK_PROCESS_CPUTIME_ID => new CpuClock(task.Group, ClockId.CPUCLOCK_SCHED, null),
                ClockId.CLOCK_THREAD_CPUTIME_ID => new CpuClock(task.Group, ClockId.CPUCLOCK_SCHED, task),
                _ => Errno.EINVAL,
            };
        }

        int kind = clock & ClockId.CPUCLOCK_CLOCK_MASK;
        if (kind >= ClockId.CPUCLOCK_MAX)
        {
            return Errno.EINVAL;
        }

        int pid = ~(clock >> 3);
        if ((clock & ClockId.CPUCLOCK_PERTHREAD_MASK) != 0)
        {
            Task? thread = pid == 0 ? task : task.Pids.FindTask(pid);
            return thread is null || thread.Group != task.Group ? Errno.EINVAL : new CpuClock(thread.Group, kind, thread);
        }

        ThreadGroup? group = pid == 0 || pid == task.OwnTid ? task.Group : task.Pids.FindGroup(pid);
        return group is null ? Errno.EINVAL : new CpuClock(group, kind, null);
    }
}

using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Host clocks.</summary>
public static unsafe class HostClock
{
    /// <summary>Nanoseconds of a clock, or a negative errno.</summary>
    public static long Get(int clock)
    {
        TimeSpec time = default;
        long result = HostCall.InvokeQuick(Nr.clock_gettime, clock, (nint)(&time));
        return result < 0 ? result : (time.Sec * 1_000_000_000) + time.Nsec;
    }

    /// <summary>Nanoseconds of one of the system-wide clocks, read through the vDSO without a system call.</summary>
    public static long Read(int clock)
    {
        TimeSpec time = default;
        ClockGetTime(clock, &time);
        return (time.Sec * 1_000_000_000) + time.Nsec;
    }

    [DllImport("libc", EntryPoint = "clock_gettime"), SuppressGCTransition]
    private static extern int ClockGetTime(int clock, TimeSpec* time);

    /// <summary>The clock id of the CPU time of a whole process, include/linux/posix-timers.h.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="kind">CPUCLOCK_PROF or CPUCLOCK_VIRT (all or user time by the ticks seen), or CPUCLOCK_SCHED (all, exact).</param>
    public static int ProcessCpuClock(int pid, int kind) => (~pid << 3) | kind;

    /// <summary>Sleeps.</summary>
    /// <param name="duration">Nanoseconds.</param>
    public static int Sleep(long duration)
    {
        var time = new TimeSpec { Sec = duration / 1_000_000_000, Nsec = duration % 1_000_000_000 };
        return (int)HostCall.Invoke(Nr.nanosleep, (nint)(&time), 0);
    }
}

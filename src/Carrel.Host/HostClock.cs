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

    /// <summary>The clock id of the CPU time of a whole process, include/linux/posix-timers.h: user and system together, or user alone.</summary>
    public static int ProcessCpuClock(int pid, bool userOnly) => (~pid << 3) | (userOnly ? 1 : 0);

    /// <summary>Sleeps.</summary>
    /// <param name="duration">Nanoseconds.</param>
    public static int Sleep(long duration)
    {
        var time = new TimeSpec { Sec = duration / 1_000_000_000, Nsec = duration % 1_000_000_000 };
        return (int)HostCall.Invoke(Nr.nanosleep, (nint)(&time), 0);
    }
}

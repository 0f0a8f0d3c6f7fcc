using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Between the ABI's time structs and nanoseconds, saturating.</summary>
public static class TimeConversion
{
    private const long PerSecond = KernelClock.NanosecondsPerSecond;
    private const long MaxSeconds = long.MaxValue / PerSecond;

    /// <summary>False (EINVAL) for a negative time or nanoseconds outside [0, 1e9), timespec64_valid().</summary>
    public static bool TryNanoseconds(TimeSpec time, out long nanoseconds)
    {
        nanoseconds = 0;
        if (time.Sec < 0 || time.Nsec is < 0 or >= PerSecond)
        {
            return false;
        }

        nanoseconds = time.Sec >= MaxSeconds ? long.MaxValue : (time.Sec * PerSecond) + time.Nsec;
        return true;
    }

    /// <summary>False (EINVAL) for a negative time or microseconds outside [0, 1e6).</summary>
    public static bool TryNanoseconds(TimeVal time, out long nanoseconds)
    {
        nanoseconds = 0;
        if (time.Usec is < 0 or >= 1_000_000)
        {
            return false;
        }

        return TryNanoseconds(new TimeSpec { Sec = time.Sec, Nsec = time.Usec * 1000 }, out nanoseconds);
    }

    public static TimeSpec ToTimeSpec(long nanoseconds) => new() { Sec = nanoseconds / PerSecond, Nsec = nanoseconds % PerSecond };

    /// <summary>Rounds up to whole microseconds.</summary>
    public static TimeVal ToTimeVal(long nanoseconds)
    {
        long microseconds = (nanoseconds + 999) / 1000;
        return new TimeVal { Sec = microseconds / 1_000_000, Usec = microseconds % 1_000_000 };
    }

    /// <summary>Now plus a delay, saturating.</summary>
    public static long Deadline(long now, long delay) => delay > long.MaxValue - now ? long.MaxValue : now + delay;
}

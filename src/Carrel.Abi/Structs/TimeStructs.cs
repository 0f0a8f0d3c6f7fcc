using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>struct __kernel_timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TimeSpec
{
    public long Sec;
    public long Nsec;

    public TimeSpec(long sec, long nsec)
    {
        Sec = sec;
        Nsec = nsec;
    }
}

/// <summary>struct __kernel_old_timeval.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TimeVal
{
    public long Sec;
    public long Usec;

    public TimeVal(long sec, long usec)
    {
        Sec = sec;
        Usec = usec;
    }
}

/// <summary>struct __kernel_itimerspec.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ITimerSpec
{
    public TimeSpec Interval;
    public TimeSpec Value;
}

/// <summary>struct itimerval, setitimer(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ITimerVal
{
    public TimeVal Interval;
    public TimeVal Value;
}

/// <summary>struct tms, times(2); in clock ticks.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Tms
{
    public long Utime;
    public long Stime;
    public long Cutime;
    public long Cstime;
}

/// <summary>struct utimbuf, utime(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Utimbuf
{
    public long Actime;
    public long Modtime;
}

/// <summary>struct timezone, gettimeofday(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Timezone
{
    public int Minuteswest;
    public int Dsttime;
}

/// <summary>struct __kernel_timex, adjtimex(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TimexBuf
{
    public uint Modes;
    private readonly uint _pad0;
    public long Offset;
    public long Freq;
    public long Maxerror;
    public long Esterror;
    public int Status;
    private readonly int _pad1;
    public long Constant;
    public long Precision;
    public long Tolerance;
    public TimeVal Time;
    public long Tick;
    public long Ppsfreq;
    public long Jitter;
    public int Shift;
    private readonly int _pad2;
    public long Stabil;
    public long Jitcnt;
    public long Calcnt;
    public long Errcnt;
    public long Stbcnt;
    public int Tai;
    private readonly UInts11 _pad3;
}

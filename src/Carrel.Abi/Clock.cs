using System;

namespace Carrel.Abi;

/// <summary>Clocks of clock_gettime(2).</summary>
public static class ClockId
{
    public const int CLOCK_REALTIME = 0;
    public const int CLOCK_MONOTONIC = 1;
    public const int CLOCK_PROCESS_CPUTIME_ID = 2;
    public const int CLOCK_THREAD_CPUTIME_ID = 3;
    public const int CLOCK_MONOTONIC_RAW = 4;
    public const int CLOCK_REALTIME_COARSE = 5;
    public const int CLOCK_MONOTONIC_COARSE = 6;
    public const int CLOCK_BOOTTIME = 7;
    public const int CLOCK_REALTIME_ALARM = 8;
    public const int CLOCK_BOOTTIME_ALARM = 9;
    public const int CLOCK_SGI_CYCLE = 10;
    public const int CLOCK_TAI = 11;

    // CPU-time clocks of a process or thread, include/linux/posix-timers.h
    public const int CPUCLOCK_PROF = 0;
    public const int CPUCLOCK_VIRT = 1;
    public const int CPUCLOCK_SCHED = 2;
    public const int CPUCLOCK_MAX = 3;
    public const int CPUCLOCK_CLOCK_MASK = 3;
    public const int CPUCLOCK_PERTHREAD_MASK = 4;
    public const int CLOCKFD = 3;
}

/// <summary>Flags of clock_nanosleep(2) and timer_settime(2).</summary>
[Flags]
public enum TimerFlags
{
    TIMER_ABSTIME = 1,
}

/// <summary>Timers of setitimer(2).</summary>
public static class ITimer
{
    public const int ITIMER_REAL = 0;
    public const int ITIMER_VIRTUAL = 1;
    public const int ITIMER_PROF = 2;
}

/// <summary>Special tv_nsec of utimensat(2).</summary>
public static class Utime
{
    public const int UTIME_NOW = 0x3FFFFFFF;
    public const int UTIME_OMIT = 0x3FFFFFFE;
}

/// <summary>Modes, status bits and results of adjtimex(2).</summary>
public static class Timex
{
    public const int ADJ_OFFSET = 1;
    public const int ADJ_OFFSET_SINGLESHOT = 0x8001;
    public const int ADJ_FREQUENCY = 2;
    public const int ADJ_MAXERROR = 4;
    public const int ADJ_ESTERROR = 8;
    public const int ADJ_STATUS = 0x10;
    public const int ADJ_TIMECONST = 0x20;
    public const int ADJ_TAI = 0x80;
    public const int ADJ_SETOFFSET = 0x100;
    public const int ADJ_MICRO = 0x1000;
    public const int ADJ_NANO = 0x2000;
    public const int ADJ_TICK = 0x4000;

    public const int STA_PLL = 1;
    public const int STA_PPSFREQ = 2;
    public const int STA_PPSTIME = 4;
    public const int STA_FLL = 8;
    public const int STA_INS = 0x10;
    public const int STA_DEL = 0x20;
    public const int STA_UNSYNC = 0x40;
    public const int STA_FREQHOLD = 0x80;
    public const int STA_PPSSIGNAL = 0x100;
    public const int STA_PPSJITTER = 0x200;
    public const int STA_PPSWANDER = 0x400;
    public const int STA_PPSERROR = 0x800;
    public const int STA_CLOCKERR = 0x1000;
    public const int STA_NANO = 0x2000;
    public const int STA_MODE = 0x4000;
    public const int STA_CLK = 0x8000;
    public const int STA_RONLY = 0xFF00;

    public const int TIME_OK = 0;
    public const int TIME_INS = 1;
    public const int TIME_DEL = 2;
    public const int TIME_OOP = 3;
    public const int TIME_WAIT = 4;
    public const int TIME_ERROR = 5;
}

using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Timer descriptors, timerfd_create(2). Failures are a negative errno.</summary>
public static unsafe class HostTimer
{
    public static int Create(int clock, TimerfdFlags flags) => (int)HostCall.Invoke(Nr.timerfd_create, clock, (int)flags);

    /// <summary>One expiry at a point of the timer's clock; zero disarms.</summary>
    public static int SetAbsolute(int fd, TimeSpec at)
    {
        var value = new ITimerSpec { Value = at };
        return (int)HostCall.InvokeQuick(Nr.timerfd_settime, fd, (int)TimerfdFlags.TFD_TIMER_ABSTIME, (nint)(&value), 0);
    }
}

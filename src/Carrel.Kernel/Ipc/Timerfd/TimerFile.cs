using System;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;

namespace Carrel.Kernel.Ipc.Timerfd;

/// <summary>A timer to read, timerfd_create(2). Realtime deadlines are converted to the monotonic clock when set: guests cannot set the clock.</summary>
public sealed class TimerFile : AnonymousFile
{
    private readonly WaitQueue _queue = new();
    private readonly KernelTimer _timer;
    private ulong _expirations;
    private long _interval;

    public TimerFile(LinuxKernel kernel, OpenFlags flags, int clock)
        : base(kernel, flags, "[timerfd]")
    {
        Clock = clock;
        _timer = new KernelTimer(kernel.Timers, OnExpired);
    }

    /// <summary>CLOCK_*.</summary>
    public int Clock { get; }

    private long Now => Clock switch
    {
        ClockId.CLOCK_REALTIME or ClockId.CLOCK_REALTIME_ALARM => Kernel.Clock.Realtime,
        ClockId.CLOCK_BOOTTIME or ClockId.CLOCK_BOOTTIME_ALARM => Kernel.Clock.Boottime,
        _ => Kernel.Clock.Monotonic,
    };

    /// <summary>Time to the next expiration and the interval, nanoseconds; 0 if disarmed.</summary>
    public (long Left, long Interval) Remaining
    {
        get
        {
            CatchUp();
            return (_timer.IsArmed ? Math.Max(1, _timer.Deadline - Kernel.Clock.Monotonic) : 0, _interval);
        }
    }

    /// <summary>Arms with a first expiration (0 disarms), relative or on <see cref="Clock"/>.</summary>
    public void Set(long value, long interval, bool isAbsolute)
    {
        _expirations = 0;
        _interval = interval;
        if (value == 0)
        {
            _timer.Cancel();
            return;
        }

        long now = Kernel.Clock.Monotonic;
        long delay = isAbsolute ? Math.Max(0, value - Now) : value;
        _timer.Set(delay > long.MaxValue - now ? long.MaxValue - 1 : now + delay);
    }

    public override bool CanWrite => false;

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        if (destination.Remaining < sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        CatchUp();
        if (_expirations == 0)
        {
            return IsNonBlocking ? Errno.EAGAIN : task.Block(_queue);
        }

        ulong value = _expirations;
        _expirations = 0;
        return destination.CopyOut(BitConverter.GetBytes(value)) < sizeof(ulong) ? Errno.EFAULT : sizeof(ulong);
    }

    public override PollEvents Poll(PollTable? table)
    {
        table?.Add(_queue);
        return _expirations > 0 ? PollEvents.POLLIN : 0;
    }

    protected override void ReleaseCore() => _timer.Cancel();

    // The host's timer thread may be late: count what should have fired by now.
    private void CatchUp()
    {
        if (_timer.IsArmed && _timer.Deadline <= Kernel.Clock.Monotonic)
        {
            OnExpired();
        }
    }

    private void OnExpired()
    {
        long now = Kernel.Clock.Monotonic;
        long deadline = _timer.Deadline;
        _timer.Cancel();
        _expirations++;
        if (_interval > 0)
        {
            long missed = Math.Max(0, now - deadline) / _interval;
            _expirations += (ulong)missed;
            long step = _interval * (missed + 1);
            _timer.Set(deadline > long.MaxValue - step ? long.MaxValue - 1 : deadline + step);
        }

        _queue.Wake(PollEvents.POLLIN);
    }
}

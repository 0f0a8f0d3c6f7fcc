using System;
using Carrel.Abi;

namespace Carrel.Kernel.Time;

/// <summary>The three timers of setitimer(2) (kernel/time/itimer.c).</summary>
internal sealed class IntervalTimers
{
    /// <summary>While the last SIGALRM has not been taken, the next one comes no sooner than this.</summary>
    private const long PendingPause = 1_000_000;

    private readonly ThreadGroup _group;
    private readonly KernelTimer _real;
    private readonly CpuIntervalTimer _virtual;
    private readonly CpuIntervalTimer _profiling;
    private long _realInterval;

    public IntervalTimers(ThreadGroup group)
    {
        _group = group;
        _real = new KernelTimer(group.Kernel.Timers, OnReal);
        _virtual = new CpuIntervalTimer(group, ClockId.CPUCLOCK_VIRT, Signal.SIGVTALRM);
        _profiling = new CpuIntervalTimer(group, ClockId.CPUCLOCK_PROF, Signal.SIGPROF);
    }

    /// <summary>Time left (0: not armed) and interval, nanoseconds.</summary>
    public (long Left, long Interval) Get(int which)
    {
        if (which != ITimer.ITIMER_REAL)
        {
            return (which == ITimer.ITIMER_VIRTUAL ? _virtual : _profiling).Get();
        }

        // itimer_get_remtime(): what is due but has not fired yet has a microsecond left.
        return (_real.IsArmed ? Math.Max(1000, _real.Deadline - _group.Kernel.Clock.Monotonic) : 0, _realInterval);
    }

    public void Set(int which, long value, long interval)
    {
        if (which != ITimer.ITIMER_REAL)
        {
            (which == ITimer.ITIMER_VIRTUAL ? _virtual : _profiling).Set(value, interval);
            return;
        }

        _realInterval = interval;
        if (value == 0)
        {
            _realInterval = 0;
            _real.Cancel();
        }
        else
        {
            _real.Set(TimeConversion.Deadline(_group.Kernel.Clock.Monotonic, value));
        }
    }

    public void Clear() => _real.Cancel();

    private void OnReal()
    {
        bool wasPending = SignalMask.Has(_group.SharedPending.Set, Signal.SIGALRM);
        _group.Kernel.Signals.Send(_group, SignalInfo.Kernel(Signal.SIGALRM));
        if (_realInterval > 0 && !_group.IsExiting)
        {
            long now = _group.Kernel.Clock.Monotonic;
            long next = PeriodicTime.Next(_real.Deadline, _realInterval, wasPending ? now + PendingPause : now, out _);
            _real.Set(next);
        }
    }
}

/// <summary>ITIMER_VIRTUAL and ITIMER_PROF.</summary>
internal sealed class CpuIntervalTimer(ThreadGroup group, int kind, int signal) : CpuTimer
{
    private long _interval;

    public override CpuClock Clock => new(group, kind, null);

    public (long Left, long Interval) Get() =>
        (group.CpuTimers.IsArmed(this) ? Math.Max(Clocks.TickNanoseconds, Expires - Clock.Now) : 0, _interval);

    public void Set(long value, long interval)
    {
        // Unlike ITIMER_REAL's, the interval of a disarmed timer is kept and shown (set_cpu_itimer()).
        _interval = interval;
        if (value == 0)
        {
            group.CpuTimers.Disarm(this);
        }
        else
        {
            group.CpuTimers.Arm(this, TimeConversion.Deadline(Clock.Now, value));
        }
    }

    public override long OnExpired(long now)
    {
        group.Kernel.Signals.Send(group, SignalInfo.Kernel(signal));
        return _interval == 0 ? long.MaxValue : PeriodicTime.Next(Expires, _interval, now, out _);
    }
}

/// <summary>Arithmetic of periodic timers (hrtimer_forward()).</summary>
internal static class PeriodicTime
{
    /// <summary>The first expiry after <paramref name="now"/>; <paramref name="missed"/> counts those that are passed over.</summary>
    public static long Next(long expired, long interval, long now, out long missed)
    {
        missed = Math.Max(0, now - expired) / interval;
        long steps = missed + 1;
        return interval > (long.MaxValue - 1 - expired) / steps ? long.MaxValue - 1 : expired + (interval * steps);
    }
}

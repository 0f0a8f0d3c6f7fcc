using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Time;

/// <summary>Waits for a point of CPU time.</summary>
internal abstract class CpuTimer
{
    /// <summary>Nanoseconds of the clock at which it is due.</summary>
    public long Expires { get; set; }

    public abstract CpuClock Clock { get; }

    /// <summary>It is due. Returns the next expiry, or <see cref="long.MaxValue"/>.</summary>
    public abstract long OnExpired(long now);
}

/// <summary>
/// Timers of one process that run on its CPU time. The host does not tell when it has been used up, so the process's time is looked at when
/// it could have been: rarely while the process sleeps.
/// </summary>
internal sealed class CpuTimers
{
    private const long ShortestLook = 1_000_000;
    private const long LongestIdleLook = 50_000_000;

    private readonly ThreadGroup _group;
    private readonly List<CpuTimer> _armed = [];
    private readonly KernelTimer _look;
    private long _lastSeen;
    private long _idleLook;

    public CpuTimers(ThreadGroup group)
    {
        _group = group;
        _look = new KernelTimer(group.Kernel.Timers, Check);
    }

    /// <summary>How long to wait before CPU time can have advanced so far.</summary>
    public static long NextLook(ThreadGroup group, long left) => Math.Max(ShortestLook, left / Math.Max(1, group.Tasks.Count));

    public void Arm(CpuTimer timer, long expires)
    {
        _armed.Remove(timer);
        timer.Expires = expires;
        _armed.Add(timer);
        _idleLook = 0;
        Schedule();
    }

    public void Disarm(CpuTimer timer)
    {
        _armed.Remove(timer);
        if (_armed.Count == 0)
        {
            _look.Cancel();
        }
    }

    public bool IsArmed(CpuTimer timer) => _armed.Contains(timer);

    public void Clear()
    {
        _armed.Clear();
        _look.Cancel();
    }

    private void Check()
    {
        foreach (CpuTimer timer in _armed.ToArray())
        {
            long now = timer.Clock.Now;
            if (now < timer.Expires || !_armed.Contains(timer))
            {
                continue;
            }

            timer.Expires = timer.OnExpired(now);
            if (timer.Expires == long.MaxValue)
            {
                _armed.Remove(timer);
            }
        }

        Schedule();
    }

    private void Schedule()
    {
        if (_armed.Count == 0 || _group.IsZombie)
        {
            _look.Cancel();
            return;
        }

        long left = long.MaxValue;
        foreach (CpuTimer timer in _armed)
        {
            left = Math.Min(left, Math.Max(0, timer.Expires - timer.Clock.Now));
        }

        // A process that does not run is looked at less and less often.
        (long user, long system) = _group.CpuTime;
        _idleLook = user + system == _lastSeen ? Math.Min(LongestIdleLook, Math.Max(ShortestLook, _idleLook * 2)) : 0;
        _lastSeen = user + system;
        long wait = Math.Max(_idleLook, NextLook(_group, left));
        _look.Set(TimeConversion.Deadline(_group.Kernel.Clock.Monotonic, wait));
    }
}

/// <summary>RLIMIT_CPU: SIGXCPU each second from the soft limit on, SIGKILL at the hard one (check_process_timers()).</summary>
internal sealed class CpuLimitTimer(ThreadGroup group) : CpuTimer
{
    private const long Second = KernelClock.NanosecondsPerSecond;

    private long _nextSignal;

    public override CpuClock Clock => new(group, ClockId.CPUCLOCK_SCHED, null);

    /// <summary>The limits were set, by setrlimit or inheritance.</summary>
    public void Update(CpuTimers timers)
    {
        ref RlimitBuf limit = ref group.Limits[Rlimit.RLIMIT_CPU];
        _nextSignal = Nanoseconds(limit.Cur);
        long first = Math.Min(_nextSignal, Nanoseconds(limit.Max));
        if (first == long.MaxValue)
        {
            timers.Disarm(this);
        }
        else
        {
            timers.Arm(this, first);
        }
    }

    public override long OnExpired(long now)
    {
        long hard = Nanoseconds(group.Limits[Rlimit.RLIMIT_CPU].Max);
        if (now >= hard)
        {
            group.Kernel.Signals.Send(group, SignalInfo.Kernel(Signal.SIGKILL));
            return long.MaxValue;
        }

        if (now >= _nextSignal)
        {
            group.Kernel.Signals.Send(group, SignalInfo.Kernel(Signal.SIGXCPU));
            _nextSignal = now + Second;
        }

        return Math.Min(_nextSignal, hard);
    }

    // A limit of 0 means a second in fact.
    private static long Nanoseconds(ulong seconds) =>
        seconds >= (ulong)(long.MaxValue / Second) ? long.MaxValue : (long)Math.Max(1, seconds) * Second;
}

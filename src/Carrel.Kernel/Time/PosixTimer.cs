using System;
using Carrel.Abi;

namespace Carrel.Kernel.Time;

/// <summary>
/// A timer of timer_create(2) (Linux's struct k_itimer). Its signal has a place in the queue from the start; while it waits there the timer
/// rests, and what it missed is counted when the signal is taken.
/// </summary>
internal sealed class PosixTimer : PreallocatedSignal
{
    /// <summary>A periodic timer whose signal is ignored fires no more often than this.</summary>
    private const long IgnoredPause = 1_000_000;

    private readonly ThreadGroup _group;
    private readonly Task? _thread;
    private readonly int _notify;
    private readonly IDriver _driver;
    private long _interval;

    /// <summary>Expiry that the queued signal tells of.</summary>
    private long _expired;

    public PosixTimer(ThreadGroup group, int id, int clock, CpuClock? cpu, int notify, Task? thread, int signal, ulong value)
    {
        _group = group;
        _thread = thread;
        _notify = notify;
        Id = id;
        Clock = clock;
        _driver = cpu is { } cpuClock ? new CpuDriver(this, cpuClock) : new TimelineDriver(this, clock);
        Info = new SigInfo { Signo = signal, Code = Si.SI_TIMER, TimerId = id, Value = value };
    }

    private interface IDriver
    {
        long Now { get; }

        bool IsArmed { get; }

        long Expires { get; }

        void Arm(long expires);

        void Disarm();

        /// <summary>The expiry on this driver's scale of a time as the guest gave it.</summary>
        long ExpiryOf(long time, bool isAbsolute);
    }

    public int Id { get; }

    public int Clock { get; }

    /// <summary>SIGEV_* as created.</summary>
    public int Notify => _notify;

    /// <summary>The thread that SIGEV_THREAD_ID names.</summary>
    public Task? Target => _thread;

    /// <summary>timer_getoverrun(2).</summary>
    public int Overrun { get; private set; }

    /// <summary>timer_gettime(2): time left (0: not armed) and interval.</summary>
    public (long Left, long Interval) Get()
    {
        long now = _driver.Now;
        bool isResting = IsQueued && _interval > 0;
        if (!_driver.IsArmed && !isResting)
        {
            return (0, _interval);
        }

        long expires = isResting ? _expired : _driver.Expires;
        if (expires <= now && _interval > 0 && (isResting || _notify == SigEvent.SIGEV_NONE))
        {
            expires = PeriodicTime.Next(expires, _interval, now, out _);
        }

        // What has passed without a signal to tell of it is over; else it is just about to fire.
        long left = expires - now;
        return (left > 0 ? left : _notify == SigEvent.SIGEV_NONE ? 0 : 1, _interval);
    }

    /// <summary>timer_settime(2).</summary>
    public void Set(long value, long interval, bool isAbsolute)
    {
        Disarm();
        Overrun = 0;
        _interval = value == 0 ? 0 : interval;
        if (value != 0)
        {
            _driver.Arm(_driver.ExpiryOf(value, isAbsolute));
        }
    }

    /// <summary>Stops it and takes its signal back.</summary>
    public void Disarm()
    {
        _driver.Disarm();
        SignalSender.WithdrawPreallocated(_group, _thread, this);
    }

    /// <summary>posixtimer_rearm(): the signal is being taken.</summary>
    public override void OnDequeue()
    {
        long missed = 0;
        if (_interval > 0)
        {
            _driver.Arm(PeriodicTime.Next(_expired, _interval, _driver.Now, out missed));
        }

        Overrun = (int)Math.Min(missed, int.MaxValue);
        Info.Overrun = Overrun;
    }

    /// <summary>Returns the next expiry on the driver's scale, or <see cref="long.MaxValue"/> to rest.</summary>
    private long OnExpired(long expired, long now)
    {
        if (_notify == SigEvent.SIGEV_NONE)
        {
            return long.MaxValue;
        }

        _expired = expired;
        _group.Kernel.Signals.SendPreallocated(_group, _thread, this);
        return IsQueued || _interval == 0 ? long.MaxValue : PeriodicTime.Next(expired, _interval, now + IgnoredPause, out _);
    }

    private sealed class TimelineDriver : IDriver
    {
        private readonly PosixTimer _owner;
        private readonly int _clock;
        private readonly KernelTimer _timer;

        public TimelineDriver(PosixTimer owner, int clock)
        {
            _owner = owner;
            _clock = clock;
            _timer = new KernelTimer(owner._group.Kernel.Timers, OnExpired);
        }

        public long Now => _owner._group.Kernel.Clock.Monotonic;

        // A SIGEV_NONE timer goes on in thought only.
        public bool IsArmed { get; private set; }

        public long Expires { get; private set; }

        public void Arm(long expires)
        {
            IsArmed = true;
            Expires = expires;
            if (_owner._notify != SigEvent.SIGEV_NONE)
            {
                _timer.Set(expires);
            }
        }

        public void Disarm()
        {
            IsArmed = false;
            _timer.Cancel();
        }

        public long ExpiryOf(long time, bool isAbsolute) => Clocks.Deadline(_owner._group.Kernel, _clock, time, isAbsolute);

        private void OnExpired()
        {
            IsArmed = false;
            long next = _owner.OnExpired(Expires, Now);
            if (next != long.MaxValue)
            {
                Arm(next);
            }
        }
    }

    private sealed class CpuDriver(PosixTimer owner, CpuClock clock) : CpuTimer, IDriver
    {
        public override CpuClock Clock => clock;

        public long Now => clock.Now;

        public bool IsArmed => owner._group.CpuTimers.IsArmed(this);

        public void Arm(long expires) => owner._group.CpuTimers.Arm(this, expires);

        public void Disarm() => owner._group.CpuTimers.Disarm(this);

        public long ExpiryOf(long time, bool isAbsolute) => isAbsolute ? time : TimeConversion.Deadline(clock.Now, time);

        public override long OnExpired(long now) => owner.OnExpired(Expires, now);
    }
}

using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Machine;
using Carrel.Tests.Kernel.Fakes;
using Xunit;
using Task = Carrel.Kernel.Task;

namespace Carrel.Tests.Kernel.Time;

/// <summary>Sleeps, interval timers and POSIX timers on a clock that the test moves.</summary>
public sealed class TimerTests
{
    private const ulong Memory = 0x20000;
    private const ulong Second = Memory + 256;
    private const long Millisecond = 1_000_000;

    private readonly TestKernel _kernel = new();
    private readonly Task _task;

    public TimerTests()
    {
        _task = _kernel.NewProcess();
        _kernel.Do(_task, Nr.mmap, Memory, 0x1000, 3, (ulong)(MapFlags.MAP_FIXED | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_PRIVATE), 0, 0);

        // Blocked, so that signals stay where the test can see them.
        _task.Signals.SetBlocked(ulong.MaxValue & ~(1UL << (Signal.SIGKILL - 1)));
    }

    [Fact]
    public void Nanosleep_LastsAsLongAsAsked()
    {
        Put(Memory, new TimeSpec(0, 10 * Millisecond));
        FakeThread thread = _kernel.Call(_task, Nr.nanosleep, Memory, 0);
        _kernel.Advance((10 * Millisecond) - 1);
        Assert.Empty(thread.Answers);
        _kernel.Advance(1);
        Assert.Equal(0, thread.Answers[^1]);
        Assert.Equal(GuestThreadState.Running, thread.State);
    }

    [Fact]
    public void Nanosleep_RefusesABadTime()
    {
        Put(Memory, new TimeSpec(0, 1_000_000_000));
        Assert.Equal(-(long)Errno.EINVAL, _kernel.Do(_task, Nr.nanosleep, Memory, 0));
        Assert.Equal(-(long)Errno.EFAULT, _kernel.Do(_task, Nr.nanosleep, 8, 0));
    }

    [Fact]
    public void ClockNanosleep_InThePast_ReturnsAtOnce()
    {
        Put(Memory, new TimeSpec(1, 0));
        Assert.Equal(0, _kernel.Do(_task, Nr.clock_nanosleep, ClockId.CLOCK_REALTIME, (ulong)TimerFlags.TIMER_ABSTIME, Memory, 0));
        Assert.Equal(-(long)Errno.EOPNOTSUPP, _kernel.Do(_task, Nr.clock_nanosleep, ClockId.CLOCK_MONOTONIC_RAW, 0, Memory, 0));
        Assert.Equal(-(long)Errno.EINVAL, _kernel.Do(_task, Nr.clock_nanosleep, 77, 0, Memory, 0));
    }

    [Fact]
    public void Alarm_SendsSigalrmAndRoundsWhatIsLeft()
    {
        Assert.Equal(0, _kernel.Do(_task, Nr.alarm, 10));
        _kernel.Advance(400 * Millisecond);
        Assert.Equal(10, _kernel.Do(_task, Nr.alarm, 1));
        _kernel.Advance(1000 * Millisecond);
        Assert.True(IsPending(Signal.SIGALRM));
        Assert.Equal(0, _kernel.Do(_task, Nr.alarm, 0));
    }

    [Fact]
    public void Setitimer_TellsTheOldValue()
    {
        Put(Memory, new ITimerVal { Value = new TimeVal(2, 0), Interval = new TimeVal(0, 500_000) });
        Assert.Equal(0, _kernel.Do(_task, Nr.setitimer, ITimer.ITIMER_REAL, Memory, 0));
        _kernel.Advance(500 * Millisecond);
        Assert.Equal(0, _kernel.Do(_task, Nr.setitimer, ITimer.ITIMER_REAL, 0, Second));
        ITimerVal old = Get<ITimerVal>(Second);
        Assert.Equal((1L, 500_000L, 500_000L), (old.Value.Sec, old.Value.Usec, old.Interval.Usec));
        _kernel.Advance(3000 * Millisecond);
        Assert.False(IsPending(Signal.SIGALRM));
    }

    [Fact]
    public void VirtualTimer_FollowsCpuTime()
    {
        Put(Memory, new ITimerVal { Value = new TimeVal(0, 10_000) });
        Assert.Equal(0, _kernel.Do(_task, Nr.setitimer, ITimer.ITIMER_VIRTUAL, Memory, 0));
        _kernel.Advance(1000 * Millisecond);
        Assert.False(IsPending(Signal.SIGVTALRM));
        ((FakeSpace)_task.Mm.Space).Cpu += 11 * Millisecond;
        _kernel.Advance(100 * Millisecond);
        Assert.True(IsPending(Signal.SIGVTALRM));
    }

    [Fact]
    public void PosixTimer_CountsOverrunsUntilItsSignalIsTaken()
    {
        Put(Memory, new SigEventBuf { Notify = SigEvent.SIGEV_SIGNAL, Signo = Signal.SIGUSR1, Value = 0x1234 });
        Assert.Equal(0, _kernel.Do(_task, Nr.timer_create, ClockId.CLOCK_MONOTONIC, Memory, Second));
        ulong id = (ulong)Get<int>(Second);
        Put(Memory, new ITimerSpec { Value = new TimeSpec(0, 10 * Millisecond), Interval = new TimeSpec(0, 10 * Millisecond) });
        Assert.Equal(0, _kernel.Do(_task, Nr.timer_settime, id, 0, Memory, 0));
        _kernel.Advance(55 * Millisecond);
        SigInfo info = _task.Group.SharedPending.Take(Signal.SIGUSR1);
        Assert.Equal((Si.SI_TIMER, (int)id, 4, 0x1234UL), (info.Code, info.TimerId, info.Overrun, info.Value));
        Assert.Equal(4, _kernel.Do(_task, Nr.timer_getoverrun, id));
        Assert.Equal(0, _kernel.Do(_task, Nr.timer_gettime, id, Second));
        Assert.Equal(5 * Millisecond, Get<ITimerSpec>(Second).Value.Nsec);
        _kernel.Advance(5 * Millisecond);
        Assert.True(IsPending(Signal.SIGUSR1));
        Assert.Equal(0, _kernel.Do(_task, Nr.timer_delete, id));
        Assert.Equal(-(long)Errno.EINVAL, _kernel.Do(_task, Nr.timer_delete, id));
    }

    [Fact]
    public void PosixTimer_OnCpuTime_Fires()
    {
        Put(Memory, new SigEventBuf { Notify = SigEvent.SIGEV_SIGNAL, Signo = Signal.SIGUSR2 });
        Assert.Equal(0, _kernel.Do(_task, Nr.timer_create, ClockId.CLOCK_PROCESS_CPUTIME_ID, Memory, Second));
        ulong id = (ulong)Get<int>(Second);
        Put(Memory, new ITimerSpec { Value = new TimeSpec(0, 5 * Millisecond) });
        Assert.Equal(0, _kernel.Do(_task, Nr.timer_settime, id, 0, Memory, 0));
        ((FakeSpace)_task.Mm.Space).Cpu += 6 * Millisecond;
        _kernel.Advance(60 * Millisecond);
        Assert.True(IsPending(Signal.SIGUSR2));
    }

    [Fact]
    public void TimerCreate_RefusesBadEvents()
    {
        Put(Memory, new SigEventBuf { Notify = SigEvent.SIGEV_SIGNAL, Signo = 65 });
        Assert.Equal(-(long)Errno.EINVAL, _kernel.Do(_task, Nr.timer_create, ClockId.CLOCK_MONOTONIC, Memory, Second));
        Put(Memory, new SigEventBuf { Notify = SigEvent.SIGEV_THREAD_ID, Signo = 10, Tid = 99 });
        Assert.Equal(-(long)Errno.EINVAL, _kernel.Do(_task, Nr.timer_create, ClockId.CLOCK_MONOTONIC, Memory, Second));
        Assert.Equal(-(long)Errno.EOPNOTSUPP, _kernel.Do(_task, Nr.timer_create, ClockId.CLOCK_MONOTONIC_COARSE, 0, Second));
        Assert.Equal(-(long)Errno.EINVAL, _kernel.Do(_task, Nr.timer_create, 42, 0, Second));
    }

    [Fact]
    public void CpuLimit_WarnsAndKills()
    {
        _task.Group.Limits[Rlimit.RLIMIT_CPU] = new RlimitBuf(1, 3);
        _task.Group.CpuLimitChanged();
        var space = (FakeSpace)_task.Mm.Space;
        space.Cpu += 1_100 * Millisecond;
        _kernel.Advance(1_500 * Millisecond);
        Assert.True(IsPending(Signal.SIGXCPU));
        space.Cpu += 2_000 * Millisecond;
        _kernel.Advance(1_500 * Millisecond);
        Assert.True(_task.Group.IsExiting);
    }

    [Fact]
    public void Clocks_ShowTheHostsTime()
    {
        Assert.Equal(0, _kernel.Do(_task, Nr.clock_gettime, ClockId.CLOCK_REALTIME, Memory));
        Assert.Equal(_kernel.Host.RealtimeNow / 1_000_000_000, Get<TimeSpec>(Memory).Sec);
        Assert.Equal(-(long)Errno.EINVAL, _kernel.Do(_task, Nr.clock_gettime, 10, Memory));
        Assert.Equal(0, _kernel.Do(_task, Nr.clock_gettime, CpuClockOf(_task.Pid), Memory));
        Assert.Equal(-(long)Errno.EINVAL, _kernel.Do(_task, Nr.clock_gettime, CpuClockOf(4242), Memory));
    }

    private static ulong CpuClockOf(int pid) => unchecked((uint)((~pid << 3) | ClockId.CPUCLOCK_SCHED));

    private bool IsPending(int signal) => ((_task.Group.SharedPending.Set >> (signal - 1)) & 1) != 0;

    private void Put<T>(ulong address, T value) where T : unmanaged => Assert.True(new UserPtr<T>(address).TryWrite(_task, value));

    private T Get<T>(ulong address) where T : unmanaged
    {
        Assert.True(new UserPtr<T>(address).TryRead(_task, out T value));
        return value;
    }
}

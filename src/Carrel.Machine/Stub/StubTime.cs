using System;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>The CPU time of a stub, divided into user and system time as Linux shows it (cputime_adjust()).</summary>
internal struct StubTime
{
    private long _user, _system;

    /// <summary>The exact time, divided as the host's ticks say; neither part ever goes back.</summary>
    public (long User, long System) Read(int pid)
    {
        long exact = HostClock.Get(HostClock.ProcessCpuClock(pid, ClockId.CPUCLOCK_SCHED));
        long ticks = HostClock.Get(HostClock.ProcessCpuClock(pid, ClockId.CPUCLOCK_PROF));
        long userTicks = HostClock.Get(HostClock.ProcessCpuClock(pid, ClockId.CPUCLOCK_VIRT));
        if (exact >= 0 && ticks >= 0 && userTicks >= 0)
        {
            long system = ticks == 0 ? 0 : exact - (long)((Int128)exact * userTicks / ticks);
            system = Math.Max(system, _system);
            _user = Math.Max(exact - system, _user);
            _system = Math.Max(exact - _user, _system);
        }

        return (_user, _system);
    }
}

using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Time;

namespace Carrel.Kernel;

/// <summary>The timers of a process; none is inherited by a child.</summary>
public sealed partial class ThreadGroup
{
    private IntervalTimers? _intervalTimers;
    private CpuTimers? _cpuTimers;
    private CpuLimitTimer? _cpuLimit;

    /// <summary>setitimer(2).</summary>
    internal IntervalTimers IntervalTimers => _intervalTimers ??= new IntervalTimers(this);

    /// <summary>Timers that run on this process's CPU time.</summary>
    internal CpuTimers CpuTimers => _cpuTimers ??= new CpuTimers(this);

    /// <summary>timer_create(2), by id.</summary>
    internal SortedDictionary<int, PosixTimer> PosixTimers { get; } = [];

    internal int NextPosixTimer { get; set; }

    /// <summary>RLIMIT_CPU was set or inherited.</summary>
    internal void CpuLimitChanged()
    {
        if (_cpuLimit is null && Limits[Rlimit.RLIMIT_CPU] is { Cur: Rlimit.RLIM_INFINITY, Max: Rlimit.RLIM_INFINITY })
        {
            return;
        }

        _cpuLimit ??= new CpuLimitTimer(this);
        _cpuLimit.Update(CpuTimers);
    }

    /// <summary>exit_itimers(): execve and exit end the timers of timer_create.</summary>
    internal void DeletePosixTimers()
    {
        foreach (PosixTimer timer in PosixTimers.Values)
        {
            timer.Disarm();
        }

        PosixTimers.Clear();
    }

    /// <summary>The process ends: nothing fires any more.</summary>
    internal void StopTimers()
    {
        DeletePosixTimers();
        _intervalTimers?.Clear();
        _cpuTimers?.Clear();
    }
}

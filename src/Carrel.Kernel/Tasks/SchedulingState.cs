using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>
/// What sched(7) calls set. The host schedules guest threads as ordinary ones whatever stands here: values are checked, kept, inherited
/// and shown, nothing more.
/// </summary>
public sealed record SchedulingState
{
    public int Policy { get; init; } = Sched.SCHED_NORMAL;

    public int Priority { get; init; }

    public int Nice { get; init; }

    public bool ResetOnFork { get; init; }

    /// <summary>Runtime, deadline and period of SCHED_DEADLINE; the slice of others.</summary>
    public SchedAttr Attributes { get; init; }

    /// <summary>sched_setaffinity(2): bit n is CPU n; null means all.</summary>
    public IReadOnlyList<ulong>? Affinity { get; init; }

    /// <summary>ioprio_set(2).</summary>
    public int IoPriority { get; init; }

    /// <summary>sched_fork(): what a child inherits.</summary>
    internal SchedulingState ForChild()
    {
        if (!ResetOnFork)
        {
            return this;
        }

        bool isRealTime = Policy is Sched.SCHED_FIFO or Sched.SCHED_RR or Sched.SCHED_DEADLINE;
        return this with
        {
            ResetOnFork = false,
            Policy = isRealTime ? Sched.SCHED_NORMAL : Policy,
            Priority = 0,
            Nice = isRealTime || Nice < 0 ? 0 : Nice,
        };
    }
}

using System;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The end of a process when the memory limit is reached (mm/oom_kill.c).</summary>
internal sealed class OomKiller(LinuxKernel kernel)
{
    /// <summary>The space of the last victim, until the host has given its memory back.</summary>
    private AddressSpace? _dying;

    /// <summary>
    /// The memory limit is reached: kills the process with the most resident memory (out_of_memory()); it may be the one that asked. While a
    /// victim is still dying, no further one is chosen. False if nobody can be killed.
    /// </summary>
    public bool Kill()
    {
        if (_dying is not null)
        {
            return true;
        }

        if (kernel.Frames.Trim() > 0)
        {
            return true; // the access is tried again
        }

        ThreadGroup? victim = null;
        long most = 0;
        foreach (ThreadGroup group in kernel.Pids.Groups)
        {
            long points = Points(group);
            if (points > most)
            {
                (victim, most) = (group, points);
            }
        }

        if (victim is null)
        {
            return false;
        }

        MemoryManager mm = victim.Leader.Mm;
        kernel.Host.Log($"out of memory: killed process {victim.Pid} ({victim.Leader.Name}), {mm.ResidentPages * (FrameStore.PageSize / 1024)} kB resident");
        _dying = mm.Space;
        foreach (ThreadGroup group in kernel.Pids.Groups)
        {
            // All that use the memory have to go for it to become free.
            if (!group.IsZombie && group.FirstLiveTask is { } task && task.Mm == mm)
            {
                kernel.Signals.Send(group, SignalInfo.Kernel(Signal.SIGKILL), isForced: true);
            }
        }

        return true;
    }

    /// <summary>The host has given the memory of a dead address space back.</summary>
    public void OnSpaceDied(AddressSpace space)
    {
        if (space == _dying)
        {
            _dying = null;
        }
    }

    // oom_badness()
    private long Points(ThreadGroup group)
    {
        const int never = -1000;
        if (group.IsZombie || group.OomScoreAdjustment == never || group.FirstLiveTask is not { } task)
        {
            return 0;
        }

        return Math.Max(1, task.Mm.ResidentPages + (group.OomScoreAdjustment * (kernel.Frames.LimitPages / 1000)));
    }
}

using Carrel.Abi;
using Carrel.Kernel.Mm;
using Carrel.Machine;

namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    /// <summary>The space of the last victim, until the host has given its memory back.</summary>
    private AddressSpace? _dyingOfMemory;

    /// <summary>Host-file pages that the kernel read last.</summary>
    internal HostPageCache HostPages { get; } = new();

    internal ulong LastSharedAnonymous { get; set; }

    /// <summary>Makes one running thread of a space come by, so that it applies queued mapping changes.</summary>
    internal void KickOneRunning(MemoryManager mm)
    {
        foreach (ThreadGroup group in Pids.Groups)
        {
            foreach (Task task in group.Tasks)
            {
                if (task.Mm == mm && task.Thread.State == GuestThreadState.Running)
                {
                    task.Thread.Kick();
                    return;
                }
            }
        }
    }

    /// <summary>
    /// The memory limit is reached: kills the process with the most resident memory (out_of_memory()); it may be the one that asked. While a
    /// victim is still dying, no further one is chosen. False if nobody can be killed.
    /// </summary>
    internal bool OutOfMemory()
    {
        if (_dyingOfMemory is not null)
        {
            return true;
        }

        if (Frames.Trim() > 0)
        {
            return true; // the access is tried again
        }

        ThreadGroup? victim = null;
        long most = 0;
        foreach (ThreadGroup group in Pids.Groups)
        {
            long points = OomPoints(group);
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
        Host.Log($"out of memory: killed process {victim.Pid} ({victim.Leader.Name}), {mm.ResidentPages * (FrameStore.PageSize / 1024)} kB resident");
        _dyingOfMemory = mm.Space;
        foreach (ThreadGroup group in Pids.Groups)
        {
            // All that use the memory have to go for it to become free.
            if (!group.IsZombie && group.FirstLiveTask is { } task && task.Mm == mm)
            {
                SendSignal(group, SignalInfo.Kernel(Signal.SIGKILL), isForced: true);
            }
        }

        return true;
    }

    // oom_badness()
    private long OomPoints(ThreadGroup group)
    {
        const int never = -1000;
        if (group.IsZombie || group.OomScoreAdjustment == never || group.FirstLiveTask is not { } task)
        {
            return 0;
        }

        return System.Math.Max(1, task.Mm.ResidentPages + (group.OomScoreAdjustment * (Frames.LimitPages / 1000)));
    }
}

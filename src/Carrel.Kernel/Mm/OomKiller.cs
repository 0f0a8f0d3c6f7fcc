using System;
using Carrel.Abi;
using Carrel.Kernel.Mm;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The end of a process when the memory limit is reached (mm/oom_kill.c).</summary>
internal sealed class OomKiller
{
    // A guess: 512 bytes for an open file.
    private const int DescriptorsPerPage = 8;

    private readonly LinuxKernel _kernel;

    /// <summary>The space of a victim whose memory could not be taken at once, until the host has given it back.</summary>
    private AddressSpace? _dying;

    internal OomKiller(LinuxKernel kernel)
    {
        _kernel = kernel;
        kernel.Frames.Shortage = Relieve;
    }

    /// <summary>Processes ended so far (memory.events).</summary>
    public long Kills { get; private set; }

    /// <summary>How often the limit was reached and memory had to be found.</summary>
    public long Shortages { get; private set; }

    /// <summary>
    /// The memory limit is reached: kills the process with the most resident memory (out_of_memory()); it may be the one that asked. While a
    /// victim is still dying, no further one is chosen. False if nobody can be killed.
    /// </summary>
    public bool Kill()
    {
        Shortages++;
        return TryReclaim() || _dying is not null || KillOne(Points, out _);
    }

    /// <summary>There is too little left for the kernel itself: as <see cref="Kill"/>, but what a process has open counts, too.</summary>
    public bool KillForKernelMemory()
    {
        Shortages++;
        return _dying is null && KillOne(
            group => Points(group) is > 0 and var points ? points + (group.FirstLiveTask!.Files.Capacity / DescriptorsPerPage) : 0, out _);
    }

    /// <summary>The host has given the memory of a dead address space back.</summary>
    public void OnSpaceDied(AddressSpace space)
    {
        if (space == _dying)
        {
            _dying = null;
        }
    }

    /// <summary>An access of the kernel's own found no memory: is there some now?</summary>
    private bool Relieve(bool mayKill)
    {
        Shortages++;
        // A caller that is a victim itself has only to come to its end.
        bool isVictim = _kernel.Current is { IsExiting: false, Mm.IsReaped: true };
        return TryReclaim() || (mayKill && !isVictim && KillOne(Points, out long gained) && gained > 0);
    }

    /// <summary>Takes what nobody will look at again: frames kept for reuse, and those that the host has not confirmed as unmapped.</summary>
    private bool TryReclaim()
    {
        if (_kernel.Frames.Trim() > 0)
        {
            return true;
        }

        long before = _kernel.Frames.UsedPages;
        _kernel.Platform.DiscardWaiting();
        return _kernel.Frames.UsedPages < before;
    }

    private bool KillOne(Func<ThreadGroup, long> pointsOf, out long gained)
    {
        gained = 0;
        ThreadGroup? victim = null;
        long most = 0;
        foreach (ThreadGroup group in _kernel.Pids.Groups)
        {
            long points = pointsOf(group);
            if (points > most)
            {
                (victim, most) = (group, points);
            }
        }

        if (victim is null)
        {
            return false;
        }

        Kills++;
        MemoryManager mm = victim.FirstLiveTask!.Mm;
        _kernel.Host.Log($"out of memory: killed process {victim.Pid} ({victim.Leader.Name}), {mm.ResidentPages * (FrameStore.PageSize / 1024)} kB resident");
        long before = _kernel.Frames.UsedPages;
        End(mm);
        gained = before - _kernel.Frames.UsedPages;
        _dying = gained > 0 ? _dying : mm.Space;
        _kernel.Platform.ExceedHostLimit(_kernel.Options.Cgroup.OomSize);
        return true;
    }

    /// <summary>
    /// All that use the memory have to go for it to become free. It is taken at once, like the OOM reaper does: what the next program needs cannot wait until the
    /// host has ended a process.
    /// </summary>
    private void End(MemoryManager mm)
    {
        mm.IsReaped = true;
        bool isOwn = _kernel.Current is { IsExiting: false } current && current.Mm == mm;
        if (isOwn)
        {
            foreach (ThreadGroup group in _kernel.Pids.Groups)
            {
                if (!group.IsZombie && group.FirstLiveTask is { } task && task.Mm == mm)
                {
                    _kernel.Signals.Send(group, SignalInfo.Kernel(Signal.SIGKILL), isForced: true);
                }
            }
        }
        else
        {
            _kernel.LostSpaces.Kill(mm.Space);
        }

        // No thread of it may see its memory vanish: the caller itself is in the kernel.
        if (isOwn ? mm.Space.ThreadCount == 1 : mm.Space.IsOver)
        {
            foreach (Vma vma in mm.Vmas.All())
            {
                if (vma.Backing == VmaBacking.Frames)
                {
                    _kernel.Frames.Discard(vma.Frame, vma.Pages);
                }
            }
        }
    }

    // oom_badness()
    private long Points(ThreadGroup group)
    {
        const int never = -1000;
        if (group.IsZombie || group.OomScoreAdjustment == never || group.FirstLiveTask is not { } task || task.Mm.IsReaped)
        {
            return 0;
        }

        return Math.Max(1, task.Mm.ResidentPages + (group.OomScoreAdjustment * (_kernel.Frames.LimitPages / 1000)));
    }
}

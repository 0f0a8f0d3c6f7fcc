using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime.Cgroups;

/// <summary>Kills every process of a container's cgroups, also those which fork meanwhile.</summary>
internal sealed class CgroupKiller(IReadOnlyList<Cgroup> groups, Freezer? freezer)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Returns when no process is left that is not a zombie of somebody else's.</summary>
    public void Kill()
    {
        // The runtime itself may be in there (run within the container's cgroup): it is not what is to be killed.
        if (!Pids().Contains(HostProcess.Pid))
        {
            foreach (Cgroup group in groups.Where(group => group.Mount.IsUnified))
            {
                _ = group.TryWrite("cgroup.kill", "1"); // Linux 5.14
            }
        }

        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        bool freezes = false;
        for (int wait = 1; Others() is { Count: > 0 } left; wait = Math.Min(wait * 2, 100))
        {
            if (Environment.TickCount64 > deadline)
            {
                throw new RuntimeException($"kill: processes {string.Join(", ", left.Take(10))} do not die");
            }

            // Most containers are gone after the first signal; freezing is for those which fork faster than we look.
            KillOnce(freezes);
            freezes = true;
            Thread.Sleep(wait);
        }

        Thaw();
    }

    // While frozen nothing forks, so one pass reaches all. A v1 cgroup that is frozen takes the signal, but dies only when thawed.
    private void KillOnce(bool freezes)
    {
        try
        {
            if (freezes)
            {
                freezer?.Freeze();
            }
        }
        catch (RuntimeException)
        {
            // What cannot be frozen is killed in several passes.
        }

        Dictionary<int, int> pidfds = [];
        foreach (int pid in Others())
        {
            int pidfd = HostPidfd.Open(pid);
            if (pidfd >= 0)
            {
                pidfds[pid] = pidfd;
            }
        }

        // A pid given out again between the list and the descriptor is not in the second list.
        HashSet<int> still = Others();
        foreach ((int pid, int pidfd) in pidfds)
        {
            if (still.Contains(pid))
            {
                HostPidfd.SendSignal(pidfd, Signal.SIGKILL);
            }

            HostFd.Close(pidfd);
        }

        Thaw();
    }

    private void Thaw()
    {
        try
        {
            freezer?.Thaw();
        }
        catch (RuntimeException)
        {
            // The cgroup is gone: nothing is frozen.
        }
    }

    private HashSet<int> Others()
    {
        HashSet<int> pids = Pids();
        pids.Remove(HostProcess.Pid);
        return pids;
    }

    private HashSet<int> Pids() => groups.SelectMany(group => group.Tree()).SelectMany(group => group.OwnProcesses()).ToHashSet();
}

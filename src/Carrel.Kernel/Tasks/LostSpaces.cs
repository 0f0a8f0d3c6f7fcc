using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>Address spaces that end under their threads: the host or the kernel killed them.</summary>
internal sealed class LostSpaces(LinuxKernel kernel)
{
    private readonly HashSet<AddressSpace> _killed = [];

    /// <summary>Ends an address space under its threads.</summary>
    public void Kill(AddressSpace space)
    {
        _killed.Add(space);
        space.Kill();
    }

    /// <summary>The host side of an address space is gone: processes that were still in it, which nobody asked to end, die as by SIGKILL.</summary>
    public void OnDied(AddressSpace space, bool expected)
    {
        kernel.OomKiller.OnSpaceDied(space);
        if (!_killed.Remove(space) && expected)
        {
            return;
        }

        var lost = new List<Task>();
        foreach (ThreadGroup group in kernel.Pids.Groups)
        {
            foreach (Task task in group.Tasks)
            {
                if (!task.IsExiting && task.Thread.Space == space)
                {
                    lost.Add(task);
                }
            }
        }

        if (lost.Count > 0 && !expected)
        {
            kernel.Host.Log($"{lost[0]}: its address space died on the host");
        }

        foreach (Task task in lost)
        {
            kernel.TaskExit.BeginGroupExit(task.Group, Signal.SIGKILL, except: task);
        }

        foreach (Task task in lost)
        {
            kernel.TaskExit.ExitLost(task);
        }
    }
}

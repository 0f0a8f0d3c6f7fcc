using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Orphans: children and process groups of an exiting task (the middle of kernel/exit.c).</summary>
internal sealed class Reparenting(LinuxKernel kernel)
{
    /// <summary>forget_original_parent().</summary>
    public void ForgetChildren(Task task)
    {
        ThreadGroup group = task.Group;
        if (group.Children.Count == 0)
        {
            return;
        }

        Task? heir = group.FirstLiveTask;
        ThreadGroup reaper = heir is not null ? group : FindReaper(group);
        Task? reaperThread = heir ?? reaper.FirstLiveTask;
        foreach (ThreadGroup child in group.Children.ToArray())
        {
            if (child.ParentThread != task && heir is not null)
            {
                continue;
            }

            child.ParentThread = reaperThread;
            child.Parent = reaper;
            if (reaper != group)
            {
                group.Children.Remove(child);
                reaper.Children.Add(child);
            }

            foreach (Task member in child.Tasks.ToArray())
            {
                if (member.ParentDeathSignal != 0)
                {
                    kernel.Signals.Send(child, SignalInfo.User(member.ParentDeathSignal, task));
                }
            }

            if (reaper != group)
            {
                Reparented(child, group);
            }
        }
    }

    /// <summary>reparent_leader().</summary>
    private void Reparented(ThreadGroup child, ThreadGroup father)
    {
        child.ExitSignal = Signal.SIGCHLD;
        if (child.IsWaitable && kernel.Reaper.NotifyParent(child))
        {
            kernel.Reaper.Reap(child);
            return;
        }

        HangUpOrphans(child.ProcessGroup, child, father);
    }

    /// <summary>find_new_reaper(): the nearest ancestor that is a subreaper, else init of the pid namespace.</summary>
    private ThreadGroup FindReaper(ThreadGroup group)
    {
        PidTable table = group.PidEntry.Table;
        for (ThreadGroup? ancestor = group.Parent; ancestor is not null && ancestor != table.Init && ancestor.PidEntry.Table == table; ancestor = ancestor.Parent)
        {
            if (ancestor.IsSubreaper && ancestor.FirstLiveTask is not null)
            {
                return ancestor;
            }
        }

        return table.Init is { } init && init != group ? init : kernel.Init!;
    }

    /// <summary>kill_orphaned_pgrp(): a stopped job that nobody can continue any more gets SIGHUP and SIGCONT.</summary>
    public void HangUpOrphans(ProcessGroup processGroup, ThreadGroup member, ThreadGroup? father)
    {
        // At exit the member itself no longer connects the group; at reparenting its old father does not.
        ThreadGroup? parent = father ?? member.Parent;
        ThreadGroup? ignored = father is null ? member : null;
        if (parent is null || parent.ProcessGroup == processGroup || parent.Session != processGroup.Session
            || !processGroup.IsOrphaned(ignored) || !processGroup.HasStoppedMember)
        {
            return;
        }

        kernel.Signals.Send(processGroup, SignalInfo.Kernel(Signal.SIGHUP));
        kernel.Signals.Send(processGroup, SignalInfo.Kernel(Signal.SIGCONT));
    }

    /// <summary>disassociate_ctty(1) and the end of session leadership.</summary>
    public static void LeaveTerminal(ThreadGroup group)
    {
        Session session = group.Session;
        session.Terminal?.OnSessionEnd(session, isLeaderExiting: true);
        session.Terminal = null;
        session.Leader = null;
    }
}

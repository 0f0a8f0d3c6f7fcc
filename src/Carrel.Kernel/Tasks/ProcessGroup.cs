using System.Collections.Generic;

namespace Carrel.Kernel;

/// <summary>A process group, setpgid(2). It lives while it has members.</summary>
public sealed class ProcessGroup
{
    internal ProcessGroup(PidEntry id, Session session)
    {
        PidEntry = id;
        Session = session;
        id.ProcessGroup = this;
        session.Groups.Add(this);
    }

    internal PidEntry PidEntry { get; }

    public int Id => PidEntry.Number;

    /// <summary>The id as somebody sees it; 0: not at all.</summary>
    internal int IdFor(Task viewer) => PidEntry.NumberIn(viewer.Pids);

    public Session Session { get; }

    /// <summary>Its processes, zombies included.</summary>
    public List<ThreadGroup> Members { get; } = [];

    /// <summary>will_become_orphaned_pgrp(): no member has a parent in another group of the same session.</summary>
    public bool IsOrphaned(ThreadGroup? ignored = null)
    {
        foreach (ThreadGroup member in Members)
        {
            if (member == ignored || member.IsZombie || member.Parent is not { } parent)
            {
                continue;
            }

            if (parent.ProcessGroup != this && parent.Session == Session)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>has_stopped_jobs().</summary>
    internal bool HasStoppedMember => Members.Exists(static m => m.IsStopped);

    internal void Add(ThreadGroup group)
    {
        Members.Add(group);
        group.ProcessGroup = this;
    }

    internal void Remove(ThreadGroup group)
    {
        Members.Remove(group);
        if (Members.Count == 0)
        {
            PidEntry.ProcessGroup = null;
            Session.Remove(this);
            PidTable.Trim(PidEntry);
        }
    }
}

/// <summary>A session, setsid(2). It lives while it has process groups.</summary>
public sealed class Session
{
    internal Session(LinuxKernel kernel, PidEntry id, ThreadGroup? leader)
    {
        Kernel = kernel;
        PidEntry = id;
        Leader = leader;
        id.Session = this;
    }

    private LinuxKernel Kernel { get; }

    internal PidEntry PidEntry { get; }

    public int Id => PidEntry.Number;

    /// <summary>The id as somebody sees it; 0: not at all.</summary>
    internal int IdFor(Task viewer) => PidEntry.NumberIn(viewer.Pids);

    /// <summary>Null once the leader has exited.</summary>
    public ThreadGroup? Leader { get; internal set; }

    internal List<ProcessGroup> Groups { get; } = [];

    /// <summary>The controlling terminal, if any (an object of the Tty folder).</summary>
    public IControllingTerminal? Terminal { get; set; }

    internal void Remove(ProcessGroup group)
    {
        Groups.Remove(group);
        if (Groups.Count == 0)
        {
            PidEntry.Session = null;
            PidTable.Trim(PidEntry);
        }
    }
}

/// <summary>What the process side asks of a session's terminal.</summary>
public interface IControllingTerminal
{
    /// <summary>The session's leader exits or gives the terminal up: SIGHUP and SIGCONT to the foreground group, the terminal forgets the session (disassociate_ctty()).</summary>
    void OnSessionEnd(Session session, bool isLeaderExiting);
}

using Carrel.Abi;

namespace Carrel.Kernel.Terminals;

/// <summary>Between terminals and job control: controlling terminals, who may read and write, drivers/tty/tty_jobctrl.c.</summary>
internal static class TerminalSessions
{
    /// <summary>A signal typed or sent to the foreground group.</summary>
    public static void Signal(Terminal terminal, int signal)
    {
        if (terminal.Foreground is { } group)
        {
            terminal.Kernel.Signals.Send(group, SignalInfo.Kernel(signal));
        }
    }

    /// <summary>SIGHUP, then SIGCONT so that stopped jobs notice.</summary>
    public static void SignalHangUp(ProcessGroup? group)
    {
        if (group is not null)
        {
            LinuxKernel kernel = group.Members.Count > 0 ? group.Members[0].Kernel : null!;
            kernel?.Signals.Send(group, SignalInfo.Kernel(Abi.Signal.SIGHUP));
            kernel?.Signals.Send(group, SignalInfo.Kernel(Abi.Signal.SIGCONT));
        }
    }

    /// <summary>__tty_hangup(): the session leader and the foreground group hear of it and the session loses the terminal.</summary>
    public static void HangUp(Terminal terminal)
    {
        if (terminal.Session is { } session)
        {
            if (session.Leader is { } leader)
            {
                terminal.Kernel.Signals.Send(leader, SignalInfo.Kernel(Abi.Signal.SIGHUP));
                terminal.Kernel.Signals.Send(leader, SignalInfo.Kernel(Abi.Signal.SIGCONT));
            }

            SignalHangUp(terminal.Foreground);
            session.Terminal = null;
        }

        terminal.Session = null;
        terminal.Foreground = null;
    }

    /// <summary>open(2) of a terminal by a session leader that has none makes it the controlling one.</summary>
    public static void OnOpen(Task task, Terminal terminal)
    {
        ThreadGroup group = task.Group;
        if (group.IsSessionLeader && group.Session.Terminal is null && terminal.Session is null)
        {
            Attach(task, terminal);
        }
    }

    /// <summary>TIOCSCTTY: EPERM unless a leader without a terminal asks for a free one (or root steals it with argument 1).</summary>
    public static Errno SetControlling(Task task, Terminal terminal, ulong argument)
    {
        ThreadGroup group = task.Group;
        if (group.IsSessionLeader && group.Session == terminal.Session)
        {
            return Errno.OK;
        }

        if (!group.IsSessionLeader || group.Session.Terminal is not null)
        {
            return Errno.EPERM;
        }

        if (terminal.Session is { } owner)
        {
            if (argument != 1 || !task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN))
            {
                return Errno.EPERM;
            }

            owner.Terminal = null;
            terminal.Session = null;
        }

        Attach(task, terminal);
        return Errno.OK;
    }

    /// <summary>Makes the terminal the session's.</summary>
    public static void Attach(Task task, Terminal terminal)
    {
        terminal.Session = task.Group.Session;
        terminal.Foreground = task.Group.ProcessGroup;
        task.Group.Session.Terminal = terminal;
    }

    /// <summary>
    /// __tty_check_change(): OK if the caller may go on; otherwise the signal was sent and the call restarts (ERESTARTSYS), or EIO.
    /// Only terminals that control the caller's session are guarded.
    /// </summary>
    public static Errno CheckChange(Task task, Terminal terminal, int signal)
    {
        if (task.Group.Session.Terminal != terminal || terminal.Foreground is null || task.Group.ProcessGroup == terminal.Foreground)
        {
            return Errno.OK;
        }

        bool isIgnored = (task.Signals.Blocked >> (signal - 1) & 1) != 0 || task.Group.Actions.IsIgnored(signal);
        if (isIgnored)
        {
            return signal == Abi.Signal.SIGTTIN ? Errno.EIO : Errno.OK;
        }

        if (task.Group.ProcessGroup.IsOrphaned())
        {
            return Errno.EIO;
        }

        terminal.Kernel.Signals.Send(task.Group.ProcessGroup, SignalInfo.Kernel(signal));
        return Errno.ERESTARTSYS;
    }
}

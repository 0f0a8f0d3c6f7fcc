using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Kernel.Terminals;

/// <summary>ioctl_tty(2).</summary>
internal static class TerminalIoctls
{
    /// <param name="task">The caller.</param>
    /// <param name="terminal">The slave side's terminal.</param>
    /// <param name="command">TC* or TIOC*.</param>
    /// <param name="argument">Its argument register.</param>
    /// <param name="isMaster">The call came through a pty master: no job control applies.</param>
    public static SyscallResult Run(Task task, Terminal terminal, uint command, ulong argument, bool isMaster)
    {
        if (!isMaster && ChangesTerminal(command))
        {
            Errno error = TerminalSessions.CheckChange(task, terminal, Signal.SIGTTOU);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        switch (command)
        {
            case Tty.TCGETS:
                return Out(new UserPtr<byte>(argument), task, Marshalled.ToBytes(terminal.Settings.ToTermios()).AsSpanOf(36));
            case Tty.TCGETS2:
                return new UserPtr<Termios2>(argument).TryWrite(task, terminal.Settings.Value) ? 0 : Errno.EFAULT;
            case Tty.TCSETS or Tty.TCSETSW or Tty.TCSETSF:
                return Set(task, terminal, argument, command - Tty.TCSETS);
            case Tty.TCSETS2 or Tty.TCSETSW2 or Tty.TCSETSF2:
                return Set2(task, terminal, argument, command - Tty.TCSETS2);
            case Tty.TCGETA:
                return GetOld(task, terminal, argument);
            case Tty.TCSETA or Tty.TCSETAW or Tty.TCSETAF:
                return SetOld(task, terminal, argument, command - Tty.TCSETA);
            case Tty.TIOCGLCKTRMIOS:
                return Out(new UserPtr<byte>(argument), task, Marshalled.ToBytes(terminal.Locked).AsSpanOf(36));
            case Tty.TIOCSLCKTRMIOS:
                return Lock(task, terminal, argument);
            case Tty.TIOCGWINSZ:
                return new UserPtr<WinSize>(argument).TryWrite(task, terminal.WindowSize) ? 0 : Errno.EFAULT;
            case Tty.TIOCSWINSZ:
                if (!new UserPtr<WinSize>(argument).TryRead(task, out WinSize size))
                {
                    return Errno.EFAULT;
                }

                terminal.SetWindowSize(size);
                return 0;
            case Tty.TIOCINQ:
                return new UserPtr<int>(argument).TryWrite(task, terminal.ReadableCount) ? 0 : Errno.EFAULT;
            case Tty.TIOCOUTQ:
                return new UserPtr<int>(argument).TryWrite(task, terminal.Output.Count) ? 0 : Errno.EFAULT;
            case Tty.TCFLSH:
                return Flush(terminal, argument);
            case Tty.TCXONC:
                return FlowControl(terminal, argument);
            case Tty.TCSBRK or Tty.TCSBRKP or Tty.TIOCSBRK or Tty.TIOCCBRK:
                return 0;
            case Tty.TIOCEXCL:
                terminal.IsExclusive = true;
                return 0;
            case Tty.TIOCNXCL:
                terminal.IsExclusive = false;
                return 0;
            case Tty.TIOCGEXCL:
                return new UserPtr<int>(argument).TryWrite(task, terminal.IsExclusive ? 1 : 0) ? 0 : Errno.EFAULT;
            case Tty.TIOCGETD:
                return new UserPtr<int>(argument).TryWrite(task, Tty.N_TTY) ? 0 : Errno.EFAULT;
            case Tty.TIOCSETD:
                if (!new UserPtr<int>(argument).TryRead(task, out int discipline))
                {
                    return Errno.EFAULT;
                }

                return discipline == Tty.N_TTY ? 0 : Errno.EINVAL;
            case Tty.TIOCGSOFTCAR:
                return new UserPtr<int>(argument).TryWrite(task, (terminal.Settings.Value.Cflag & Termio.CLOCAL) != 0 ? 1 : 0) ? 0 : Errno.EFAULT;
            case Tty.TIOCSSOFTCAR:
                return new UserPtr<int>(argument).TryRead(task, out int isSoft) ? SetSoftCarrier(terminal, isSoft != 0) : Errno.EFAULT;
            case Tty.TIOCGPTPEER:
                return Errno.EIO;
            case Tty.TIOCGDEV:
                return new UserPtr<uint>(argument).TryWrite(task, (uint)terminal.Device) ? 0 : Errno.EFAULT;
            case Tty.TIOCSTI:
                return Insert(task, terminal, argument);
            default:
                return JobControl(task, terminal, command, argument, isMaster);
        }
    }

    private static bool ChangesTerminal(uint command) => command is Tty.TCSETS or Tty.TCSETSW or Tty.TCSETSF or Tty.TCSETS2 or Tty.TCSETSW2
        or Tty.TCSETSF2 or Tty.TCSETA or Tty.TCSETAW or Tty.TCSETAF or Tty.TCFLSH or Tty.TCXONC or Tty.TCSBRK or Tty.TCSBRKP or Tty.TIOCSPGRP or Tty.TIOCSETD;

    private static SyscallResult Set(Task task, Terminal terminal, ulong argument, uint kind)
    {
        var bytes = new byte[Marshalled.Size<Termios>()];
        if (!task.Mm.Read(argument, bytes))
        {
            return Errno.EFAULT;
        }

        return Apply(terminal, terminal.Settings.With(MemoryMarshal.Read<Termios>(bytes)), kind);
    }

    private static SyscallResult Set2(Task task, Terminal terminal, ulong argument, uint kind) =>
        new UserPtr<Termios2>(argument).TryRead(task, out Termios2 value) ? Apply(terminal, new TerminalSettings { Value = value }, kind) : Errno.EFAULT;

    // Output leaves at once, so "after draining" is now; TCSETSF also drops unread input.
    private static SyscallResult Apply(Terminal terminal, TerminalSettings settings, uint kind)
    {
        if (kind == 2)
        {
            terminal.FlushInput();
        }

        terminal.SetSettings(settings.Keeping(terminal.Settings, terminal.Locked));
        return 0;
    }

    private static SyscallResult SetSoftCarrier(Terminal terminal, bool isSoft)
    {
        Termios2 value = terminal.Settings.Value;
        value.Cflag = isSoft ? value.Cflag | Termio.CLOCAL : value.Cflag & ~Termio.CLOCAL;
        return Apply(terminal, new TerminalSettings { Value = value }, kind: 0);
    }

    /// <summary>The old form has the low half of each word and half of the characters.</summary>
    private static SyscallResult SetOld(Task task, Terminal terminal, ulong argument, uint kind)
    {
        if (!new UserPtr<TermioBuf>(argument).TryRead(task, out TermioBuf old))
        {
            return Errno.EFAULT;
        }

        Termios2 value = terminal.Settings.Value;
        value.Iflag = (value.Iflag & ~0xffffu) | old.Iflag;
        value.Oflag = (value.Oflag & ~0xffffu) | old.Oflag;
        value.Cflag = (value.Cflag & ~0xffffu) | old.Cflag;
        value.Lflag = (value.Lflag & ~0xffffu) | old.Lflag;
        for (int i = 0; i < 8; i++)
        {
            value.Cc[i] = old.Cc[i];
        }

        return Apply(terminal, new TerminalSettings { Value = value }, kind);
    }

    /// <summary>TIOCSLCKTRMIOS: what is set in these words nobody changes any more.</summary>
    private static SyscallResult Lock(Task task, Terminal terminal, ulong argument)
    {
        if (!task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        var bytes = new byte[Marshalled.Size<Termios>()];
        if (!task.Mm.Read(argument, bytes))
        {
            return Errno.EFAULT;
        }

        terminal.Locked = MemoryMarshal.Read<Termios>(bytes);
        return 0;
    }

    private static SyscallResult GetOld(Task task, Terminal terminal, ulong argument)
    {
        Termios2 value = terminal.Settings.Value;
        var old = new TermioBuf
        {
            Iflag = (ushort)value.Iflag,
            Oflag = (ushort)value.Oflag,
            Cflag = (ushort)value.Cflag,
            Lflag = (ushort)value.Lflag,
        };
        for (int i = 0; i < 8; i++)
        {
            old.Cc[i] = value.Cc[i];
        }

        return new UserPtr<TermioBuf>(argument).TryWrite(task, old) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Flush(Terminal terminal, ulong argument)
    {
        if (argument > Tty.TCIOFLUSH)
        {
            return Errno.EINVAL;
        }

        if (argument != Tty.TCOFLUSH)
        {
            terminal.FlushInput();
        }

        if (argument != Tty.TCIFLUSH)
        {
            terminal.FlushOutput();
        }

        return 0;
    }

    private static SyscallResult FlowControl(Terminal terminal, ulong argument)
    {
        switch (argument)
        {
            case Tty.TCOOFF:
                terminal.Stop();
                return 0;
            case Tty.TCOON:
                terminal.Start();
                return 0;
            case Tty.TCIOFF or Tty.TCION:
                return 0;
            default:
                return Errno.EINVAL;
        }
    }

    // Linux since 6.2 refuses this without CAP_SYS_ADMIN: dev.tty.legacy_tiocsti is off.
    private static SyscallResult Insert(Task task, Terminal terminal, ulong argument)
    {
        if (!task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EIO;
        }

        if (!new UserPtr<byte>(argument).TryRead(task, out byte character))
        {
            return Errno.EFAULT;
        }

        terminal.Type([character]);
        return 0;
    }

    private static SyscallResult JobControl(Task task, Terminal terminal, uint command, ulong argument, bool isMaster)
    {
        bool isOwn = task.Group.Session.Terminal == terminal;
        switch (command)
        {
            case Tty.TIOCSCTTY:
                return TerminalSessions.SetControlling(task, terminal, argument);
            case Tty.TIOCNOTTY:
                if (!isOwn)
                {
                    return Errno.ENOTTY;
                }

                if (task.Group.IsSessionLeader)
                {
                    terminal.OnSessionEnd(task.Group.Session, isLeaderExiting: false);
                }

                return 0;
            case Tty.TIOCGPGRP:
                if (!isOwn && !isMaster)
                {
                    return Errno.ENOTTY;
                }

                return new UserPtr<int>(argument).TryWrite(task, terminal.Foreground?.IdFor(task) ?? 0) ? 0 : Errno.EFAULT;
            case Tty.TIOCSPGRP:
                return SetForeground(task, terminal, argument, isOwn);
            case Tty.TIOCGSID:
                if ((!isOwn && !isMaster) || terminal.Session is not { } session)
                {
                    return Errno.ENOTTY;
                }

                return new UserPtr<int>(argument).TryWrite(task, session.IdFor(task)) ? 0 : Errno.EFAULT;
            case Tty.TIOCVHANGUP:
                if (!task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN))
                {
                    return Errno.EPERM;
                }

                terminal.HangUp();
                return 0;
            default:
                return Errno.ENOTTY;
        }
    }

    private static SyscallResult SetForeground(Task task, Terminal terminal, ulong argument, bool isOwn)
    {
        if (!new UserPtr<int>(argument).TryRead(task, out int id))
        {
            return Errno.EFAULT;
        }

        if (id < 0)
        {
            return Errno.EINVAL;
        }

        if (!isOwn)
        {
            return Errno.ENOTTY;
        }

        if (task.Pids.FindProcessGroup(id) is not { } group)
        {
            return Errno.ESRCH;
        }

        if (group.Session != task.Group.Session)
        {
            return Errno.EPERM;
        }

        terminal.Foreground = group;
        return 0;
    }

    private static SyscallResult Out(UserPtr<byte> pointer, Task task, System.ReadOnlySpan<byte> bytes) => task.Mm.Write(pointer.Address, bytes) ? 0 : Errno.EFAULT;

    // struct termios ends after c_cc; the compiler's padding is not part of the ABI.
    private static System.ReadOnlySpan<byte> AsSpanOf(this byte[] bytes, int length) => System.MemoryExtensions.AsSpan(bytes, 0, System.Math.Min(length, bytes.Length));
}

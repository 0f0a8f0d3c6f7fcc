using System;
using Carrel.Abi;

namespace Carrel.Kernel.Terminals;

/// <summary>N_TTY: editing, echo, signals and output processing, drivers/tty/n_tty.c, termios(3).</summary>
internal sealed class LineDiscipline(Terminal terminal)
{
    private readonly LineEditor _editor = new(terminal);

    private TerminalSettings Settings => terminal.Settings;

    private InputBuffer Input => terminal.Input;

    /// <summary>Characters from the keyboard side; returns how many were taken.</summary>
    public int Receive(ReadOnlySpan<byte> characters)
    {
        int taken = 0;
        foreach (byte c in characters)
        {
            // Raw input that nobody reads pushes back; canonical input beyond the buffer is dropped with a bell.
            if (!Settings.IsCanonical && Input.Room == 0)
            {
                break;
            }

            taken++;
            ReceiveOne(c);
        }

        if (IsInputReady(forPoll: false))
        {
            terminal.ReadQueue.Wake(PollEvents.POLLIN | PollEvents.POLLRDNORM);
        }

        if (terminal.OutputCount > 0)
        {
            terminal.OtherSideQueue.Wake(PollEvents.POLLIN | PollEvents.POLLRDNORM);
        }

        return taken;
    }

    private void ReceiveOne(byte c)
    {
        if (_editor.IsLiteralNext)
        {
            _editor.AddLiteral(c);
            return;
        }

        if (Settings.HasInput(Termio.ISTRIP))
        {
            c &= 0x7f;
        }

        if (Settings.HasInput(Termio.IUCLC) && Settings.HasLocal(Termio.IEXTEN) && c is >= (byte)'A' and <= (byte)'Z')
        {
            c += 32;
        }

        if (Settings.HasLocal(Termio.EXTPROC))
        {
            _editor.AddPlain(c);
            return;
        }

        if (Settings.HasInput(Termio.IXON))
        {
            if (Settings.Is(c, Tty.VSTART))
            {
                terminal.Start();
                return;
            }

            if (Settings.Is(c, Tty.VSTOP))
            {
                terminal.Stop();
                return;
            }
        }

        if (Settings.HasLocal(Termio.ISIG) && SignalOf(c) is var signal and not 0)
        {
            Interrupt(c, signal);
            return;
        }

        if (terminal.IsStopped && Settings.HasInput(Termio.IXON) && Settings.HasInput(Termio.IXANY))
        {
            terminal.Start();
        }

        if (c == '\r')
        {
            if (Settings.HasInput(Termio.IGNCR))
            {
                return;
            }

            c = Settings.HasInput(Termio.ICRNL) ? (byte)'\n' : c;
        }
        else if (c == '\n' && Settings.HasInput(Termio.INLCR))
        {
            c = (byte)'\r';
        }

        if (Settings.IsCanonical)
        {
            _editor.Edit(c);
        }
        else
        {
            _editor.AddRaw(c);
        }
    }

    private int SignalOf(byte c) =>
        Settings.Is(c, Tty.VINTR) ? Signal.SIGINT
        : Settings.Is(c, Tty.VQUIT) ? Signal.SIGQUIT
        : Settings.Is(c, Tty.VSUSP) ? Signal.SIGTSTP
        : 0;

    private void Interrupt(byte c, int signal)
    {
        if (!Settings.HasLocal(Termio.NOFLSH))
        {
            terminal.FlushInput();
            terminal.FlushOutput();
        }

        TerminalSessions.Signal(terminal, signal);
        if (Settings.HasInput(Termio.IXON))
        {
            terminal.Start();
        }

        if (Settings.IsEcho)
        {
            _editor.Echo(c);
        }
    }

    /// <summary>input_available_p().</summary>
    public bool IsInputReady(bool forPoll)
    {
        if (Settings.IsCanonical && !Settings.HasLocal(Termio.EXTPROC))
        {
            return Input.Committed > 0;
        }

        int minimum = forPoll && Settings.Character(Tty.VTIME) == 0 ? Math.Max((byte)1, Settings.Character(Tty.VMIN)) : 1;
        return Input.Count >= minimum;
    }

    public SyscallResult Read(Task task, IoIterator destination, bool isNonBlocking)
    {
        if (terminal.IsHungUp)
        {
            return 0;
        }

        if (destination.Remaining == 0)
        {
            return 0;
        }

        return Settings.IsCanonical ? ReadLine(task, destination, isNonBlocking) : ReadRaw(task, destination, isNonBlocking);
    }

    private SyscallResult ReadLine(Task task, IoIterator destination, bool isNonBlocking)
    {
        if (Input.Committed == 0)
        {
            if (terminal.OpenedOtherSideIsGone)
            {
                return Errno.EIO;
            }

            return isNonBlocking ? Errno.EAGAIN : task.Block(terminal.ReadQueue);
        }

        Span<byte> buffer = stackalloc byte[InputBuffer.Size];
        int n = Input.TakeLine(buffer[..(int)Math.Min(buffer.Length, destination.Remaining)], out _);
        terminal.OtherSideQueue.Wake(PollEvents.POLLOUT);
        return CopyOut(destination, buffer[..n]);
    }

    private SyscallResult ReadRaw(Task task, IoIterator destination, bool isNonBlocking)
    {
        int minimum = (int)Math.Min(Settings.Character(Tty.VMIN), destination.Remaining);
        long time = Settings.Character(Tty.VTIME) * 100_000_000L;
        int available = Input.Count;
        bool isEnough = available > 0 && available >= minimum;
        if (!isEnough)
        {
            if (minimum == 0 && time == 0)
            {
                return 0;
            }

            if (isNonBlocking)
            {
                return available > 0 ? TakeRaw(destination) : Errno.EAGAIN;
            }

            if (terminal.OpenedOtherSideIsGone)
            {
                return Errno.EIO;
            }

            return WaitRaw(task, destination, minimum, time, available);
        }

        return TakeRaw(destination);
    }

    // VMIN == 0: VTIME limits the whole read. VMIN > 0: VTIME is the gap allowed between characters, once there is one.
    private SyscallResult WaitRaw(Task task, IoIterator destination, int minimum, long time, int available)
    {
        RestartRecord restart = task.Restart;
        bool isTimed = time > 0 && (minimum == 0 || available > 0);
        if (isTimed && (restart.Deadline == 0 || (restart.State is int seen && seen != available)))
        {
            restart.Deadline = terminal.Kernel.Clock.Monotonic + time;
        }

        restart.State = available;
        long deadline = isTimed ? restart.Deadline : long.MaxValue;
        if (available > 0 && (task.IsInterrupted || terminal.Kernel.Clock.Monotonic >= deadline))
        {
            return TakeRaw(destination);
        }

        return task.Block(terminal.ReadQueue, deadline, 0);
    }

    private SyscallResult TakeRaw(IoIterator destination)
    {
        Span<byte> buffer = stackalloc byte[InputBuffer.Size];
        int n = Input.TakeRaw(buffer[..(int)Math.Min(buffer.Length, destination.Remaining)]);
        terminal.OtherSideQueue.Wake(PollEvents.POLLOUT);
        return CopyOut(destination, buffer[..n]);
    }

    private static SyscallResult CopyOut(IoIterator destination, ReadOnlySpan<byte> data)
    {
        int n = destination.CopyOut(data);
        return n == 0 && destination.Faulted ? Errno.EFAULT : n;
    }

    public SyscallResult Write(Task task, IoIterator source, bool isNonBlocking)
    {
        RestartRecord restart = task.Restart;
        source.Advance(restart.Progress);
        Span<byte> chunk = stackalloc byte[512];
        while (source.Remaining > 0)
        {
            if (terminal.IsHungUp)
            {
                return restart.Progress > 0 ? restart.Progress : Errno.EIO;
            }

            // Expansion (ONLCR, tabs) at most doubles or makes eight of one: leave room for it.
            int room = terminal.IsStopped ? 0 : terminal.Output.Room / 8;
            if (room == 0)
            {
                if (isNonBlocking)
                {
                    return restart.Progress > 0 ? restart.Progress : Errno.EAGAIN;
                }

                return task.Block(terminal.WriteQueue);
            }

            int n = source.CopyIn(chunk[..Math.Min(chunk.Length, room)]);
            for (int i = 0; i < n; i++)
            {
                _editor.Output(chunk[i]);
            }

            restart.Progress += n;
            terminal.OtherSideQueue.Wake(PollEvents.POLLIN | PollEvents.POLLRDNORM);
            if (source.Faulted)
            {
                return restart.Progress > 0 ? restart.Progress : Errno.EFAULT;
            }
        }

        return restart.Progress;
    }
}

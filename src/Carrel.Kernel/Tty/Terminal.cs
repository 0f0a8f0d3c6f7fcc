using System;
using Carrel.Abi;

namespace Carrel.Kernel.Terminals;

/// <summary>
/// A terminal: settings, window size, session and the two buffers (Linux's tty_struct). The other side is a pty master or the console of the carrel.
/// Guarded by the kernel lock.
/// </summary>
public sealed class Terminal : IControllingTerminal
{
    private readonly LineDiscipline _discipline;

    public Terminal(LinuxKernel kernel, ulong device, string name, TerminalSettings? settings = null)
    {
        Kernel = kernel;
        Device = device;
        Name = name;
        Settings = settings ?? TerminalSettings.Default;
        _discipline = new LineDiscipline(this);
    }

    public LinuxKernel Kernel { get; }

    /// <summary>st_rdev.</summary>
    public ulong Device { get; }

    /// <summary>"pts/0".</summary>
    public string Name { get; }

    public TerminalSettings Settings { get; private set; }

    public WinSize WindowSize { get; private set; }

    /// <summary>The session it controls, if any.</summary>
    public Session? Session { get; internal set; }

    /// <summary>The process group that may read and gets the signals typed.</summary>
    public ProcessGroup? Foreground { get; internal set; }

    /// <summary>Woken when input can be read.</summary>
    public WaitQueue ReadQueue { get; } = new();

    /// <summary>Woken when output has room.</summary>
    public WaitQueue WriteQueue { get; } = new();

    /// <summary>Woken when the other side has output to take, or room to write, or saw a hang-up.</summary>
    public WaitQueue OtherSideQueue { get; } = new();

    internal OutputBuffer Output { get; } = new();

    internal InputBuffer Input { get; } = new();

    /// <summary>Output is stopped by ^S or TCOOFF.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>The other side is gone: reads see the end, writes EIO.</summary>
    public bool IsHungUp { get; private set; }

    /// <summary>TIOCEXCL.</summary>
    public bool IsExclusive { get; set; }

    /// <summary>Settings that may not be changed, as a mask (TIOCSLCKTRMIOS).</summary>
    public Termios Locked { get; set; }

    /// <summary>Descriptions open on this side.</summary>
    public int OpenCount { get; private set; }

    /// <summary>There is nobody left who could type.</summary>
    internal bool OpenedOtherSideIsGone => IsHungUp;

    /// <summary>This side was opened at least once.</summary>
    public bool WasOpened { get; private set; }

    /// <summary>Packet mode of the master (TIOCPKT) and the status bits it will read next.</summary>
    internal bool IsPacketMode { get; set; }

    internal byte PacketStatus { get; set; }

    public void AddOpen()
    {
        OpenCount++;
        WasOpened = true;
        OtherSideQueue.WakeAll();
    }

    public void DropOpen()
    {
        OpenCount--;
        OtherSideQueue.WakeAll();
    }

    // ---- from the other side ----

    /// <summary>Characters typed. Returns how many were taken; the rest waits for <see cref="OtherSideQueue"/>.</summary>
    public int Type(ReadOnlySpan<byte> characters)
    {
        if (IsHungUp)
        {
            return characters.Length;
        }

        return _discipline.Receive(characters);
    }

    /// <summary>Takes what was written for the screen.</summary>
    public int TakeOutput(Span<byte> destination)
    {
        if (IsStopped)
        {
            return 0;
        }

        int n = Output.Take(destination);
        if (n > 0)
        {
            WriteQueue.Wake(PollEvents.POLLOUT | PollEvents.POLLWRNORM);
        }

        return n;
    }

    /// <summary>Bytes the other side could take now.</summary>
    public int OutputCount => IsStopped ? 0 : Output.Count;

    /// <summary>Characters it would take now (<see cref="Type"/>).</summary>
    public int InputRoom => Settings.IsCanonical ? InputBuffer.Size : Input.Room;

    /// <summary>The other side is gone (tty_hangup()): SIGHUP and SIGCONT to the session leader and the foreground group.</summary>
    public void HangUp()
    {
        if (IsHungUp)
        {
            return;
        }

        IsHungUp = true;
        TerminalSessions.HangUp(this);
        ReadQueue.WakeAll();
        WriteQueue.WakeAll();
        OtherSideQueue.WakeAll();
    }

    /// <summary>disassociate_ctty(): the session gives the terminal up; if its leader exits, everybody on it hears SIGHUP.</summary>
    public void OnSessionEnd(Session session, bool isLeaderExiting)
    {
        if (Session != session)
        {
            return;
        }

        TerminalSessions.SignalHangUp(Foreground);
        session.Terminal = null;
        Session = null;
        Foreground = null;
    }

    // ---- settings ----

    public void SetSettings(TerminalSettings settings)
    {
        bool wasCanonical = Settings.IsCanonical;
        bool hadExtendedPacket = Settings.HasLocal(Termio.EXTPROC);
        // A pty is a line of eight bits that always receives (pty_set_termios()).
        Settings = settings.With8Bits();
        if (wasCanonical != settings.IsCanonical)
        {
            Input.CommitAll();
        }

        if (IsPacketMode && (hadExtendedPacket || settings.HasLocal(Termio.EXTPROC)))
        {
            AddPacketStatus(Tty.TIOCPKT_IOCTL);
        }

        if (IsStopped && !settings.HasInput(Termio.IXON))
        {
            Start();
        }

        ReadQueue.WakeAll();
        WriteQueue.WakeAll();
    }

    /// <summary>TIOCSWINSZ: SIGWINCH to the foreground group if it changed.</summary>
    public void SetWindowSize(WinSize size)
    {
        if (size.Equals(WindowSize))
        {
            return;
        }

        WindowSize = size;
        TerminalSessions.Signal(this, Signal.SIGWINCH);
    }

    public void Stop()
    {
        if (!IsStopped)
        {
            IsStopped = true;
            AddPacketStatus(Tty.TIOCPKT_STOP);
        }
    }

    public void Start()
    {
        if (IsStopped)
        {
            IsStopped = false;
            AddPacketStatus(Tty.TIOCPKT_START);
            OtherSideQueue.WakeAll();
            WriteQueue.WakeAll();
        }
    }

    public void FlushInput()
    {
        Input.Clear();
        AddPacketStatus(Tty.TIOCPKT_FLUSHREAD);
        OtherSideQueue.WakeAll();
    }

    public void FlushOutput()
    {
        Output.Clear();
        AddPacketStatus(Tty.TIOCPKT_FLUSHWRITE);
        WriteQueue.WakeAll();
    }

    private void AddPacketStatus(int bits)
    {
        if (IsPacketMode)
        {
            PacketStatus |= (byte)bits;
            OtherSideQueue.WakeAll();
        }
    }

    // ---- from programs ----

    /// <summary>n_tty_read(). Job control has been checked.</summary>
    public SyscallResult Read(Task task, IoIterator destination, bool isNonBlocking) => _discipline.Read(task, destination, isNonBlocking);

    /// <summary>n_tty_write().</summary>
    public SyscallResult Write(Task task, IoIterator source, bool isNonBlocking) => _discipline.Write(task, source, isNonBlocking);

    /// <summary>Readiness for poll(2).</summary>
    public PollEvents Poll(PollTable? table)
    {
        table?.Add(ReadQueue);
        table?.Add(WriteQueue);
        if (IsHungUp)
        {
            return PollEvents.POLLIN | PollEvents.POLLOUT | PollEvents.POLLERR | PollEvents.POLLHUP | PollEvents.POLLRDNORM | PollEvents.POLLWRNORM;
        }

        PollEvents events = 0;
        if (_discipline.IsInputReady(forPoll: true))
        {
            events |= PollEvents.POLLIN | PollEvents.POLLRDNORM;
        }

        if (Output.Room > 0 && !IsStopped)
        {
            events |= PollEvents.POLLOUT | PollEvents.POLLWRNORM;
        }

        return events;
    }

    /// <summary>FIONREAD.</summary>
    public int ReadableCount => Settings.IsCanonical ? Input.CountWithoutMarks() : Input.Count;
}

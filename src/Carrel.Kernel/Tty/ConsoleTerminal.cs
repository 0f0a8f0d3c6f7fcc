using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Fs.Devpts;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Terminals;

/// <summary>
/// The terminal that the carrel was started with (-t): a pty of ours whose master side is pumped to and from the host's terminal, which the
/// command line has put into raw mode. All of termios, job control and signals happens in our line discipline.
/// </summary>
public sealed class ConsoleTerminal : Waiter
{
    private const long CloseGraceNanoseconds = 5 * KernelClock.NanosecondsPerSecond;

    private readonly LinuxKernel _kernel;
    private readonly Pty _pty;
    private readonly HostStream _input;
    private readonly HostStream _output;
    private readonly byte[] _typed = new byte[1024];
    private readonly byte[] _shown = new byte[4096];
    private int _typedCount, _shownStart, _shownCount;
    private readonly List<WaitEntry> _entries = [];
    private bool _isInputClosed, _isOutputClosed, _isScheduled;
    private Action? _closed;
    private KernelTimer? _closeDeadline;

    /// <param name="kernel">The carrel's kernel.</param>
    /// <param name="pts">Where the terminal gets its name.</param>
    /// <param name="input">What is typed.</param>
    /// <param name="output">The screen; may be the same stream.</param>
    public ConsoleTerminal(LinuxKernel kernel, DevptsFileSystem pts, HostStream input, HostStream output)
    {
        _kernel = kernel;
        _input = input;
        _output = output;
        _pty = pts.Ptys.Create(Credentials.Root(0)).Value;
        _pty.IsLocked = false;
        WaitOn(_pty.Terminal.OtherSideQueue);
        WaitOn(input.Ready);
        if (output != input)
        {
            WaitOn(output.Ready);
        }

        Resize();
        Schedule();
    }

    public Terminal Terminal => _pty.Terminal;

    /// <summary>The slave's node, for the process's descriptors 0 to 2 and /dev/console.</summary>
    public PtyInode Node => _pty.Node;

    /// <summary>An open description of the terminal, read-write.</summary>
    public FileDescription Open(Path path) => new TerminalFile(_kernel, Node, Terminal, OpenFlags.O_RDWR) { Path = path };

    /// <summary>Makes it the controlling terminal of a session leader that has none.</summary>
    public void MakeControlling(Task leader) => TerminalSessions.OnOpen(leader, Terminal);

    /// <summary>The host's window changed its size.</summary>
    public void Resize(WinSize size) => Terminal.SetWindowSize(size);

    /// <summary>Takes over the size of the host's window.</summary>
    public void Resize()
    {
        if (_input.TryGetWindowSize(out WinSize size))
        {
            Terminal.SetWindowSize(size);
        }
    }

    /// <summary>The host's terminal went away.</summary>
    public void HangUp() => Terminal.HangUp();

    /// <summary>Writes out what programs left behind, when the carrel ends. False: the host takes no more at present.</summary>
    public bool Flush()
    {
        PumpOutput();
        return _isOutputClosed || (_shownCount == 0 && Terminal.OutputCount == 0);
    }

    /// <summary>Its program has ended: shows what is still to be shown (for a few seconds, if nobody looks), hangs up and lets go of the host's terminal.</summary>
    public void Close(Action closed)
    {
        _closed = closed;
        _closeDeadline = new KernelTimer(_kernel.Timers, Finish);
        _closeDeadline.Set(_kernel.Clock.Monotonic + CloseGraceNanoseconds);
        Schedule();
    }

    private void Finish()
    {
        Action? closed = _closed;
        _closed = null;
        _closeDeadline?.Cancel();
        _isInputClosed = _isOutputClosed = true;
        _entries.ForEach(entry => entry.Remove());
        _pty.Close();
        _input.Close();
        if (_output != _input)
        {
            _output.Close();
        }

        closed?.Invoke();
    }

    private void WaitOn(WaitQueue queue)
    {
        var entry = new WaitEntry(this);
        entry.AddTo(queue);
        _entries.Add(entry);
    }

    public override bool OnWake(WaitEntry entry, PollEvents events)
    {
        Schedule();
        return true;
    }

    // Pumping wakes queues that this object waits on: never from within a wake-up.
    private void Schedule()
    {
        if (!_isScheduled)
        {
            _isScheduled = true;
            _kernel.Scheduler.Defer(Pump);
        }
    }

    private void Pump()
    {
        _isScheduled = false;
        PumpOutput();
        PumpInput();
        PumpOutput();
        if (_closed is not null && (_isOutputClosed || (_shownCount == 0 && Terminal.OutputCount == 0)))
        {
            Finish();
        }
    }

    private void PumpInput()
    {
        while (!_isInputClosed)
        {
            if (_typedCount > 0)
            {
                int taken = Terminal.Type(_typed.AsSpan(0, _typedCount));
                _typed.AsSpan(taken, _typedCount - taken).CopyTo(_typed);
                _typedCount -= taken;
                if (_typedCount > 0)
                {
                    return;
                }
            }

            int n = _input.Read(_typed);
            if (n == -(int)Errno.EAGAIN)
            {
                _input.Arm(PollEvents.POLLIN);
                return;
            }

            if (n <= 0)
            {
                _isInputClosed = true;
                Terminal.HangUp();
                return;
            }

            _typedCount = n;
        }
    }

    private void PumpOutput()
    {
        while (!_isOutputClosed)
        {
            if (_shownCount == 0)
            {
                _shownStart = 0;
                _shownCount = Terminal.TakeOutput(_shown);
                if (_shownCount == 0)
                {
                    return;
                }
            }

            int n = _output.Write(_shown.AsSpan(_shownStart, _shownCount));
            if (n == -(int)Errno.EAGAIN)
            {
                _output.Arm(PollEvents.POLLOUT);
                return;
            }

            if (n < 0)
            {
                _isOutputClosed = true;
                return;
            }

            _shownStart += n;
            _shownCount -= n;
        }
    }
}

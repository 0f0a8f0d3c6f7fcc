using System;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Cli;

/// <summary>Moves bytes between the caller's terminal, in raw mode, and the master side of the program's.</summary>
internal sealed class TerminalRelay : IDisposable
{
    private const int BufferSize = 32 << 10;

    private readonly int _master;
    private readonly TerminalMode? _caller;
    private readonly byte[] _input = new byte[BufferSize];
    private readonly byte[] _output = new byte[BufferSize];

    internal TerminalRelay(int master)
    {
        _master = master;
        HostFd.Fcntl(master, Fcntl.F_SETFL, HostFd.Fcntl(master, Fcntl.F_GETFL) | (long)OpenFlags.O_NONBLOCK);
        _caller = TerminalMode.TryEnterRaw();
        Resize();
    }

    /// <summary>The program's terminal gets the size of the caller's.</summary>
    internal void Resize()
    {
        if (_caller is not null)
        {
            WinSize size = _caller.WindowSize;
            if (size.Row != 0 && size.Col != 0)
            {
                HostFd.Ioctl(_master, Tty.TIOCSWINSZ, ref size);
            }
        }
    }

    /// <summary>Returns when the process has ended.</summary>
    internal void Run(int pid)
    {
        int process = HostPidfd.Open(pid);
        if (process < 0)
        {
            return;
        }

        bool hasInput = true, hasOutput = true;
        int pending = 0, sent = 0;
        Span<PollFd> polled = stackalloc PollFd[3];
        while (true)
        {
            polled[0] = new PollFd { Fd = process, Events = (short)PollEvents.POLLIN };
            polled[1] = new PollFd { Fd = hasInput && pending == 0 ? 0 : -1, Events = (short)PollEvents.POLLIN };
            polled[2] = new PollFd { Fd = hasOutput ? _master : -1, Events = (short)(PollEvents.POLLIN | (pending > 0 ? PollEvents.POLLOUT : 0)) };
            int ready = HostFd.Poll(polled, -1);
            if (ready < 0 && ready != -(int)Errno.EINTR)
            {
                break;
            }

            if (ready <= 0)
            {
                continue;
            }

            if (polled[1].Revents != 0)
            {
                long n = HostFd.Read(0, _input);
                hasInput = n > 0 || n == -(int)Errno.EINTR || n == -(int)Errno.EAGAIN;
                (pending, sent) = (Math.Max(0, (int)n), 0);
            }

            if (pending > 0 && (polled[2].Revents & (short)PollEvents.POLLOUT) != 0)
            {
                long n = HostFd.Write(_master, _input.AsSpan(sent, pending));
                (pending, sent) = n > 0 ? (pending - (int)n, sent + (int)n) : (n == -(int)Errno.EAGAIN ? pending : 0, sent);
            }

            if ((polled[2].Revents & ~(short)PollEvents.POLLOUT) != 0)
            {
                hasOutput = MoveOutput();
            }

            if (polled[0].Revents != 0)
            {
                break;
            }
        }

        HostFd.Close(process);
    }

    /// <summary>What the program wrote last. Others that still hold the terminal are not waited for.</summary>
    internal void Drain()
    {
        while (MoveOutput() && HostFd.Poll([new PollFd { Fd = _master, Events = (short)PollEvents.POLLIN }], 0) > 0)
        {
        }
    }

    public void Dispose()
    {
        _caller?.Dispose();
        HostFd.Close(_master);
    }

    /// <summary>False: nobody holds the other side any more (EIO), or stdout is gone.</summary>
    private bool MoveOutput()
    {
        long n = HostFd.Read(_master, _output);
        if (n <= 0)
        {
            return n == -(int)Errno.EAGAIN || n == -(int)Errno.EINTR;
        }

        ReadOnlySpan<byte> rest = _output.AsSpan(0, (int)n);
        while (!rest.IsEmpty)
        {
            long written = HostFd.Write(1, rest);
            if (written == -(int)Errno.EAGAIN)
            {
                HostFd.Poll([new PollFd { Fd = 1, Events = (short)PollEvents.POLLOUT }], -1);
            }
            else if (written < 0 && written != -(int)Errno.EINTR)
            {
                return false;
            }
            else
            {
                rest = rest[(int)Math.Max(0, written)..];
            }
        }

        return true;
    }
}

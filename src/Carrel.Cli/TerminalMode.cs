using System;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>The caller's terminal in raw mode: every key goes to the guest's line discipline. Disposing gives it its settings back.</summary>
internal sealed class TerminalMode : IDisposable
{
    private const int ReservedFd = 32;

    private readonly int _fd;
    private Termios _saved;

    private TerminalMode(int fd, Termios saved)
    {
        _fd = fd;
        _saved = saved;
    }

    internal SavedTerminal Saved => new(_fd, _saved);

    internal WinSize WindowSize
    {
        get
        {
            WinSize size = default;
            HostFd.Ioctl(_fd, Tty.TIOCGWINSZ, ref size);
            return size;
        }
    }

    /// <summary>Null if stdin is no terminal.</summary>
    internal static TerminalMode? TryEnterRaw()
    {
        int fd = (int)HostFd.Fcntl(0, Fcntl.F_DUPFD_CLOEXEC, ReservedFd);
        Termios saved = default;
        if (fd < 0 || HostFd.Ioctl(fd, Tty.TCGETS, ref saved) < 0)
        {
            HostFd.Close(fd);
            return null;
        }

        // cfmakeraw(3)
        Termios raw = saved;
        raw.Iflag &= ~(Termio.IGNBRK | Termio.BRKINT | Termio.PARMRK | Termio.ISTRIP | Termio.INLCR | Termio.IGNCR | Termio.ICRNL | Termio.IXON);
        raw.Oflag &= ~Termio.OPOST;
        raw.Lflag &= ~(Termio.ECHO | Termio.ECHONL | Termio.ICANON | Termio.ISIG | Termio.IEXTEN);
        raw.Cflag = (raw.Cflag & ~(Termio.CSIZE | Termio.PARENB)) | Termio.CS8;
        raw.Cc[Tty.VMIN] = 1;
        raw.Cc[Tty.VTIME] = 0;
        HostFd.Ioctl(fd, Tty.TCSETSW, ref raw);
        return new TerminalMode(fd, saved);
    }

    public void Dispose()
    {
        HostFd.Ioctl(_fd, Tty.TCSETSW, ref _saved);
        HostFd.Close(_fd);
    }
}

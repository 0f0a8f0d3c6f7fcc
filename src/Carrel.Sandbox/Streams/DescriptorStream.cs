using System;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Kernel;

namespace Carrel.Sandbox;

/// <summary>
/// A host descriptor as a stream that never blocks. Pipes and terminals come with a description of their own that is non-blocking (the launcher opens
/// it); sockets take MSG_DONTWAIT; what is neither is asked by poll(2) first and written in pieces that a ready pipe has room for.
/// </summary>
internal sealed class DescriptorStream : HostStream
{
    private readonly int _fd;
    private readonly HostPoller _poller;
    private readonly Stat _stat;
    private readonly bool _isNonBlocking;
    private bool _isClosed;

    /// <param name="flags">F_GETFL of the descriptor: the process may no longer ask.</param>
    internal DescriptorStream(int fd, OpenFlags flags, HostPoller poller)
    {
        _fd = fd;
        _poller = poller;
        HostFd.Stat(fd, out _stat);
        _isNonBlocking = (flags & OpenFlags.O_NONBLOCK) != 0;
        IsTerminal = TryGetSettings(out _);
    }

    internal int Fd => _fd;

    /// <summary>What the poller is to wait for.</summary>
    internal PollEvents Armed { get; set; }

    public override uint Mode => _stat.Mode;

    public override ulong RawDevice => _stat.Rdev;

    public override bool IsTerminal { get; }

    public override long Size => !_isClosed && HostFd.Stat(_fd, out Stat now) == 0 ? now.Size : 0;

    private bool IsRegular => (_stat.Mode & Abi.Mode.S_IFMT) == Abi.Mode.S_IFREG;

    private bool IsSocket => (_stat.Mode & Abi.Mode.S_IFMT) == Abi.Mode.S_IFSOCK;

    public override int Read(Span<byte> destination)
    {
        if (IsSocket)
        {
            return (int)HostSocket.Receive(_fd, destination, [], Sock.MSG_DONTWAIT, out _);
        }

        if (!IsRegular && !_isNonBlocking && (Poll() & (PollEvents.POLLIN | PollEvents.POLLHUP | PollEvents.POLLERR)) == 0)
        {
            return -(int)Errno.EAGAIN;
        }

        return (int)HostFd.Read(_fd, destination);
    }

    public override int Write(ReadOnlySpan<byte> source)
    {
        if (IsSocket)
        {
            return (int)HostSocket.Send(_fd, source, [], Sock.MSG_DONTWAIT | Sock.MSG_NOSIGNAL);
        }

        if (!IsRegular && !_isNonBlocking)
        {
            if ((Poll() & (PollEvents.POLLOUT | PollEvents.POLLERR)) == 0)
            {
                return -(int)Errno.EAGAIN;
            }

            // pipe(7): a pipe that polls writable has room for PIPE_BUF bytes.
            source = source[..Math.Min(source.Length, Limits.PIPE_BUF)];
        }

        return (int)HostFd.Write(_fd, source);
    }

    public override long Seek(long offset, int whence) => IsRegular ? HostFd.Seek(_fd, offset, whence) : -(long)Errno.ESPIPE;

    public override PollEvents Poll()
    {
        if (IsRegular)
        {
            return PollEvents.POLLIN | PollEvents.POLLOUT;
        }

        var entry = new PollFd { Fd = _fd, Events = (short)(PollEvents.POLLIN | PollEvents.POLLOUT) };
        return HostFd.Poll(new Span<PollFd>(ref entry), 0) < 0 ? PollEvents.POLLERR : (PollEvents)(ushort)entry.Revents;
    }

    public override void Arm(PollEvents events)
    {
        if ((Armed & events) != events && !_isClosed)
        {
            Armed |= events;
            _poller.Wake();
        }
    }

    public override int BytesToRead
    {
        get
        {
            int available = 0;
            long result = HostFd.Ioctl(_fd, Ioctl.FIONREAD, ref available);
            return result < 0 ? (int)result : available;
        }
    }

    public override bool TryGetSettings(out Termios settings)
    {
        settings = default;
        return (_stat.Mode & Abi.Mode.S_IFMT) == Abi.Mode.S_IFCHR && HostFd.Ioctl(_fd, Tty.TCGETS, ref settings) >= 0;
    }

    public override bool TryGetWindowSize(out WinSize size)
    {
        size = default;
        return IsTerminal && HostFd.Ioctl(_fd, Tty.TIOCGWINSZ, ref size) >= 0;
    }

    public override void Close()
    {
        _isClosed = true;
        Armed = 0;
        _poller.Remove(this);
    }
}

using System;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>
/// A pseudo terminal of the host that carries the bytes of a guest's terminal: its line discipline does nothing (raw mode), that of our kernel does all.
/// </summary>
internal static class HostTerminal
{
    /// <summary>Makes one, gives the master side to the taker.</summary>
    /// <returns>The slave side, non-blocking.</returns>
    internal static int Make(Action<int> taker)
    {
        int master = HostError.Check(
            HostPath.OpenAt(At.AT_FDCWD, "/dev/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC), "open /dev/ptmx");
        int slave = -1;
        try
        {
            int unlock = 0;
            HostError.Check(HostFd.Ioctl(master, Tty.TIOCSPTLCK, ref unlock), "unlock the pseudo terminal");
            const OpenFlags Flags = OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC;
            slave = (int)HostError.Check(HostFd.Ioctl(master, Tty.TIOCGPTPEER, (long)Flags), "open the pseudo terminal");
            MakeRaw(slave);
        }
        catch
        {
            HostFd.Close(master);
            HostFd.Close(slave);
            throw;
        }

        try
        {
            taker(master);
            return slave;
        }
        catch
        {
            HostFd.Close(slave);
            throw;
        }
    }

    /// <summary>cfmakeraw(3).</summary>
    private static void MakeRaw(int fd)
    {
        Termios settings = default;
        HostError.Check(HostFd.Ioctl(fd, Tty.TCGETS, ref settings), "TCGETS");
        settings.Iflag &= ~(Termio.IGNBRK | Termio.BRKINT | Termio.PARMRK | Termio.ISTRIP | Termio.INLCR | Termio.IGNCR | Termio.ICRNL | Termio.IXON);
        settings.Oflag &= ~Termio.OPOST;
        settings.Lflag &= ~(Termio.ECHO | Termio.ECHONL | Termio.ICANON | Termio.ISIG | Termio.IEXTEN);
        settings.Cflag = (settings.Cflag & ~(Termio.CSIZE | Termio.PARENB)) | Termio.CS8;
        settings.Cc[Tty.VMIN] = 1;
        settings.Cc[Tty.VTIME] = 0;
        HostError.Check(HostFd.Ioctl(fd, Tty.TCSETS, ref settings), "TCSETS");
    }
}

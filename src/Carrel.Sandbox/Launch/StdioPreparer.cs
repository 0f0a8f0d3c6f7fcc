using System;
using System.Globalization;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>
/// The caller's stdin, stdout and stderr for the kernel process, which must never block on them. O_NONBLOCK belongs to the open description, which
/// the caller shares with others, so pipes and terminals are opened anew.
/// </summary>
public static class StdioPreparer
{
    /// <summary>Fills in a descriptor for each, -1 for what is closed.</summary>
    public static void Prepare(Span<int> stdio)
    {
        for (int i = 0; i < stdio.Length; i++)
        {
            stdio[i] = Prepare(i);
        }
    }

    /// <summary>The same for given descriptors (-1: none). Those that are not given ones are the caller's to close.</summary>
    public static int[] Prepare(ReadOnlySpan<int> given)
    {
        var stdio = new int[given.Length];
        for (int i = 0; i < stdio.Length; i++)
        {
            stdio[i] = given[i] < 0 ? -1 : Prepare(given[i]);
        }

        return stdio;
    }

    private static int Prepare(int fd)
    {
        long flags = HostFd.Fcntl(fd, Fcntl.F_GETFL);
        if (flags < 0 || HostFd.Stat(fd, out Stat stat) < 0)
        {
            return -1;
        }

        uint type = stat.Mode & Mode.S_IFMT;
        Termios settings = default;
        bool blocks = type == Mode.S_IFIFO || (type == Mode.S_IFCHR && HostFd.Ioctl(fd, Tty.TCGETS, ref settings) >= 0);
        if (!blocks || (flags & (long)OpenFlags.O_NONBLOCK) != 0)
        {
            return fd;
        }

        OpenFlags mode = (OpenFlags)flags & (OpenFlags.O_ACCMODE | OpenFlags.O_APPEND);
        int opened = HostPath.OpenAt(At.AT_FDCWD, "/proc/self/fd/" + fd.ToString(CultureInfo.InvariantCulture),
            mode | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC);
        return opened >= 0 ? opened : fd; // not ours to open again: the stream polls first
    }
}

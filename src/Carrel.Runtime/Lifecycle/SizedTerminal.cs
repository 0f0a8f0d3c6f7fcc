using System;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>process.consoleSize: the terminal has it before somebody sees the terminal.</summary>
internal static class SizedTerminal
{
    internal static Action<int> Wrap(OciBox? size, Action<int> taker) => size is null or { Height: 0, Width: 0 } ? taker : master =>
    {
        var window = new WinSize { Row = (ushort)Math.Min(size.Height, ushort.MaxValue), Col = (ushort)Math.Min(size.Width, ushort.MaxValue) };
        HostFd.Ioctl(master, Tty.TIOCSWINSZ, ref window);
        taker(master);
    };
}

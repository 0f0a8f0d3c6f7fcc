using System;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>A <see cref="HostFile"/> over a descriptor; writing works if it was opened for it.</summary>
public sealed class HostFileHandle : HostFile
{
    private int _uses = 1;
    private bool _disposed;

    /// <param name="fd">Owned from now on.</param>
    public HostFileHandle(int fd)
    {
        Fd = fd;
    }

    internal int Fd { get; }

    /// <summary>Number of stubs that this file was put into.</summary>
    internal int TimesProvided { get; set; }

    public override int ReadAt(long offset, Span<byte> destination) => (int)HostFd.ReadAt(Fd, destination, offset);

    public override int WriteAt(long offset, ReadOnlySpan<byte> source) => (int)HostFd.WriteAt(Fd, source, offset);

    public override void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            DropUse();
        }
    }

    /// <summary>A queued mapping needs the descriptor until it has been applied.</summary>
    internal void AddUse() => _uses++;

    internal void DropUse()
    {
        if (--_uses == 0)
        {
            HostFd.Close(Fd);
        }
    }
}

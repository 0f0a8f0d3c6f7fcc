using System;
using Carrel.Abi;

namespace Carrel.Machine;

/// <summary>A host file that carrel-files opened for reading and passed over; the kernel can read it and map it into guests, and write a file of a writable volume, nothing else.</summary>
public abstract class HostFile : IDisposable
{
    /// <summary>Bytes read at the offset (0 at the end), or a negative errno.</summary>
    public abstract int ReadAt(long offset, Span<byte> destination);

    /// <summary>Bytes written at the offset, or a negative errno; EBADF for a file opened for reading.</summary>
    public virtual int WriteAt(long offset, ReadOnlySpan<byte> source) => -(int)Errno.EBADF;

    /// <summary>Drops the kernel's hold; mappings in guests stay.</summary>
    public abstract void Dispose();
}

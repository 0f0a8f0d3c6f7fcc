using System;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>A guest address space (Linux's mm_struct).</summary>
public sealed partial class MemoryManager
{
    /// <summary>access_ok(): the range lies below the guest's limit.</summary>
    public bool IsUserRange(ulong address, ulong length) => throw new NotSupportedException();

    /// <summary>Copies from guest memory. False (EFAULT) if any byte is not readable.</summary>
    public bool Read(ulong address, Span<byte> destination) => ReadPartial(address, destination) == destination.Length;

    /// <summary>Copies to guest memory, breaking copy-on-write shares. False (EFAULT) if any byte is not writable; earlier bytes may have been written.</summary>
    public bool Write(ulong address, ReadOnlySpan<byte> source) => WritePartial(address, source) == source.Length;

    /// <summary>Copies until the first bad address; the number of bytes copied.</summary>
    public long ReadPartial(ulong address, Span<byte> destination) => throw new NotSupportedException();

    public long WritePartial(ulong address, ReadOnlySpan<byte> source) => throw new NotSupportedException();

    /// <summary>A NUL-terminated string of at most <paramref name="limit"/> bytes with its NUL, one char per byte.</summary>
    public Result<string> ReadString(ulong address, int limit, Errno tooLong) => throw new NotSupportedException();
}

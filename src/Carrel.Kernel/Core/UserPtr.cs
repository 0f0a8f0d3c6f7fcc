using System;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>A file descriptor number as the guest passed it.</summary>
public readonly record struct Fd(int Number);

/// <summary>A guest address of a <typeparamref name="T"/>: it cannot be dereferenced, only copied from and to.</summary>
public readonly record struct UserPtr<T>(ulong Address) where T : unmanaged
{
    public bool IsNull => Address == 0;

    /// <summary>Copies in. False means EFAULT.</summary>
    public bool TryRead(Task task, out T value)
    {
        value = default;
        return task.Mm.Read(Address, MemoryMarshal.AsBytes(new Span<T>(ref value)));
    }

    /// <summary>Copies out. False means EFAULT.</summary>
    public bool TryWrite(Task task, T value) => task.Mm.Write(Address, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref value)));

    /// <summary>Copies an array in. The caller has bounded its length. False means EFAULT.</summary>
    public bool TryReadArray(Task task, Span<T> destination) => task.Mm.Read(Address, MemoryMarshal.AsBytes(destination));

    /// <summary>Copies an array out. False means EFAULT.</summary>
    public bool TryWriteArray(Task task, ReadOnlySpan<T> source) => task.Mm.Write(Address, MemoryMarshal.AsBytes(source));

    /// <summary>The pointer to element <paramref name="index"/>.</summary>
    public UserPtr<T> Element(long index) => new(Address + (ulong)(index * Marshalled.Size<T>()));

    public override string ToString() => $"0x{Address:x}";
}

/// <summary>A guest address of a NUL-terminated string.</summary>
public readonly record struct UserString(ulong Address)
{
    public bool IsNull => Address == 0;

    /// <summary>Copies a path in: each char is one byte. EFAULT, or ENAMETOOLONG from PATH_MAX (4096, with the NUL) on.</summary>
    public Result<string> ReadPath(Task task) => task.Mm.ReadString(Address, 4096, Errno.ENAMETOOLONG);

    /// <summary>Copies a string of at most <paramref name="limit"/> bytes (with the NUL) in; a longer one fails with <paramref name="tooLong"/>.</summary>
    public Result<string> Read(Task task, int limit, Errno tooLong) => task.Mm.ReadString(Address, limit, tooLong);

    public override string ToString() => $"0x{Address:x}";
}

/// <summary>A guest buffer: address and length registers. The length is as passed, not yet bounded.</summary>
public readonly record struct UserBuffer(ulong Address, ulong Length)
{
    /// <summary>Linux caps every transfer at this (MAX_RW_COUNT).</summary>
    public const long MaxTransfer = 0x7ffff000;

    /// <summary>True if the whole range lies below the guest's address limit, as access_ok() checks.</summary>
    public bool IsInRange(Task task) => task.Mm.IsUserRange(Address, Length);

    public bool TryWrite(Task task, ReadOnlySpan<byte> source) => task.Mm.Write(Address, source);

    public bool TryRead(Task task, Span<byte> destination) => task.Mm.Read(Address, destination);

    public override string ToString() => $"0x{Address:x}+{Length}";
}

/// <summary>A guest array of struct iovec: address and count registers.</summary>
public readonly record struct UserIoVec(ulong Address, ulong Count)
{
    public override string ToString() => $"0x{Address:x}[{Count}]";
}

using System;
using System.Runtime.InteropServices;

namespace Carrel.Kernel;

/// <summary>Sizes and byte views of ABI structs, without unsafe code.</summary>
public static class Marshalled
{
    /// <summary>sizeof(T).</summary>
    public static int Size<T>() where T : unmanaged
    {
        T value = default;
        return MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref value)).Length;
    }

    /// <summary>The bytes of a struct.</summary>
    public static byte[] ToBytes<T>(T value) where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref value)).ToArray();

    /// <summary>The struct at the start of the bytes.</summary>
    public static T FromBytes<T>(ReadOnlySpan<byte> bytes) where T : unmanaged => MemoryMarshal.Read<T>(bytes);
}

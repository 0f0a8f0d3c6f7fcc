using System;
using System.Runtime.InteropServices;

namespace Carrel.Files;

/// <summary>Structures and strings in message buffers.</summary>
public static class Wire
{
    /// <summary>sizeof(T).</summary>
    public static int Size<T>() where T : unmanaged
    {
        T value = default;
        return MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref value)).Length;
    }

    public static T Read<T>(ReadOnlySpan<byte> source) where T : unmanaged => MemoryMarshal.Read<T>(source);

    public static void Write<T>(Span<byte> destination, in T value) where T : unmanaged => MemoryMarshal.Write(destination, in value);

    /// <summary>Writes a string of bytes and a NUL.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteText(Span<byte> destination, string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            destination[i] = (byte)text[i];
        }

        destination[text.Length] = 0;
        return text.Length + 1;
    }

    /// <summary>A string whose chars are the bytes.</summary>
    public static string ReadText(ReadOnlySpan<byte> source) => string.Create(source.Length, source, static (chars, bytes) =>
    {
        for (int i = 0; i < chars.Length; i++)
        {
            chars[i] = (char)bytes[i];
        }
    });
}

using System;

namespace Carrel.Host;

/// <summary>Paths and names on their way to the host: strings in which each char is one byte.</summary>
internal static class CString
{
    /// <summary>The bytes with a NUL behind them. A name with a NUL or a char above 255 in it becomes one that cannot exist.</summary>
    internal static byte[] Of(string name)
    {
        var bytes = new byte[name.Length + 1];
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] is '\0' or > '\xff')
            {
                return [0];
            }

            bytes[i] = (byte)name[i];
        }

        return bytes;
    }

    /// <summary>The string up to the NUL.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return string.Create(end < 0 ? bytes.Length : end, bytes, static (chars, source) =>
        {
            for (int i = 0; i < chars.Length; i++)
            {
                chars[i] = (char)source[i];
            }
        });
    }
}

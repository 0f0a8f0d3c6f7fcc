using System;
using System.Globalization;
using System.Text;

namespace Carrel.Kernel.Trace;

/// <summary>Bytes as a C string literal, the way strace prints them.</summary>
internal static class Quoting
{
    /// <summary>Bytes of data shown of a buffer.</summary>
    public const int SampleSize = 32;

    /// <param name="bytes">The bytes to show.</param>
    /// <param name="isCut">There are more: "..." follows.</param>
    public static string Quote(ReadOnlySpan<byte> bytes, bool isCut)
    {
        var text = new StringBuilder("\"", bytes.Length + 8);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            switch (b)
            {
                case (byte)'\n':
                    text.Append("\\n");
                    break;
                case (byte)'\t':
                    text.Append("\\t");
                    break;
                case (byte)'\r':
                    text.Append("\\r");
                    break;
                case (byte)'"' or (byte)'\\':
                    text.Append('\\').Append((char)b);
                    break;
                case >= 0x20 and < 0x7f:
                    text.Append((char)b);
                    break;
                default:
                    // Three digits only where the next character would be read as one more.
                    bool isDigitNext = i + 1 < bytes.Length && bytes[i + 1] is >= (byte)'0' and <= (byte)'7';
                    string octal = Convert.ToString(b, 8);
                    text.Append('\\').Append(isDigitNext ? octal.PadLeft(3, '0') : octal);
                    break;
            }
        }

        return text.Append(isCut ? "\"..." : "\"").ToString();
    }

    /// <summary>A kernel string: one char per byte.</summary>
    public static string Quote(string value, int limit) =>
        Quote(Encoding.Latin1.GetBytes(value.Length > limit ? value[..limit] : value), value.Length > limit);

    /// <summary>A sample of guest memory; the address if it cannot be read.</summary>
    public static string Sample(Task task, ulong address, ulong length)
    {
        if (address == 0)
        {
            return "NULL";
        }

        var bytes = new byte[Math.Min(length, SampleSize)];
        return task.Mm.Read(address, bytes) ? Quote(bytes, length > SampleSize) : Address(address);
    }

    public static string Address(ulong address) => address == 0 ? "NULL" : string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");
}

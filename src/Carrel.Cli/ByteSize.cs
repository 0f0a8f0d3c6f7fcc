using System;
using System.Globalization;

namespace Carrel.Cli;

/// <summary>Sizes as users write them: 512m, 2g, 1.5GiB.</summary>
internal static class ByteSize
{
    internal static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        string number = text.TrimEnd();
        int digits = 0;
        while (digits < number.Length && (char.IsAsciiDigit(number[digits]) || number[digits] == '.'))
        {
            digits++;
        }

        int shift = number[digits..].ToLowerInvariant() switch
        {
            "" or "b" => 0,
            "k" or "kb" or "kib" => 10,
            "m" or "mb" or "mib" => 20,
            "g" or "gb" or "gib" => 30,
            "t" or "tb" or "tib" => 40,
            _ => -1,
        };
        if (shift < 0 || !double.TryParse(number.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
        {
            return false;
        }

        double result = value * (1L << shift);
        bytes = result < long.MaxValue ? (long)result : 0;
        return bytes > 0;
    }
}

using System;
using System.Numerics;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>One bit a page.</summary>
internal sealed class PageBits
{
    private ulong[] _words = [];

    public long Length { get; private set; }

    /// <summary>Adds clear bits at the end.</summary>
    public void Grow(long length)
    {
        Length = length;
        int words = (int)((length + 63) / 64);
        if (words > _words.Length)
        {
            Array.Resize(ref _words, words);
        }
    }

    /// <summary>Cuts bits off at the end.</summary>
    public void Shrink(long length)
    {
        Set(length, Length - length, false);
        Length = length;
        Array.Resize(ref _words, (int)((length + 63) / 64));
    }

    public bool this[long index] => (_words[index / 64] >> (int)(index % 64) & 1) != 0;

    public void Set(long start, long count, bool value)
    {
        for (long end = start + count; start < end;)
        {
            ulong mask = Mask(start, end, out long next);
            ref ulong word = ref _words[start / 64];
            word = value ? word | mask : word & ~mask;
            start = next;
        }
    }

    /// <summary>Bits set in a range.</summary>
    public long Count(long start, long count)
    {
        long total = 0;
        for (long end = start + count; start < end;)
        {
            ulong mask = Mask(start, end, out long next);
            total += BitOperations.PopCount(_words[start / 64] & mask);
            start = next;
        }

        return total;
    }

    /// <summary>How many bits from <paramref name="start"/> on are like the first one, at most <paramref name="count"/>.</summary>
    public long Run(long start, long count, out bool value)
    {
        value = this[start];
        long at = start;
        for (long end = start + count; at < end;)
        {
            ulong mask = Mask(at, end, out long next);
            ulong different = (value ? ~_words[at / 64] : _words[at / 64]) & mask;
            if (different != 0)
            {
                return (at / 64 * 64) + BitOperations.TrailingZeroCount(different) - start;
            }

            at = next;
        }

        return count;
    }

    private static ulong Mask(long start, long end, out long next)
    {
        next = Math.Min(end, ((start / 64) + 1) * 64);
        ulong mask = ulong.MaxValue << (int)(start % 64);
        return next % 64 == 0 ? mask : mask & ((1UL << (int)(next % 64)) - 1);
    }
}

using System;
using System.Globalization;

namespace Carrel.Runtime;

/// <summary>A list of processors such as "0-3,7", cpuset(7), as a mask.</summary>
internal static class CpuList
{
    private const int MaxCpus = 8192;

    internal static byte[] ToMask(string list, string field)
    {
        var mask = new byte[MaxCpus / 8];
        foreach (string range in list.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] ends = range.Split('-', 2);
            if (!TryParse(ends[0], out int first) || !TryParse(ends[^1], out int last) || first > last)
            {
                throw new RuntimeException($"{field}: {list} is no list of processors");
            }

            for (int cpu = first; cpu <= last; cpu++)
            {
                mask[cpu / 8] |= (byte)(1 << (cpu % 8));
            }
        }

        return mask;
    }

    private static bool TryParse(string text, out int cpu) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out cpu) && cpu < MaxCpus;
}

using System;
using System.Collections.Generic;
using System.Globalization;

namespace Carrel.Runtime.Cgroups;

/// <summary>A file of "name number" lines (cgroup-v2.rst, "Flat keyed"). A name that is not there is 0.</summary>
internal readonly struct FlatKeyed(Dictionary<string, ulong> values)
{
    public Dictionary<string, ulong> Values { get; } = values;

    public ulong this[string name] => Values.GetValueOrDefault(name);

    public static FlatKeyed Parse(string? text)
    {
        var values = new Dictionary<string, ulong>();
        foreach (string line in (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int space = line.IndexOf(' ');
            if (space > 0 && ulong.TryParse(line.AsSpan(space + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
            {
                values[line[..space]] = value;
            }
        }

        return new FlatKeyed(values);
    }
}

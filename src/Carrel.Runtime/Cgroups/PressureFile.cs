using System;
using System.Globalization;

namespace Carrel.Runtime.Cgroups;

/// <summary>A *.pressure file: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and a line "full".</summary>
internal static class PressureFile
{
    /// <summary>Null: the kernel does not count pressure.</summary>
    public static PressureStats? Read(Cgroup group, string file)
    {
        if (group.TryRead(file) is not { Length: > 0 } text)
        {
            return null;
        }

        PressureLine some = new(), full = new();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("some ", StringComparison.Ordinal))
            {
                some = Parse(line);
            }
            else if (line.StartsWith("full ", StringComparison.Ordinal))
            {
                full = Parse(line);
            }
        }

        return new PressureStats { Some = some, Full = full };
    }

    private static PressureLine Parse(string line)
    {
        double Value(string name)
        {
            int at = line.IndexOf(name + "=", StringComparison.Ordinal);
            string word = at < 0 ? "" : line[(at + name.Length + 1)..].Split(' ')[0];
            return double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : 0;
        }

        return new PressureLine { Avg10 = Value("avg10"), Avg60 = Value("avg60"), Avg300 = Value("avg300"), Total = (ulong)Value("total") };
    }
}

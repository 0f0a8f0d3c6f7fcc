using System;
using System.Collections.Generic;
using System.IO;

namespace Carrel.Tests.Abi;

/// <summary>absent-from-headers.txt: constants and fields that the headers of an older system lack, with the value that the given source has.</summary>
internal static class AbsentList
{
    public static readonly IReadOnlyDictionary<string, string> Values = Load();

    private static Dictionary<string, string> Load()
    {
        using System.IO.Stream stream = typeof(AbsentList).Assembly.GetManifestResourceStream("absent-from-headers.txt")!;
        using var reader = new StreamReader(stream);
        var values = new Dictionary<string, string>();
        for (string? line = reader.ReadLine(); line != null; line = reader.ReadLine())
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            // Type.Name value reason
            string[] parts = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 3)
            {
                throw new InvalidDataException($"absent-from-headers.txt: no reason given: {line}");
            }

            values.Add(parts[0], parts[1]);
        }

        return values;
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace Carrel.Runtime;

/// <summary>The host's pids of processes that the kernel process knows by the pids of its own namespace.</summary>
internal static class GuestHostPids
{
    private const string Label = "\nNSpid:";

    /// <summary>All of them are children of the kernel process.</summary>
    internal static IReadOnlyList<int> Find(int kernel, List<int> inner)
    {
        var wanted = new HashSet<int>(inner);
        List<int> found = [];
        foreach (int child in Children(kernel))
        {
            string status = ProcFile.ReadText(string.Create(CultureInfo.InvariantCulture, $"/proc/{child}/status")) ?? "";
            int at = status.IndexOf(Label, StringComparison.Ordinal);
            if (at < 0)
            {
                continue;
            }

            int end = status.IndexOf('\n', at + Label.Length);
            string[] pids = status[(at + Label.Length)..(end < 0 ? status.Length : end)].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (pids.Length > 1 && int.TryParse(pids[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && wanted.Contains(pid))
            {
                found.Add(child);
            }
        }

        found.Sort();
        return found;
    }

    private static IEnumerable<int> Children(int pid)
    {
        string directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task");
        if (!Directory.Exists(directory))
        {
            yield break;
        }

        foreach (string thread in Directory.GetDirectories(directory))
        {
            foreach (string child in (ProcFile.ReadText(thread + "/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                yield return int.Parse(child, NumberStyles.None, CultureInfo.InvariantCulture);
            }
        }
    }
}

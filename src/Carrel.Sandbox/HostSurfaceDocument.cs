using System.Collections.Generic;
using System.Linq;
using System.Text;
using Carrel.Files;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>docs/host-surface.md, printed from the tables that the filters are built from.</summary>
public static class HostSurfaceDocument
{
    public static string Print()
    {
        var text = new StringBuilder();
        text.Append("""
            # What a carrel's processes may ask of the host

            Printed by `carrel docs host-surface` from the tables that the seccomp filters are built from. A call that is not listed kills the process.
            All threads run before the filter is loaded (`SECCOMP_FILTER_FLAG_TSYNC`); `no_new_privs` is set. Stubs are not listed: the host executes none of the
            guest's calls, only those the kernel process has just asked that thread for.

            """);
        Append(text, KernelSurface.Instance, null);
        Append(text, FilesSurface.Reading, null);
        Append(text, FilesSurface.Writing, FilesSurface.Reading);
        Append(text, FilesSurface.WithTerminal(FilesSurface.Reading), FilesSurface.Reading);
        return text.ToString();
    }

    private static void Append(StringBuilder text, HostSurface surface, HostSurface? known)
    {
        IReadOnlyList<AllowedCall> calls = known is null ? surface.Allowed : [.. surface.Allowed.Except(known.Allowed)];
        string count = known is null ? $"{surface.Allowed.Count} calls" : $"{calls.Count} more";
        text.Append($"\n## {surface.Process}: {count}\n\n| call | why | arguments |\n|---|---|---|\n");
        foreach (AllowedCall call in calls.OrderBy(call => call.Name, System.StringComparer.Ordinal))
        {
            text.Append($"| {call.Name} | {call.Reason} | {(call.Limits.Length > 0 ? call.Limits : "any")} |\n");
        }

        if (known is null)
        {
            text.Append("\nFail with ENOSYS instead: ").AppendJoin(", ", surface.Refused.Select(call => $"`{call.Name}` ({call.Reason})")).Append(".\n");
        }
    }
}

using System;
using System.Collections.Generic;
using System.Linq;

namespace Carrel.Runtime.Cgroups;

/// <summary>linux.resources.unified (config-linux.md): cgroup v2 files by name, with what to write.</summary>
internal static class UnifiedSettings
{
    // These are no limits: they move, stop and kill processes or change what the runtime relies on.
    private static readonly string[] Refused = ["cgroup.procs", "cgroup.threads", "cgroup.kill", "cgroup.freeze", "cgroup.type", "cgroup.subtree_control"];

    public static void Apply(Cgroup group, Dictionary<string, string> settings)
    {
        foreach ((string file, string value) in settings)
        {
            string field = "linux.resources.unified." + file;
            if (file.Length == 0 || file[0] == '.' || !file.Contains('.') || !file.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') || Refused.Contains(file))
            {
                throw new RuntimeException($"{field}: not a setting of cgroup v2");
            }

            group.Set(field, file, value);
        }
    }
}

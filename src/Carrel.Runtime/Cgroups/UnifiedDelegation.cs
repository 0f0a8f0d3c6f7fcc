using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;

namespace Carrel.Runtime.Cgroups;

/// <summary>cgroup v2: a controller is there only if every cgroup above hands it down (cgroup.subtree_control).</summary>
internal static class UnifiedDelegation
{
    /// <summary>
    /// Enables every available controller on the way down to a cgroup. What cannot be enabled is left out: a limit that needs it fails later and says so,
    /// and a container without that limit runs.
    /// </summary>
    public static void EnableControllers(Cgroup group)
    {
        var above = new Stack<Cgroup>();
        for (Cgroup? at = group.Parent; at is not null; at = at.Parent)
        {
            above.Push(at);
        }

        foreach (Cgroup at in above)
        {
            string[] missing = [.. Words(at.TryRead("cgroup.controllers")).Except(Words(at.TryRead("cgroup.subtree_control")))];
            if (missing.Length > 0 && at.TryWrite("cgroup.subtree_control", string.Join(' ', missing.Select(name => "+" + name))) != Errno.OK)
            {
                foreach (string name in missing)
                {
                    _ = at.TryWrite("cgroup.subtree_control", "+" + name);
                }
            }
        }
    }

    public static bool Has(Cgroup group, string controller) => Words(group.TryRead("cgroup.controllers")).Contains(controller);

    private static string[] Words(string? text) => (text ?? "").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}

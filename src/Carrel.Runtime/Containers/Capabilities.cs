using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>The five sets of a process as bit masks, capabilities(7).</summary>
internal sealed class Capabilities
{
    private const string Prefix = "CAP_";

    /// <param name="names">Null: no capabilities at all, as with runc.</param>
    /// <param name="warn">Takes a line about names that are unknown: they are left out (config.md).</param>
    internal Capabilities(OciCapabilities? names, Action<string>? warn)
    {
        List<string> unknown = [];
        Bounding = Parse(names?.Bounding, unknown);
        Effective = Parse(names?.Effective, unknown);
        Inheritable = Parse(names?.Inheritable, unknown);
        Permitted = Parse(names?.Permitted, unknown);
        Ambient = Parse(names?.Ambient, unknown);
        if (unknown.Count > 0)
        {
            warn?.Invoke($"process.capabilities: unknown or unavailable capabilities are ignored: {string.Join(' ', unknown)}");
        }
    }

    internal ulong Bounding { get; }

    internal ulong Effective { get; }

    internal ulong Inheritable { get; }

    internal ulong Permitted { get; }

    internal ulong Ambient { get; }

    private static ulong Parse(List<string>? names, List<string> unknown)
    {
        ulong set = 0;
        foreach (string name in names ?? [])
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name.Length > Prefix.Length && !char.IsAsciiDigit(name[Prefix.Length])
                && name != nameof(Capability.CAP_LAST_CAP) && Enum.TryParse(name, out Capability capability))
            {
                set |= 1UL << (int)capability;
            }
            else if (!unknown.Contains(name))
            {
                unknown.Add(name);
            }
        }

        return set;
    }
}

using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>A host call that a process may make once it is locked in, what of it, and why.</summary>
/// <param name="Name">As in section 2 of the manual.</param>
/// <param name="Number">The system call's number.</param>
/// <param name="Reason">Why the process needs it.</param>
/// <param name="Limits">In words, what <paramref name="Variants"/> demand.</param>
/// <param name="Variants">The call passes if all rules of one of them hold; empty: with any arguments.</param>
public sealed record AllowedCall(string Name, int Number, string Reason, string Limits = "", ArgumentRule[][]? Variants = null);

/// <summary>What one of our processes may ask of the host: the filter is built from it, and docs/host-surface.md is printed from it.</summary>
/// <param name="Process">Its name.</param>
/// <param name="Allowed">The calls that pass. Any other kills the process.</param>
/// <param name="Refused">Calls that the runtime tries and can do without: they fail with ENOSYS.</param>
public sealed record HostSurface(string Process, IReadOnlyList<AllowedCall> Allowed, IReadOnlyList<AllowedCall> Refused)
{
    /// <summary>Locks the whole process in; no way leads back. Every thread it is to have must run already.</summary>
    /// <returns>0 or a negative errno.</returns>
    public long Enforce()
    {
        var list = new AllowList();
        foreach (AllowedCall call in Allowed)
        {
            if (call.Variants is not { } variants)
            {
                list.Allow(call.Number);
                continue;
            }

            foreach (ArgumentRule[] rules in variants)
            {
                list.AllowWhere(call.Number, rules);
            }
        }

        foreach (AllowedCall call in Refused)
        {
            list.Refuse(Errno.ENOSYS, call.Number);
        }

        // The runtime's finalizer thread must have come up: what it asks of the host until then is not on the list.
        GC.WaitForPendingFinalizers();
        return HostSeccomp.LoadForAllThreads(list.Build());
    }
}

using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>User and group ids, capability sets, securebits (Linux's struct cred). Immutable.</summary>
public sealed record Credentials
{
    /// <summary>All capabilities there are.</summary>
    public const ulong AllCapabilities = (1UL << 41) - 1;

    public uint Uid { get; init; }
    public uint Euid { get; init; }
    public uint Suid { get; init; }
    public uint Fsuid { get; init; }
    public uint Gid { get; init; }
    public uint Egid { get; init; }
    public uint Sgid { get; init; }
    public uint Fsgid { get; init; }

    /// <summary>Supplementary groups.</summary>
    public IReadOnlyList<uint> Groups { get; init; } = [];

    public ulong Permitted { get; init; }
    public ulong Effective { get; init; }
    public ulong Inheritable { get; init; }
    public ulong Bounding { get; init; } = AllCapabilities;
    public ulong Ambient { get; init; }

    public uint SecureBits { get; init; }

    /// <summary>Root with these capabilities.</summary>
    public static Credentials Root(ulong capabilities) => new() { Permitted = capabilities, Effective = capabilities, Bounding = capabilities };

    public bool HasCapability(Capability capability) => (Effective >> (int)capability & 1) != 0;

    /// <summary>in_group_p(): the file-system gid or a supplementary group.</summary>
    public bool IsInGroup(uint gid)
    {
        if (gid == Fsgid)
        {
            return true;
        }

        for (int i = 0; i < Groups.Count; i++)
        {
            if (Groups[i] == gid)
            {
                return true;
            }
        }

        return false;
    }
}

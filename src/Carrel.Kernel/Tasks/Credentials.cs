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

    /// <summary>The user namespace in which the capabilities count.</summary>
    public UserNamespace User { get; init; } = UserNamespace.Initial;

    /// <summary>Root with these capabilities.</summary>
    public static Credentials Root(ulong capabilities) => new() { Permitted = capabilities, Effective = capabilities, Bounding = capabilities };

    /// <summary>capable(): in the first user namespace, over what belongs to nobody else.</summary>
    public bool HasCapability(Capability capability) => User == UserNamespace.Initial && HasOwnCapability(capability);

    /// <summary>ns_capable(current_user_ns()): over one's own affairs.</summary>
    public bool HasOwnCapability(Capability capability) => (Effective >> (int)capability & 1) != 0;

    /// <summary>cap_capable(): over what belongs to a user namespace; the owner of one is almighty in it.</summary>
    internal bool HasCapabilityIn(UserNamespace user, Capability capability)
    {
        for (UserNamespace? at = user; at is not null; at = at.Parent)
        {
            if (at == User)
            {
                return HasOwnCapability(capability);
            }

            if (at.Level <= User.Level)
            {
                return false;
            }

            if (at.Parent == User && at.OwnerUid == Euid)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>capable_wrt_inode_uidgid(): over an inode whose owners are mapped.</summary>
    internal bool HasCapabilityOver(Vfs.Inode inode, Capability capability) => HasOwnCapability(capability)
        && (User == UserNamespace.Initial || (User.Uids.FromKernel(inode.Uid) != IdMap.None && User.Gids.FromKernel(inode.Gid) != IdMap.None));

    /// <summary>Uid 0 of the own user namespace.</summary>
    internal uint RootUid => User.Uids.ToKernel(0);

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

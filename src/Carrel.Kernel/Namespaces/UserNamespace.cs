using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>
/// A user namespace (kernel/user_namespace.c): whose ids and capabilities count where. Inside the kernel ids are those of the first namespace; they are
/// translated where a guest gives or sees one.
/// </summary>
public sealed class UserNamespace
{
    private const int MaximumLevel = 32;

    private UserNamespace()
    {
        Uids = IdMap.Identity;
        Gids = IdMap.Identity;
    }

    private UserNamespace(Credentials maker)
    {
        Parent = maker.User;
        Level = Parent.Level + 1;
        OwnerUid = maker.Euid;
        MaySetGroups = Parent.MaySetGroups;
        CouldSetFileCapabilities = maker.HasOwnCapability(Capability.CAP_SETFCAP);
    }

    /// <summary>init_user_ns.</summary>
    public static UserNamespace Initial { get; } = new();

    public UserNamespace? Parent { get; }

    public int Level { get; }

    /// <summary>The effective uid of its maker, who has all capabilities in it.</summary>
    public uint OwnerUid { get; }

    internal IdMap Uids { get; set; } = IdMap.Empty;

    internal IdMap Gids { get; set; } = IdMap.Empty;

    /// <summary>USERNS_SETGROUPS_ALLOWED.</summary>
    internal bool MaySetGroups { get; set; } = true;

    /// <summary>parent_could_setfcap: uid 0 of the parent may be mapped from inside.</summary>
    internal bool CouldSetFileCapabilities { get; }

    /// <summary>This namespace, or one made in it.</summary>
    internal bool Contains(UserNamespace other)
    {
        UserNamespace? at = other;
        while (at is not null && at.Level > Level)
        {
            at = at.Parent;
        }

        return at == this;
    }

    /// <summary>create_user_ns() and set_cred_user_ns(): the maker's credentials in a new namespace. EPERM, ENOSPC.</summary>
    internal static Result<Credentials> Create(Task task)
    {
        Credentials maker = task.Credentials;
        if (maker.User.Level >= MaximumLevel)
        {
            return Errno.ENOSPC;
        }

        Vfs.Path top = task.Namespaces.Mounts.RootPath;
        bool isChrooted = task.Fs.Root.Mount != top.Mount || task.Fs.Root.Dentry != top.Dentry;
        if (isChrooted || maker.User.Uids.FromKernel(maker.Euid) == IdMap.None || maker.User.Gids.FromKernel(maker.Egid) == IdMap.None)
        {
            return Errno.EPERM;
        }

        return InFull(maker, new UserNamespace(maker));
    }

    /// <summary>All capabilities in a namespace.</summary>
    internal static Credentials InFull(Credentials credentials, UserNamespace user) => credentials with
    {
        User = user,
        SecureBits = 0,
        Inheritable = 0,
        Ambient = 0,
        Permitted = Credentials.AllCapabilities,
        Effective = Credentials.AllCapabilities,
        Bounding = Credentials.AllCapabilities,
    };
}

/// <summary>Ranges of ids of a namespace and the ids of the first namespace that they stand for (struct uid_gid_map).</summary>
internal sealed class IdMap(IReadOnlyList<IdMap.Extent> extents)
{
    /// <summary>UID_GID_MAP_MAX_EXTENTS.</summary>
    public const int MaximumExtents = 340;

    /// <summary>Not mapped.</summary>
    public const uint None = uint.MaxValue;

    private const uint Overflow = 65534;

    internal readonly record struct Extent(uint Inside, uint Kernel, uint Count);

    public static IdMap Empty { get; } = new([]);

    public static IdMap Identity { get; } = new([new Extent(0, 0, uint.MaxValue)]);

    public IReadOnlyList<Extent> Extents => extents;

    public bool IsEmpty => extents.Count == 0;

    /// <summary>make_kuid().</summary>
    public uint ToKernel(uint id)
    {
        if (this == Identity)
        {
            return id;
        }

        foreach (Extent extent in extents)
        {
            if (id - extent.Inside < extent.Count)
            {
                return extent.Kernel + (id - extent.Inside);
            }
        }

        return None;
    }

    /// <summary>from_kuid().</summary>
    public uint FromKernel(uint id)
    {
        if (this == Identity)
        {
            return id;
        }

        foreach (Extent extent in extents)
        {
            if (id - extent.Kernel < extent.Count)
            {
                return extent.Inside + (id - extent.Kernel);
            }
        }

        return None;
    }

    /// <summary>from_kuid_munged(): what stands for an id that has none here.</summary>
    public uint Show(uint id) => FromKernel(id) is var shown && shown == None && id != None ? Overflow : shown;
}

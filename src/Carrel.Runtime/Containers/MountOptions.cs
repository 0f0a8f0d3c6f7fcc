using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>The options of one mount, taken apart (config.md, "Linux mount options").</summary>
internal sealed class MountOptions
{
    private static readonly Dictionary<string, (MountAttr Set, MountAttr Clear)> Attributes = new()
    {
        ["ro"] = (MountAttr.MOUNT_ATTR_RDONLY, 0),
        ["rw"] = (0, MountAttr.MOUNT_ATTR_RDONLY),
        ["nosuid"] = (MountAttr.MOUNT_ATTR_NOSUID, 0),
        ["suid"] = (0, MountAttr.MOUNT_ATTR_NOSUID),
        ["nodev"] = (MountAttr.MOUNT_ATTR_NODEV, 0),
        ["dev"] = (0, MountAttr.MOUNT_ATTR_NODEV),
        ["noexec"] = (MountAttr.MOUNT_ATTR_NOEXEC, 0),
        ["exec"] = (0, MountAttr.MOUNT_ATTR_NOEXEC),
        ["nodiratime"] = (MountAttr.MOUNT_ATTR_NODIRATIME, 0),
        ["diratime"] = (0, MountAttr.MOUNT_ATTR_NODIRATIME),
        ["nosymfollow"] = (MountAttr.MOUNT_ATTR_NOSYMFOLLOW, 0),
        ["symfollow"] = (0, MountAttr.MOUNT_ATTR_NOSYMFOLLOW),
        // The way access times are kept is a field, not a bit: all of it is cleared first.
        ["noatime"] = (MountAttr.MOUNT_ATTR_NOATIME, MountAttr.MOUNT_ATTR__ATIME),
        ["atime"] = (MountAttr.MOUNT_ATTR_RELATIME, MountAttr.MOUNT_ATTR__ATIME),
        ["relatime"] = (MountAttr.MOUNT_ATTR_RELATIME, MountAttr.MOUNT_ATTR__ATIME),
        ["norelatime"] = (MountAttr.MOUNT_ATTR_STRICTATIME, MountAttr.MOUNT_ATTR__ATIME),
        ["strictatime"] = (MountAttr.MOUNT_ATTR_STRICTATIME, MountAttr.MOUNT_ATTR__ATIME),
        ["nostrictatime"] = (MountAttr.MOUNT_ATTR_RELATIME, MountAttr.MOUNT_ATTR__ATIME),
    };

    // Options of the file system as a whole, and what switches them off (nothing has to be done for that on a new one).
    private static readonly Dictionary<string, string?> SuperFlags = new()
    {
        ["sync"] = "sync", ["async"] = null, ["dirsync"] = "dirsync", ["lazytime"] = "lazytime", ["nolazytime"] = null, ["mand"] = "mand", ["nomand"] = null,
        ["iversion"] = "iversion", ["noiversion"] = null, ["silent"] = null, ["loud"] = null, ["defaults"] = null, ["acl"] = "acl", ["noacl"] = "noacl",
    };

    private static readonly Dictionary<string, (MountFlags Flag, bool Recursive)> Propagations = new()
    {
        ["private"] = (MountFlags.MS_PRIVATE, false),
        ["rprivate"] = (MountFlags.MS_PRIVATE, true),
        ["shared"] = (MountFlags.MS_SHARED, false),
        ["rshared"] = (MountFlags.MS_SHARED, true),
        ["slave"] = (MountFlags.MS_SLAVE, false),
        ["rslave"] = (MountFlags.MS_SLAVE, true),
        ["unbindable"] = (MountFlags.MS_UNBINDABLE, false),
        ["runbindable"] = (MountFlags.MS_UNBINDABLE, true),
    };

    internal MountOptions(OciMount mount)
    {
        foreach (string option in mount.Options ?? [])
        {
            Parse(option, mount);
        }

        IsBind |= mount.Type is "bind" or "rbind" || (string.IsNullOrEmpty(mount.Type) && IsBind);
        IsRecursive |= mount.Type == "rbind";
        if ((mount.UidMappings?.Count > 0 || mount.GidMappings?.Count > 0) && !IsIdMapped)
        {
            IsIdMapped = true;
        }
    }

    internal bool IsBind { get; private set; }

    /// <summary>rbind: with the mounts below the source.</summary>
    internal bool IsRecursive { get; private set; }

    internal MountAttr Set { get; private set; }

    internal MountAttr Clear { get; private set; }

    /// <summary>rro and its like: for the mounts below, too.</summary>
    internal MountAttr RecursiveSet { get; private set; }

    internal MountAttr RecursiveClear { get; private set; }

    internal List<(MountFlags Flag, bool Recursive)> Propagation { get; } = [];

    /// <summary>Options of the file system.</summary>
    internal List<string> Data { get; } = [];

    /// <summary>A new tmpfs begins with a copy of what the image has there.</summary>
    internal bool CopiesUp { get; private set; }

    internal bool IsIdMapped { get; private set; }

    internal bool IsIdMappedRecursively { get; private set; }

    internal bool IsReadOnly => ((Set | RecursiveSet) & MountAttr.MOUNT_ATTR_RDONLY) != 0;

    internal static bool TryPropagation(string name, out MountFlags flag, out bool isRecursive)
    {
        bool known = Propagations.TryGetValue(name, out (MountFlags Flag, bool Recursive) entry);
        (flag, isRecursive) = entry;
        return known;
    }

    /// <summary>Every option that is understood, for `features`.</summary>
    internal static IEnumerable<string> KnownOptions =>
        Attributes.Keys.Concat(Attributes.Keys.Select(name => "r" + name)).Concat(SuperFlags.Keys).Concat(Propagations.Keys)
            .Concat(["bind", "rbind", "tmpcopyup", "idmap", "ridmap"]).Distinct().Order(System.StringComparer.Ordinal);

    private void Parse(string option, OciMount mount)
    {
        if (Attributes.TryGetValue(option, out (MountAttr Set, MountAttr Clear) attribute))
        {
            (Set, Clear) = Apply(Set, Clear, attribute);
        }
        else if (Propagations.TryGetValue(option, out (MountFlags, bool) propagation))
        {
            Propagation.Add(propagation);
        }
        else if (SuperFlags.TryGetValue(option, out string? flag))
        {
            if (flag is not null)
            {
                Data.Add(flag);
            }
        }
        else if (option.StartsWith('r') && Attributes.TryGetValue(option[1..], out attribute))
        {
            (RecursiveSet, RecursiveClear) = Apply(RecursiveSet, RecursiveClear, attribute);
        }
        else
        {
            switch (option)
            {
                case "bind":
                    IsBind = true;
                    break;
                case "rbind":
                    IsBind = IsRecursive = true;
                    break;
                case "tmpcopyup":
                    CopiesUp = true;
                    break;
                case "idmap":
                    IsIdMapped = true;
                    break;
                case "ridmap":
                    IsIdMapped = IsIdMappedRecursively = true;
                    break;
                case "remount":
                    throw new RuntimeException($"mounts: {mount.Destination}: the option remount is not supported");
                default:
                    Data.Add(option);
                    break;
            }
        }
    }

    // The last of contradicting options counts.
    private static (MountAttr Set, MountAttr Clear) Apply(MountAttr set, MountAttr clear, (MountAttr Set, MountAttr Clear) option) =>
        ((set & ~option.Clear) | option.Set, (clear & ~option.Set) | option.Clear);
}

using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// `linux.uidMappings` for a guest. Its users are its kernel's own, whatever the host's are; what is mapped are the owners of files. carrel-files serves
/// in a user namespace with those maps, so it is the host that translates, and that keeps the guest from files whose owners have no number there.
/// </summary>
internal static class GuestOwners
{
    /// <summary>The user namespace, with a user and a group of it; null: no maps.</summary>
    internal static (int Namespace, uint User, uint Group)? Map(OciLinux? linux, DescriptorBag descriptors)
    {
        List<OciIdMapping> users = linux?.UidMappings ?? [], groups = linux?.GidMappings ?? [];
        if ((IsIdentity(users) && IsIdentity(groups)) || HostCredentials.UserId != 0)
        {
            return null;
        }

        if (users.Count == 0 || groups.Count == 0)
        {
            throw new RuntimeException("linux.gidMappings: users and groups have to be mapped both");
        }

        return (descriptors.Keep(IdMappedNamespace.Create(users, groups, "linux.uidMappings")), users[0].ContainerID, groups[0].ContainerID);
    }

    /// <summary>For a user, whose carrel is in such a namespace as a whole: writes the maps of a process of it. Null: he has asked for none.</summary>
    internal static Action<int>? Mapper(OciLinux? linux) =>
        HostCredentials.UserId != 0 && linux?.Namespaces?.Any(each => each.Type == "user") == true ? new IdMaps(linux, isPrivileged: false).Write : null;

    /// <summary>Whether a number means somebody there.</summary>
    internal static bool Has(List<OciIdMapping>? maps, uint id) => maps is not { Count: > 0 } || maps.Any(map => id >= map.ContainerID && id - map.ContainerID < map.Size);

    private static bool IsIdentity(List<OciIdMapping> maps) => maps.All(map => map.ContainerID == map.HostID);
}

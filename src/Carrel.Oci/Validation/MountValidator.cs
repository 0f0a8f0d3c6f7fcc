using System.Collections.Generic;
using System.Linq;

namespace Carrel.Oci;

/// <summary>config.md, "Mounts".</summary>
internal static class MountValidator
{
    internal static void Check(List<OciMount>? mounts, List<string> warnings)
    {
        for (int i = 0; i < (mounts?.Count ?? 0); i++)
        {
            Check(mounts![i], $"mounts[{i}]", warnings);
        }
    }

    private static void Check(OciMount mount, string field, List<string> warnings)
    {
        if (mount.Destination is not { Length: > 0 } destination)
        {
            throw new OciException($"{field}.destination: missing");
        }

        SpecValidator.CheckText(destination, $"{field}.destination");
        SpecValidator.CheckText(mount.Source, $"{field}.source");
        SpecValidator.CheckText(mount.Type, $"{field}.type");
        if (destination[0] != '/')
        {
            // The specification wants it absolute now; older configurations have it relative to the root, and runc lets them.
            warnings.Add($"{field}.destination: not absolute: {destination}; taken as /{destination}");
            mount.Destination = "/" + destination;
        }

        List<string> options = mount.Options ?? [];
        options.ForEach(option => SpecValidator.CheckText(option, $"{field}.options"));
        bool isBind = mount.Type == "bind" || options.Any(option => option is "bind" or "rbind");
        if (isBind)
        {
            CheckBind(mount, options, field);
        }
        else if (mount.Type is not { Length: > 0 })
        {
            throw new OciException($"{field}.type: missing");
        }

        CheckMappings(mount, options, isBind, field);
    }

    private static void CheckBind(OciMount mount, List<string> options, string field)
    {
        if (mount.Source is not { Length: > 0 })
        {
            throw new OciException($"{field}.source: missing");
        }

        // An option that no flag stands for is data for the file system, and a bind mount makes none.
        if (options.FirstOrDefault(option => !MountOptionNames.Contains(option)) is { } unknown)
        {
            throw new OciException($"{field}.options: {unknown}: not an option of a bind mount");
        }
    }

    private static void CheckMappings(OciMount mount, List<string> options, bool isBind, string field)
    {
        int uids = mount.UidMappings?.Count ?? 0, gids = mount.GidMappings?.Count ?? 0;
        if ((uids == 0) != (gids == 0))
        {
            throw new OciException($"{field}: uidMappings and gidMappings go together");
        }

        if (uids > 0 && !isBind)
        {
            throw new OciException($"{field}.uidMappings: only for bind mounts");
        }

        if (!isBind && options.Any(option => option is "idmap" or "ridmap"))
        {
            throw new OciException($"{field}.options: idmap: only for bind mounts");
        }

        LinuxValidator.CheckMappings(mount.UidMappings, $"{field}.uidMappings");
        LinuxValidator.CheckMappings(mount.GidMappings, $"{field}.gidMappings");
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Kernel.Vfs;

namespace Carrel.Sandbox;

/// <summary>Who the first process runs as.</summary>
internal readonly record struct GuestUser(Credentials Credentials, string Home);

/// <summary>Looks users and groups up in the guest's own /etc/passwd and /etc/group.</summary>
internal sealed class GuestUsers(LinuxKernel kernel, MountNamespace mounts)
{
    /// <summary>The user that the specification asks for. ENOENT for a name that is not there.</summary>
    internal Result<GuestUser> Find(ProcessSpec spec)
    {
        (uint uid, uint gid, IReadOnlyList<uint> groups, string home) = (spec.Uid, spec.Gid, spec.Groups, "");
        if (spec.User.Length > 0)
        {
            string[] parts = spec.User.Split(':', 2);
            string[]? entry = FindEntry("/etc/passwd", parts[0], 2);
            if (!TryNumber(entry is null ? parts[0] : entry[2], out uid))
            {
                return Errno.ENOENT;
            }

            gid = entry is { Length: > 3 } && TryNumber(entry[3], out uint primary) ? primary : uid;
            home = entry is { Length: > 5 } ? entry[5] : "";
            groups = entry is not null && parts.Length == 1 ? GroupsOf(entry[0]) : [];
            if (parts.Length == 2)
            {
                string[]? group = FindEntry("/etc/group", parts[1], 2);
                if (!TryNumber(group is null ? parts[1] : group[2], out gid))
                {
                    return Errno.ENOENT;
                }
            }
        }
        else if (FindEntry("/etc/passwd", uid.ToString(CultureInfo.InvariantCulture), 2) is { Length: > 5 } known)
        {
            home = known[5];
        }

        bool isOrdinary = uid != 0 && spec.User.Length > 0;
        CapabilitySets sets = isOrdinary ? CapabilitySets.None with { Bounding = spec.Capabilities.Bounding } : spec.Capabilities;
        return new GuestUser(
            new Credentials
            {
                Uid = uid, Euid = uid, Suid = uid, Fsuid = uid, Gid = gid, Egid = gid, Sgid = gid, Fsgid = gid, Groups = groups,
                Effective = sets.Effective & Credentials.AllCapabilities,
                Permitted = sets.Permitted & Credentials.AllCapabilities,
                Inheritable = sets.Inheritable & Credentials.AllCapabilities,
                Bounding = sets.Bounding & Credentials.AllCapabilities,
                Ambient = sets.Ambient & Credentials.AllCapabilities,
            },
            home);
    }

    /// <summary>The line whose name, or whose number in field <paramref name="numberField"/>, is the given one.</summary>
    private string[]? FindEntry(string file, string key, int numberField)
    {
        bool isNumber = TryNumber(key, out _);
        string[]? byNumber = null;
        foreach (string line in KernelPath.ReadText(kernel, mounts, file).Split('\n'))
        {
            string[] fields = line.Split(':');
            if (fields.Length <= numberField)
            {
                continue;
            }

            if (fields[0] == key)
            {
                return fields;
            }

            if (isNumber && byNumber is null && fields[numberField] == key)
            {
                byNumber = fields;
            }
        }

        return byNumber;
    }

    private List<uint> GroupsOf(string user)
    {
        List<uint> groups = [];
        foreach (string line in KernelPath.ReadText(kernel, mounts, "/etc/group").Split('\n'))
        {
            string[] fields = line.Split(':');
            if (fields.Length > 3 && Array.IndexOf(fields[3].Split(','), user) >= 0 && TryNumber(fields[2], out uint gid))
            {
                groups.Add(gid);
            }
        }

        return groups;
    }

    private static bool TryNumber(string text, out uint number) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

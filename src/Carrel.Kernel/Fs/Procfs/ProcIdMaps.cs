using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Carrel.Abi;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/PID/uid_map, gid_map and setgroups (map_write() and proc_setgroups_write() of kernel/user_namespace.c).</summary>
internal static class ProcIdMaps
{
    public static string Show(Task reader, Task task, bool isUser)
    {
        UserNamespace user = task.Credentials.User;
        UserNamespace viewer = reader.Credentials.User == user && user.Parent is { } parent ? parent : reader.Credentials.User;
        var text = new StringBuilder();
        foreach (IdMap.Extent extent in MapOf(user, isUser).Extents)
        {
            uint lower = MapOf(viewer, isUser).FromKernel(extent.Kernel);
            text.Append(CultureInfo.InvariantCulture, $"{extent.Inside,10} {lower,10} {extent.Count,10}\n");
        }

        return text.ToString();
    }

    public static Errno Write(Task writer, Task task, string text, bool isUser)
    {
        UserNamespace user = task.Credentials.User;
        if (user.Parent is not { } parent || (writer.Credentials.User != user && writer.Credentials.User != parent))
        {
            return Errno.EPERM;
        }

        if (!MapOf(user, isUser).IsEmpty || !writer.Credentials.HasCapabilityIn(user, Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        List<IdMap.Extent>? wanted = Parse(text);
        if (wanted is null)
        {
            return Errno.EINVAL;
        }

        if (!IsPermitted(writer, user, parent, wanted, isUser))
        {
            return Errno.EPERM;
        }

        // What the extents name are ids of the parent: each must stand for one run of the kernel's.
        var extents = new List<IdMap.Extent>();
        IdMap lower = MapOf(parent, isUser);
        foreach (IdMap.Extent extent in wanted)
        {
            uint kernel = lower.ToKernel(extent.Kernel);
            if (kernel == IdMap.None || lower.ToKernel(extent.Kernel + extent.Count - 1) != kernel + extent.Count - 1)
            {
                return Errno.EPERM;
            }

            extents.Add(extent with { Kernel = kernel });
        }

        if (isUser)
        {
            user.Uids = new IdMap(extents);
        }
        else
        {
            user.Gids = new IdMap(extents);
        }

        return Errno.OK;
    }

    public static Errno SetGroups(Task writer, Task task, string text)
    {
        UserNamespace user = task.Credentials.User;
        if (!writer.Credentials.HasCapabilityIn(user, Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        switch (text.TrimEnd('\n', ' ', '\0'))
        {
            case "allow":
                return user.MaySetGroups ? Errno.OK : Errno.EPERM;
            case "deny" when user.Gids.IsEmpty:
                user.MaySetGroups = false;
                return Errno.OK;
            case "deny":
                return Errno.EPERM;
            default:
                return Errno.EINVAL;
        }
    }

    private static IdMap MapOf(UserNamespace user, bool isUser) => isUser ? user.Uids : user.Gids;

    /// <summary>new_idmap_permitted().</summary>
    private static bool IsPermitted(Task writer, UserNamespace user, UserNamespace parent, List<IdMap.Extent> wanted, bool isUser)
    {
        Credentials own = writer.Credentials;
        if (isUser && wanted.Exists(static extent => extent.Kernel == 0)
            && !(own.User == user ? user.CouldSetFileCapabilities : own.HasCapabilityIn(parent, Capability.CAP_SETFCAP)))
        {
            return false;
        }

        if (wanted is [{ Count: 1 } only] && user.OwnerUid == own.Euid)
        {
            // Oneself may be mapped by oneself; the group only when supplementary groups cannot be dropped.
            if (isUser ? parent.Uids.ToKernel(only.Kernel) == own.Euid : !user.MaySetGroups && parent.Gids.ToKernel(only.Kernel) == own.Egid)
            {
                return true;
            }
        }

        return own.HasCapabilityIn(parent, isUser ? Capability.CAP_SETUID : Capability.CAP_SETGID);
    }

    // Null: not a map. Extents must not overlap on either side.
    private static List<IdMap.Extent>? Parse(string text)
    {
        var extents = new List<IdMap.Extent>();
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            string[] words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 3 || !TryNumber(words[0], out uint inside) || !TryNumber(words[1], out uint lower) || !TryNumber(words[2], out uint count)
                || count == 0 || inside == IdMap.None || lower == IdMap.None || inside + count <= inside || lower + count <= lower)
            {
                return null;
            }

            foreach (IdMap.Extent other in extents)
            {
                bool isApart = (inside + count <= other.Inside || other.Inside + other.Count <= inside) && (lower + count <= other.Kernel || other.Kernel + other.Count <= lower);
                if (!isApart)
                {
                    return null;
                }
            }

            extents.Add(new IdMap.Extent(inside, lower, count));
            if (extents.Count > IdMap.MaximumExtents)
            {
                return null;
            }
        }

        return extents;
    }

    private static bool TryNumber(string word, out uint value) => uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}

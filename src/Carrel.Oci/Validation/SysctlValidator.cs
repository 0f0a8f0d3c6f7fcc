using System;
using System.Linq;

namespace Carrel.Oci;

/// <summary>linux.sysctl: only what belongs to a namespace of the container's own, for anything else would change the host.</summary>
internal static class SysctlValidator
{
    private static readonly string[] s_ipc =
        ["kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"];

    internal static void Check(OciLinux linux)
    {
        foreach ((string name, string value) in linux.Sysctl ?? [])
        {
            string field = $"linux.sysctl: {name}";
            SpecValidator.CheckText(value, field);
            string dotted = Dotted(name);
            if (dotted.Contains("..", StringComparison.Ordinal) || dotted.Any(c => c is '\0' or '\n'))
            {
                throw new OciException($"{field}: not a name");
            }

            string? needed =
                s_ipc.Contains(dotted) || dotted.StartsWith("fs.mqueue.", StringComparison.Ordinal) ? "ipc"
                : dotted.StartsWith("net.", StringComparison.Ordinal) ? "network"
                : dotted is "kernel.domainname" ? "uts"
                : null;
            if (dotted == "kernel.hostname")
            {
                throw new OciException($"{field}: conflicts with hostname, which is to be used");
            }

            if (needed is null || linux.Namespaces?.Any(each => each.Type == needed) != true)
            {
                throw new OciException($"{field}: not in a separate kernel namespace");
            }
        }
    }

    // net/ipv4/conf/eth0.100/forwarding is one way to write it: the first separator decides which one it is.
    private static string Dotted(string name)
    {
        int first = name.AsSpan().IndexOfAny('.', '/');
        return first >= 0 && name[first] == '/' ? string.Create(name.Length, name, static (chars, source) =>
        {
            for (int i = 0; i < chars.Length; i++)
            {
                chars[i] = source[i] switch { '/' => '.', '.' => '/', var c => c };
            }
        }) : name;
    }
}

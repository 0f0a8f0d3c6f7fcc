using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Runtime;

/// <summary>linux.sysctl: only what belongs to a namespace of the container's own; the rest would be the host's.</summary>
internal static class SysctlNames
{
    private static readonly HashSet<string> Ipc =
        ["kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced"];

    /// <summary>The path below /proc/sys of a name in either of sysctl(8)'s notations.</summary>
    internal static string PathOf(string key, Namespaces namespaces)
    {
        string path = Swap(key);
        bool isAllowed = Ipc.Contains(path) || path.StartsWith("fs/mqueue/", StringComparison.Ordinal) ? namespaces.Has(CloneFlags.CLONE_NEWIPC)
            : path.StartsWith("net/", StringComparison.Ordinal) ? namespaces.Has(CloneFlags.CLONE_NEWNET)
            : path == "kernel/domainname" && namespaces.Has(CloneFlags.CLONE_NEWUTS);
        bool isPlain = !path.Contains("//", StringComparison.Ordinal) && !path.EndsWith('/') && Array.TrueForAll(path.Split('/'), part => part is not ("." or ".."));
        return isAllowed && isPlain ? path : throw new RuntimeException($"linux.sysctl: {key} is not a setting of a namespace that is the container's own");
    }

    // The first separator tells which of the two notations it is: net.ipv4.conf.eth0/1.forwarding or net/ipv4/conf/eth0.1/forwarding.
    private static string Swap(string key)
    {
        int first = key.AsSpan().IndexOfAny('.', '/');
        return first < 0 || key[first] == '/' ? key : string.Create(key.Length, key, static (chars, source) =>
        {
            for (int i = 0; i < chars.Length; i++)
            {
                chars[i] = source[i] switch { '.' => '/', '/' => '.', char c => c };
            }
        });
    }
}

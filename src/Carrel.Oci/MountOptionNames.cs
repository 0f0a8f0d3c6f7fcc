using System;

namespace Carrel.Oci;

/// <summary>The mount options that the runtime itself understands; all others are data for the file system.</summary>
public static class MountOptionNames
{
    /// <summary>Sorted.</summary>
    public static ReadOnlySpan<string> All => s_all;

    private static readonly string[] s_all =
    [
        "acl", "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "idmap", "iversion", "lazytime", "loud", "mand", "noacl",
        "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid", "nosymfollow", "private",
        "ratime", "rbind", "rdev", "rdiratime", "relatime", "remount", "rexec", "ridmap", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime",
        "rnostrictatime", "rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid",
        "rsymfollow", "runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid", "symfollow", "sync", "tmpcopyup", "unbindable",
    ];

    public static bool Contains(string option) => Array.BinarySearch(s_all, option, StringComparer.Ordinal) >= 0;
}

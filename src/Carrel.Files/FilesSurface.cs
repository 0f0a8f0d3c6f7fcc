using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Files;

/// <summary>What carrel-files may ask of the host: it can open what lies below the directories it serves, and nothing else.</summary>
public static class FilesSurface
{
    private static readonly AllowedCall[] s_reading =
    [
        new("recvmsg", Nr.recvmsg, "requests of the kernel process"),
        new("sendmsg", Nr.sendmsg, "answers, with descriptors of files"),
        new("statx", Nr.statx, "attributes, of an entry of an open directory or of an open file"),
        new("openat2", Nr.openat2, "opens below a served directory; a call without RESOLVE_BENEATH is never made"),
        new("getdents64", Nr.getdents64, "entries of a directory"),
        new("readlinkat", Nr.readlinkat, "text of a symlink"),
        new("fstatfs", Nr.fstatfs, "kind of a file system"),
        new("fgetxattr", Nr.fgetxattr, "extended attributes"),
        new("flistxattr", Nr.flistxattr, "extended attributes"),
        new("close", Nr.close, "closes what it opened"),
        new("clock_gettime", Nr.clock_gettime, "ends a listing ahead of its time, where the vDSO cannot tell it"),
    ];

    private static readonly AllowedCall[] s_writing =
    [
        new("mkdirat", Nr.mkdirat, "makes a directory"),
        new("mknodat", Nr.mknodat, "makes the name of a FIFO or socket; it has no capability for devices"),
        new("symlinkat", Nr.symlinkat, "makes a symlink"),
        new("linkat", Nr.linkat, "makes a hard link"),
        new("unlinkat", Nr.unlinkat, "removes a name"),
        new("renameat2", Nr.renameat2, "renames"),
        new("fchmodat2", Nr.fchmodat2, "changes permissions"),
        new("fchownat", Nr.fchownat, "changes the owner"),
        new("utimensat", Nr.utimensat, "changes times"),
        new("ftruncate", Nr.ftruncate, "changes a file's size"),
        new("fsync", Nr.fsync, "writes a file through"),
        new("fsetxattr", Nr.fsetxattr, "extended attributes"),
        new("fremovexattr", Nr.fremovexattr, "extended attributes"),
    ];

    /// <summary>With read-only trees.</summary>
    public static readonly HostSurface Reading = new("carrel-files", [.. s_reading, .. RuntimeCalls.Allowed], RuntimeCalls.Refused);

    /// <summary>With a writable volume.</summary>
    public static readonly HostSurface Writing = new("carrel-files with a writable volume", [.. s_reading, .. s_writing, .. RuntimeCalls.Allowed], RuntimeCalls.Refused);

    /// <summary>The same for a carrel that has the caller's terminal.</summary>
    public static HostSurface WithTerminal(HostSurface surface) => surface with
    {
        Process = surface.Process + " with a terminal",
        Allowed = [.. surface.Allowed, s_terminal],
    };

    private static readonly AllowedCall s_terminal = new("ioctl", Nr.ioctl, "gives the caller's terminal its settings back at the end", "only the request TCSETSW",
        [[new ArgumentRule(1, ulong.MaxValue, Tty.TCSETSW)]]);
}

using System.Globalization;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>The namespace links of /proc/PID/ns, namespaces(7). The carrel has one of each; the numbers are Linux's initial ones.</summary>
internal static class ProcNamespaces
{
    public static readonly (string Name, uint Number)[] All =
    [
        ("cgroup", 0xEFFFFFFB), ("ipc", 0xEFFFFFFF), ("mnt", 0xF0000000), ("net", 0xF0000098), ("pid", 0xEFFFFFFC),
        ("pid_for_children", 0xEFFFFFFC), ("time", 0xEFFFFFFA), ("time_for_children", 0xEFFFFFFA), ("user", 0xEFFFFFFD), ("uts", 0xEFFFFFFE),
    ];
}

/// <summary>"mnt:[4026531841]": readable, not followable.</summary>
internal sealed class ProcNamespaceLink : Inode
{
    private readonly string _text;

    public ProcNamespaceLink(FileSystem fileSystem, string name, uint number)
        : base(fileSystem)
    {
        string kind = name.Replace("_for_children", "", System.StringComparison.Ordinal);
        _text = string.Create(CultureInfo.InvariantCulture, $"{kind}:[{number}]");
        Number = fileSystem.NextInode();
        Mode = Abi.Mode.S_IFLNK | 0x1ff;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    public override Result<string> ReadLink(Task task) => _text;

    public override Result<Path>? FollowMagicLink(Task task) => (Result<Path>)Errno.EACCES;
}

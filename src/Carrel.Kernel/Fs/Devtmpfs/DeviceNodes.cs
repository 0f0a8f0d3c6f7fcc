using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Devtmpfs;

/// <summary>What a fresh /dev holds: the nodes that the OCI runtime specification asks for, and the usual links.</summary>
public static class DeviceNodes
{
    private static readonly (string Name, uint Major, uint Minor)[] s_nodes =
    [
        ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
    ];

    private static readonly (string Name, string Target)[] s_links =
    [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"),
        ("core", "/proc/kcore"), ("ptmx", "pts/ptmx"),
    ];

    /// <summary>Fills a tmpfs's root directory. Mount points for pts, shm and mqueue are made, too.</summary>
    public static void Populate(Inode directory)
    {
        Credentials root = Credentials.Root(0);
        foreach ((string name, uint major, uint minor) in s_nodes)
        {
            directory.Create(name, Mode.S_IFCHR | 0x1b6, DeviceNumber.Make(major, minor), root);
        }

        foreach ((string name, string target) in s_links)
        {
            directory.CreateSymlink(name, target, root);
        }

        foreach (string name in (string[])["pts", "shm", "mqueue"])
        {
            directory.CreateDirectory(name, name == "shm" ? 0x3ffu : 0x1edu, root);
        }
    }
}

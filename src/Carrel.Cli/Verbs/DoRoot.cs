using System;
using System.IO;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>
/// The host's root for a user's `do`. In a user namespace an overlay may lie over no directory with mounts below it, because it would uncover what they hide. So each
/// directory of "/" gets an overlay of its own, and one with mounts below is there as it is, read-only.
/// </summary>
internal static class DoRoot
{
    /// <param name="bundle">A tmpfs with the directories upper, work and the root. As bytes.</param>
    /// <param name="root">The root to fill. As bytes.</param>
    internal static void Assemble(string bundle, string root)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries("/"))
        {
            string name = OciText.ToBytes(Path.GetFileName(entry));
            if (name is "proc" or "sys" or "dev" || HostPath.StatAt(At.AT_FDCWD, "/" + name, At.AT_SYMLINK_NOFOLLOW, out Stat stat) < 0)
            {
                continue; // the program gets its own
            }

            switch (stat.Mode & Mode.S_IFMT)
            {
                case Mode.S_IFLNK when File.ResolveLinkTarget(entry, returnFinalTarget: false) is not null:
                    HostPath.SymlinkAt(OciText.ToBytes(new FileInfo(entry).LinkTarget!), At.AT_FDCWD, $"{root}/{name}");
                    break;
                case Mode.S_IFDIR:
                    AddDirectory(bundle, root, name, stat.Mode & 0xfff);
                    break;
            }
        }
    }

    private static void AddDirectory(string bundle, string root, string name, uint mode)
    {
        string place = $"{root}/{name}";
        foreach (string path in (ReadOnlySpan<string>)[place, $"{bundle}/upper/{name}", $"{bundle}/work/{name}"])
        {
            HostError.Check(HostPath.MakeDirectoryAt(At.AT_FDCWD, path, 0x1c0), $"mkdir {name}");
        }

        // The overlay shows the attributes of its upper directory.
        HostPath.ChangeModeAt(At.AT_FDCWD, $"{bundle}/upper/{name}", mode);
        HostPath.ChangeModeAt(At.AT_FDCWD, place, mode);
        int lower = HostPath.OpenAt(At.AT_FDCWD, "/" + name, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        string options = $"userxattr,lowerdir=/proc/self/fd/{lower},upperdir={bundle}/upper/{name},workdir={bundle}/work/{name}";
        if (HostMount.Mount("carrel-do", place, "overlay", MountFlags.MS_NODEV, options) < 0 && name != "tmp")
        {
            BindReadOnly(lower, place);
        }

        HostFd.Close(lower);
    }

    private static void BindReadOnly(int directory, string place)
    {
        int tree = HostMount.OpenTree(directory, "", (uint)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC) | At.AT_RECURSIVE | At.AT_EMPTY_PATH);
        if (tree < 0)
        {
            return; // an empty directory stands for one that cannot be had
        }

        const MountAttr Attributes = MountAttr.MOUNT_ATTR_RDONLY | MountAttr.MOUNT_ATTR_NOSUID | MountAttr.MOUNT_ATTR_NODEV;
        HostError.Check(HostMount.SetAttributes(tree, "", At.AT_EMPTY_PATH | At.AT_RECURSIVE, new MountAttrBuf { AttrSet = (ulong)Attributes }), "mount_setattr");
        HostError.Check(HostMount.MoveMount(tree, "", At.AT_FDCWD, place, MoveMountFlags.MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
        HostFd.Close(tree);
    }
}

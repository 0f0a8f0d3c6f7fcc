using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Ipc.Inotify;

namespace Carrel.Kernel.Vfs;

/// <summary>Events of the VFS operations, for inotify and dnotify (include/linux/fsnotify.h).</summary>
public static class InotifyEvents
{
    /// <summary>Something happened through an open file: its marks and those of its directory hear of it.</summary>
    public static void OnFile(FileDescription file, uint mask)
    {
        if (file.Kernel.InotifyAccount.IsIdle || file is InotifyFile)
        {
            return;
        }

        if (file.Path.IsValid)
        {
            OnPath(file.Path.Dentry, mask);
        }
        else
        {
            OnInode(file.Inode, mask);
        }
    }

    /// <summary>An entry of a directory came or went.</summary>
    public static void OnEntry(Inode directory, uint mask, string name, Inode? child, uint cookie = 0) =>
        directory.Watches?.Report(WithType(child, mask), cookie, name, isUnlinked: false);

    /// <summary>fsnotify_move(): one entry got another name, perhaps in another directory.</summary>
    internal static void OnMove(LinuxKernel kernel, Inode from, string oldName, Inode to, string newName, Inode moved)
    {
        uint cookie = kernel.NextRenameCookie();
        if (from == to)
        {
            OnEntry(from, NotifyMarks.Renamed, oldName, moved);
        }

        OnEntry(from, Inotify.IN_MOVED_FROM, oldName, moved, cookie);
        OnEntry(to, Inotify.IN_MOVED_TO, newName, moved, cookie);
    }

    /// <summary>Something happened to an inode; its directories hear nothing of it.</summary>
    public static void OnInode(Inode inode, uint mask)
    {
        // Self events never carried the directory bit.
        uint shown = (mask & (Inotify.IN_MOVE_SELF | Inotify.IN_DELETE_SELF)) != 0 ? mask : WithType(inode, mask);
        inode.Watches?.Report(shown, 0, "", isUnlinked: false);
    }

    /// <summary>Something happened to an inode, known by its place.</summary>
    public static void OnPath(Dentry dentry, uint mask)
    {
        if (dentry.Inode is not { } inode || inode.FileSystem.Kernel.InotifyAccount.IsIdle)
        {
            return;
        }

        uint shown = WithType(inode, mask);
        dentry.Parent?.Inode?.Watches?.Report(shown, 0, dentry.Name, dentry.IsUnlinked);
        inode.Watches?.Report(shown, 0, "", dentry.IsUnlinked);
    }

    /// <summary>fsnotify_inoderemove(): the last name and the last user are gone.</summary>
    public static void OnDeleted(Inode inode) => inode.Watches?.End(Inotify.IN_DELETE_SELF);

    /// <summary>A file system goes away with its last mount (fsnotify_sb_delete()).</summary>
    public static void OnUnmount(Mount mount)
    {
        if (mount.FileSystem.MountCount > 1 || mount.FileSystem.Kernel.InotifyAccount.Watches == 0)
        {
            return;
        }

        mount.Root.Inode?.Watches?.End(Inotify.IN_UNMOUNT);
        var work = new Stack<Dentry>([mount.FileSystem.RootDentry]);
        while (work.TryPop(out Dentry? directory))
        {
            foreach (Dentry child in directory.CachedChildren)
            {
                child.Inode?.Watches?.End(Inotify.IN_UNMOUNT);
                work.Push(child);
            }
        }
    }

    private static uint WithType(Inode? inode, uint mask) => inode is { IsDirectory: true } ? mask | Inotify.IN_ISDIR : mask;
}

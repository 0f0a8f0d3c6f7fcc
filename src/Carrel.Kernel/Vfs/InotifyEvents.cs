using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Ipc.Inotify;

namespace Carrel.Kernel.Vfs;

/// <summary>inotify marks on one inode.</summary>
public sealed partial class InotifyMarks
{
    private readonly List<InotifyMark> _marks = [];

    public bool IsEmpty => _marks.Count == 0;

    internal InotifyMark? Find(InotifyFile instance) => _marks.Find(m => m.Instance == instance);

    internal void Add(InotifyMark mark) => _marks.Add(mark);

    internal void Remove(InotifyMark mark) => _marks.Remove(mark);

    /// <summary>Tells whoever wants this event.</summary>
    internal void Report(uint mask, uint cookie, string name, bool isUnlinked)
    {
        // A one-shot watch leaves the list while it is walked.
        for (int i = _marks.Count - 1; i >= 0; i--)
        {
            InotifyMark mark = _marks[i];
            bool isExcluded = isUnlinked && (mark.Mask & Inotify.IN_EXCL_UNLINK) != 0;
            if ((mark.Mask & mask & Inotify.IN_ALL_EVENTS) != 0 && !isExcluded)
            {
                mark.Instance.Report(mark, mask, cookie, name);
            }
        }
    }

    /// <summary>The inode is being deleted, or its file system unmounted: <paramref name="mask"/>, then IN_IGNORED.</summary>
    internal void End(uint mask)
    {
        foreach (InotifyMark mark in _marks.ToArray())
        {
            if ((mask & Inotify.IN_UNMOUNT) != 0 || (mark.Mask & mask) != 0)
            {
                mark.Instance.Report(mark, mask, 0, "");
            }

            mark.Instance.Remove(mark);
        }
    }
}

/// <summary>inotify events of the VFS operations (include/linux/fsnotify.h).</summary>
public static class InotifyEvents
{
    /// <summary>Something happened through an open file: its marks and those of its directory hear of it.</summary>
    public static void OnFile(FileDescription file, uint mask)
    {
        if (file.Kernel.InotifyAccount.Watches == 0 || file is InotifyFile)
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
        if (dentry.Inode is not { } inode || inode.FileSystem.Kernel.InotifyAccount.Watches == 0)
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

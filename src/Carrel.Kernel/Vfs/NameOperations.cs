using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>vfs_unlink(), vfs_rmdir(), vfs_link(), vfs_rename() of fs/namei.c: the change in the file system, then in the dentry cache, then the events.</summary>
public static class NameOperations
{
    /// <summary>The end of every call that makes something at a negative dentry.</summary>
    public static Errno Made(Task task, Dentry child, Result<Inode> made)
    {
        if (made.Failed)
        {
            return made.Error;
        }

        task.Kernel.Dentries.Instantiate(child, made.Value);
        InotifyEvents.OnEntry(child.Parent!.Inode!, Inotify.IN_CREATE, child.Name, made.Value);
        return Errno.OK;
    }

    public static Errno Unlink(Task task, Dentry victim)
    {
        Dentry directory = victim.Parent!;
        Errno error = Permission.CheckDelete(task, directory, victim, isDirectory: false);
        if (error != Errno.OK)
        {
            return error;
        }

        if (task.Namespaces.Mounts.IsMountPoint(victim))
        {
            return Errno.EBUSY;
        }

        Inode inode = victim.Inode!;
        error = directory.Inode!.Unlink(victim.Name, inode);
        if (error != Errno.OK)
        {
            return error;
        }

        MountNamespace.DetachFrom(victim);
        InotifyEvents.OnInode(inode, Inotify.IN_ATTRIB);
        task.Kernel.Dentries.Drop(victim);
        inode.EvictIfUnused();
        InotifyEvents.OnEntry(directory.Inode, Inotify.IN_DELETE, victim.Name, inode);
        return Errno.OK;
    }

    public static Errno RemoveDirectory(Task task, Dentry victim)
    {
        Dentry directory = victim.Parent!;
        Errno error = Permission.CheckDelete(task, directory, victim, isDirectory: true);
        if (error != Errno.OK)
        {
            return error;
        }

        if (task.Namespaces.Mounts.IsMountPoint(victim))
        {
            return Errno.EBUSY;
        }

        Inode inode = victim.Inode!;
        error = directory.Inode!.RemoveDirectory(victim.Name, inode);
        if (error != Errno.OK)
        {
            return error;
        }

        MountNamespace.DetachFrom(victim);
        Bury(task, victim);
        inode.EvictIfUnused();
        InotifyEvents.OnEntry(directory.Inode, Inotify.IN_DELETE, victim.Name, inode);
        return Errno.OK;
    }

    public static Errno Link(Task task, Inode inode, Dentry target)
    {
        Dentry directory = target.Parent!;
        Errno error = Permission.CheckCreate(task, directory, target);
        if (error != Errno.OK)
        {
            return error;
        }

        if (inode.FileSystem != directory.Inode!.FileSystem)
        {
            return Errno.EXDEV;
        }

        if (inode.IsDirectory)
        {
            return Errno.EPERM;
        }

        if (inode.LinkCount == 0 && !inode.IsLinkable)
        {
            return Errno.ENOENT;
        }

        error = directory.Inode.Link(target.Name, inode);
        if (error != Errno.OK)
        {
            return error;
        }

        inode.IsLinkable = false;
        task.Kernel.Dentries.Instantiate(target, inode);
        InotifyEvents.OnInode(inode, Inotify.IN_ATTRIB);
        InotifyEvents.OnEntry(directory.Inode, Inotify.IN_CREATE, target.Name, inode);
        return Errno.OK;
    }

    public static Errno Rename(Task task, Dentry source, Dentry target, Renameat2 flags)
    {
        (Dentry oldDirectory, Dentry newDirectory) = (source.Parent!, target.Parent!);
        (Inode moved, Inode? replaced) = (source.Inode!, target.Inode);
        if (moved == replaced)
        {
            return Errno.OK;
        }

        bool isExchange = (flags & Renameat2.RENAME_EXCHANGE) != 0;
        Errno error = CheckRename(task, source, target, isExchange);
        if (error != Errno.OK)
        {
            return error;
        }

        if (task.Namespaces.Mounts.IsMountPoint(source) || task.Namespaces.Mounts.IsMountPoint(target))
        {
            return Errno.EBUSY;
        }

        (string oldName, string newName) = (source.Name, target.Name);
        (Inode oldParent, Inode newParent) = (oldDirectory.Inode!, newDirectory.Inode!);
        error = oldParent.Rename(oldName, moved, newParent, newName, replaced, (uint)flags);
        if (error != Errno.OK)
        {
            return error;
        }

        InotifyEvents.OnMove(task.Kernel, oldParent, oldName, newParent, newName, moved);
        if (isExchange)
        {
            task.Kernel.Dentries.Exchange(source, target);
            InotifyEvents.OnMove(task.Kernel, newParent, newName, oldParent, oldName, replaced!);
            InotifyEvents.OnInode(replaced!, Inotify.IN_MOVE_SELF);
        }
        else
        {
            MountNamespace.DetachFrom(target);
            if (replaced is { IsDirectory: true })
            {
                Bury(task, target);
            }

            task.Kernel.Dentries.Move(source, target);
        }

        if (!isExchange && replaced is not null)
        {
            InotifyEvents.OnInode(replaced, Inotify.IN_ATTRIB);
        }

        InotifyEvents.OnInode(moved, Inotify.IN_MOVE_SELF);
        replaced?.EvictIfUnused();
        return Errno.OK;
    }

    private static Errno CheckRename(Task task, Dentry source, Dentry target, bool isExchange)
    {
        bool isDirectory = source.Inode!.IsDirectory;
        Errno error = Permission.CheckDelete(task, source.Parent!, source, isDirectory);
        if (error != Errno.OK)
        {
            return error;
        }

        error = target.Inode is null
            ? Permission.CheckCreate(task, target.Parent!, target)
            : Permission.CheckDelete(task, target.Parent!, target, isExchange ? target.Inode.IsDirectory : isDirectory);
        if (error != Errno.OK || source.Parent == target.Parent)
        {
            return error;
        }

        // Changing the parent rewrites "..".
        if (isDirectory)
        {
            error = Permission.Check(task, source.Inode, Permission.MayWrite);
        }

        if (error == Errno.OK && isExchange && target.Inode!.IsDirectory)
        {
            error = Permission.Check(task, target.Inode, Permission.MayWrite);
        }

        return error;
    }

    /// <summary>A removed directory: nothing can be made in it, and its cached negative children go.</summary>
    private static void Bury(Task task, Dentry victim)
    {
        victim.Inode!.IsDead = true;
        foreach (Dentry child in new System.Collections.Generic.List<Dentry>(victim.CachedChildren))
        {
            task.Kernel.Dentries.Drop(child);
        }

        task.Kernel.Dentries.Drop(victim);
    }
}

using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>Socket nodes in the file tree.</summary>
internal static class UnixPaths
{
    private static readonly Fd WorkingDirectory = new(At.AT_FDCWD);

    /// <summary>Makes the node of bind(2): mode 0777 less the umask. EEXIST if the name is taken.</summary>
    public static Result<Inode> CreateNode(Task task, string path)
    {
        Result<Path> at = Namei.LookupCreate(task, WorkingDirectory, path, isDirectory: false);
        if (at.Failed)
        {
            return at.Error;
        }

        Dentry dentry = at.Value.Dentry;
        Dentry directory = dentry.Parent!;
        Errno error = Permission.CheckCreate(task, directory, dentry);
        if (error != Errno.OK)
        {
            return error;
        }

        Result<Inode> made = directory.Inode!.Create(dentry.Name, Mode.S_IFSOCK | AttributeRules.WithoutUmask(task, directory.Inode!, Mode.S_IRWXUGO), 0, task.Credentials);
        if (made.Succeeded)
        {
            task.Kernel.Dentries.Instantiate(dentry, made.Value);
            InotifyEvents.OnEntry(directory.Inode!, Inotify.IN_CREATE, dentry.Name, made.Value);
        }

        return made;
    }

    /// <summary>The node to connect to: write permission is needed; ECONNREFUSED if it is no socket.</summary>
    public static Result<Inode> Find(Task task, string path)
    {
        Result<Path> found = Namei.Lookup(task, WorkingDirectory, path, LookupFlags.Follow);
        if (found.Failed)
        {
            return found.Error;
        }

        Inode inode = found.Value.Inode;
        Errno error = Permission.Check(task, inode, Permission.MayWrite);
        if (error != Errno.OK)
        {
            return error;
        }

        return inode.Type == Mode.S_IFSOCK ? Result<Inode>.Of(inode) : Errno.ECONNREFUSED;
    }
}

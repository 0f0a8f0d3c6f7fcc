using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>unshare(2): ksys_unshare() of kernel/fork.c.</summary>
internal static class TaskUnshare
{
    private const CloneFlags Valid = CloneFlags.CLONE_THREAD | CloneFlags.CLONE_FS | CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_SIGHAND
        | CloneFlags.CLONE_VM | CloneFlags.CLONE_FILES | CloneFlags.CLONE_SYSVSEM | CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWIPC
        | CloneFlags.CLONE_NEWNET | CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWCGROUP | CloneFlags.CLONE_NEWTIME;

    public static SyscallResult Unshare(Task task, CloneFlags flags)
    {
        if ((flags & CloneFlags.CLONE_NEWUSER) != 0)
        {
            flags |= CloneFlags.CLONE_THREAD | CloneFlags.CLONE_FS;
        }

        if ((flags & CloneFlags.CLONE_VM) != 0)
        {
            flags |= CloneFlags.CLONE_SIGHAND;
        }

        if ((flags & CloneFlags.CLONE_SIGHAND) != 0)
        {
            flags |= CloneFlags.CLONE_THREAD;
        }

        if ((flags & CloneFlags.CLONE_NEWNS) != 0)
        {
            flags |= CloneFlags.CLONE_FS;
        }

        // check_unshare_flags(): threads, signal actions and memory cannot be unshared once they are shared.
        if ((flags & ~Valid) != 0
            || ((flags & CloneFlags.CLONE_THREAD) != 0 && !task.Group.IsAlone(task))
            || ((flags & CloneFlags.CLONE_SIGHAND) != 0 && task.Group.Actions.UserCount > 1)
            || ((flags & CloneFlags.CLONE_VM) != 0 && task.Mm.UserCount > 1))
        {
            return Errno.EINVAL;
        }

        Result<Credentials> credentials = (flags & CloneFlags.CLONE_NEWUSER) != 0 ? UserNamespace.Create(task) : task.Credentials;
        if (credentials.Failed)
        {
            return credentials.Error;
        }

        Result<NamespaceSet> namespaces = task.Namespaces.ForClone(task, flags, credentials.Value);
        if (namespaces.Failed)
        {
            return namespaces.Error;
        }

        if ((flags & CloneFlags.CLONE_FS) != 0 && task.Fs.References > 1)
        {
            FsContext own = task.Fs.Clone();
            task.Fs.Release();
            task.Fs = own;
        }

        if ((flags & CloneFlags.CLONE_FILES) != 0 && task.Files.References > 1)
        {
            FdTable own = task.Files.Clone();
            task.Files.Release(task);
            task.Files = own;
        }

        if ((flags & (CloneFlags.CLONE_SYSVSEM | CloneFlags.CLONE_NEWIPC)) != 0)
        {
            // The old namespace's semaphores cannot be reached to undo anything later.
            Ipc.TaskIpcState.Leave(task, keepsNamespace: namespaces.Value.Ipc == task.Namespaces.Ipc);
        }

        if (credentials.Value != task.Credentials)
        {
            CredentialRules.Commit(task, credentials.Value);
        }

        if (namespaces.Value != task.Namespaces)
        {
            task.Namespaces = namespaces.Value;
            namespaces.Value.Enter(task, flags);
        }

        return 0;
    }
}

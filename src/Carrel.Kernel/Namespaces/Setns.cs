using Carrel.Abi;
using Carrel.Kernel.Fs.Procfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Namespaces;

/// <summary>setns(2): kernel/nsproxy.c and the install operations of each kind.</summary>
internal static class Setns
{
    private const CloneFlags Known = CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWIPC | CloneFlags.CLONE_NEWNET
        | CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWCGROUP | CloneFlags.CLONE_NEWTIME;

    public static SyscallResult Join(Task task, FileDescription file, CloneFlags flags)
    {
        switch (file)
        {
            case NamespaceFile { Namespace: { } wanted }:
                return flags != 0 && flags != wanted.Kind.Flag ? Errno.EINVAL : Join(task, wanted.Kind.Flag, wanted.Value);
            case PidFile pidFile:
                return JoinAllOf(task, pidFile, flags);
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>validate_nsset(): those of a process that a pidfd names, all or none.</summary>
    private static SyscallResult JoinAllOf(Task task, PidFile file, CloneFlags flags)
    {
        if (flags == 0 || (flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        Task target = file.Task;
        if (file.Process.IsReaped || target.IsExiting)
        {
            return Errno.ESRCH;
        }

        if (ProcAccess.Check(task, target) != Errno.OK)
        {
            return Errno.EPERM;
        }

        (NamespaceSet old, Credentials credentials) = (task.Namespaces, task.Credentials);
        // There is a way back until all are entered.
        old.Mounts.AddUser();
        SyscallResult result = JoinEach(task, target, flags);
        if (result.Failed)
        {
            (task.Namespaces, task.Credentials) = (old, credentials);
        }

        old.Mounts.DropUser();
        return result;
    }

    private static SyscallResult JoinEach(Task task, Task target, CloneFlags flags)
    {
        // The user namespace first: it may give the right to enter the others.
        foreach (NamespaceKind kind in NamespaceKind.InOrderOfEntry)
        {
            if ((flags & kind.Flag) != 0 && kind.Link == kind.Name)
            {
                SyscallResult result = Join(task, kind.Flag, kind.Get(target));
                if (result.Failed)
                {
                    return result;
                }
            }
        }

        return 0;
    }

    private static SyscallResult Join(Task task, CloneFlags kind, object value)
    {
        if (value is UserNamespace user)
        {
            return JoinUser(task, user);
        }

        if (!task.IsOwnCapable(Capability.CAP_SYS_ADMIN) || !task.Credentials.HasCapabilityIn(NamespaceKind.OwnerOf(value), Capability.CAP_SYS_ADMIN)
            || (kind == CloneFlags.CLONE_NEWNS && !task.IsOwnCapable(Capability.CAP_SYS_CHROOT)))
        {
            return Errno.EPERM;
        }

        switch (value)
        {
            case UtsNamespace uts:
                task.Namespaces = task.Namespaces.With(uts);
                return 0;
            case Ipc.IpcNamespace ipc:
                if (ipc != task.Namespaces.Ipc)
                {
                    Ipc.TaskIpcState.Leave(task, keepsNamespace: false);
                    task.Namespaces = task.Namespaces.With(ipc);
                }

                return 0;
            case MountNamespace mounts:
                return JoinMounts(task, mounts);
            case NetworkNamespace network:
                task.Namespaces = task.Namespaces.With(network);
                return 0;
            case CgroupNamespace cgroup:
                task.Namespaces = task.Namespaces.With(cgroup);
                return 0;
            case PidTable pids:
                // pidns_install(): for children only, and downwards only.
                if (!task.Pids.Contains(pids))
                {
                    return Errno.EINVAL;
                }

                task.Namespaces = task.Namespaces.With(pids);
                return 0;
            default:
                // Of the other kinds there is one, and everybody is in it.
                return kind == CloneFlags.CLONE_NEWTIME && !task.Group.IsAlone(task) ? Errno.EUSERS : 0;
        }
    }

    /// <summary>userns_install(). Entering the own one again would give capabilities back that were dropped.</summary>
    private static SyscallResult JoinUser(Task task, UserNamespace user)
    {
        if (user == task.Credentials.User || !task.Group.IsAlone(task) || task.Fs.References != 1)
        {
            return Errno.EINVAL;
        }

        if (!task.Credentials.HasCapabilityIn(user, Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        CredentialRules.Commit(task, UserNamespace.InFull(task.Credentials, user));
        return 0;
    }

    /// <summary>mntns_install(): root and working directory become the namespace's root.</summary>
    private static SyscallResult JoinMounts(Task task, MountNamespace mounts)
    {
        if (task.Fs.References != 1)
        {
            return Errno.EINVAL;
        }

        task.Namespaces = task.Namespaces.With(mounts);
        Path root = mounts.RootPath;
        task.Fs.Root = root;
        task.Fs.WorkingDirectory = root;
        return 0;
    }
}

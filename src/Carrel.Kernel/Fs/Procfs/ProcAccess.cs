using Carrel.Abi;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>Who may look into whom: ptrace_may_access() with PTRACE_MODE_READ_FSCREDS.</summary>
internal static class ProcAccess
{
    /// <summary>task_dump_owner(): the files of a process that is not dumpable belong to root.</summary>
    public static (uint Uid, uint Gid) OwnerOf(Task task) =>
        task.Group.Dumpable == 1 ? (task.Credentials.Euid, task.Credentials.Egid) : (0, 0);

    /// <summary>EACCES unless the reader is of the target's user (all three ids) and the target is dumpable, or has CAP_SYS_PTRACE.</summary>
    public static Errno Check(Task reader, Task target)
    {
        if (target.State is TaskState.Dead || target.Group.IsZombie)
        {
            return Errno.ESRCH;
        }

        if (reader.Group == target.Group)
        {
            return Errno.OK;
        }

        Credentials own = reader.Credentials;
        Credentials other = target.Credentials;
        if (own.HasCapabilityIn(other.User, Capability.CAP_SYS_PTRACE))
        {
            return Errno.OK;
        }

        bool isSameUser = own.Fsuid == other.Euid && own.Fsuid == other.Suid && own.Fsuid == other.Uid
            && own.Fsgid == other.Egid && own.Fsgid == other.Sgid && own.Fsgid == other.Gid;
        return isSameUser && target.Group.Dumpable == 1 && own.User == other.User && (other.Permitted & ~own.Permitted) == 0 ? Errno.OK : Errno.EACCES;
    }
}

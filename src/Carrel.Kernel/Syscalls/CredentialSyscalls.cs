using System;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>User and group ids, credentials(7). Each thread has its own; libraries keep them alike.</summary>
public static class CredentialSyscalls
{
    private const uint Unchanged = uint.MaxValue;
    private const int MaxGroups = 65536;

    [Syscall(Nr.getuid)]
    public static SyscallResult Getuid(Task task) => task.Credentials.User.Uids.Show(task.Credentials.Uid);

    [Syscall(Nr.geteuid)]
    public static SyscallResult Geteuid(Task task) => task.Credentials.User.Uids.Show(task.Credentials.Euid);

    [Syscall(Nr.getgid)]
    public static SyscallResult Getgid(Task task) => task.Credentials.User.Gids.Show(task.Credentials.Gid);

    [Syscall(Nr.getegid)]
    public static SyscallResult Getegid(Task task) => task.Credentials.User.Gids.Show(task.Credentials.Egid);

    [Syscall(Nr.setuid)]
    public static SyscallResult Setuid(Task task, uint uid)
    {
        if (uid == Unchanged || !TryMap(task.Credentials.User.Uids, ref uid))
        {
            return Errno.EINVAL;
        }

        Credentials old = task.Credentials;
        Credentials with = old;
        if (task.IsOwnCapable(Capability.CAP_SETUID))
        {
            with = with with { Uid = uid, Suid = uid };
        }
        else if (uid != old.Uid && uid != old.Suid)
        {
            return Errno.EPERM;
        }

        return CommitUser(task, with with { Euid = uid, Fsuid = uid });
    }

    [Syscall(Nr.setreuid)]
    public static SyscallResult Setreuid(Task task, uint ruid, uint euid)
    {
        Credentials old = task.Credentials;
        IdMap ids = old.User.Uids;
        if (!TryMap(ids, ref ruid) || !TryMap(ids, ref euid))
        {
            return Errno.EINVAL;
        }

        Credentials with = old;
        bool isCapable = task.IsOwnCapable(Capability.CAP_SETUID);
        if (ruid != Unchanged)
        {
            if (ruid != old.Uid && ruid != old.Euid && !isCapable)
            {
                return Errno.EPERM;
            }

            with = with with { Uid = ruid };
        }

        if (euid != Unchanged)
        {
            if (euid != old.Uid && euid != old.Euid && euid != old.Suid && !isCapable)
            {
                return Errno.EPERM;
            }

            with = with with { Euid = euid };
        }

        if (ruid != Unchanged || (euid != Unchanged && euid != old.Uid))
        {
            with = with with { Suid = with.Euid };
        }

        return CommitUser(task, with with { Fsuid = with.Euid });
    }

    [Syscall(Nr.setresuid)]
    public static SyscallResult Setresuid(Task task, uint ruid, uint euid, uint suid)
    {
        Credentials old = task.Credentials;
        IdMap ids = old.User.Uids;
        if (!TryMap(ids, ref ruid) || !TryMap(ids, ref euid) || !TryMap(ids, ref suid))
        {
            return Errno.EINVAL;
        }

        bool IsNew(uint id) => id != Unchanged && id != old.Uid && id != old.Euid && id != old.Suid;
        if ((IsNew(ruid) || IsNew(euid) || IsNew(suid)) && !task.IsOwnCapable(Capability.CAP_SETUID))
        {
            return Errno.EPERM;
        }

        Credentials with = old with
        {
            Uid = ruid == Unchanged ? old.Uid : ruid,
            Euid = euid == Unchanged ? old.Euid : euid,
            Suid = suid == Unchanged ? old.Suid : suid,
        };
        return CommitUser(task, with with { Fsuid = with.Euid });
    }

    [Syscall(Nr.getresuid)]
    public static SyscallResult Getresuid(Task task, UserPtr<uint> ruid, UserPtr<uint> euid, UserPtr<uint> suid)
    {
        Credentials own = task.Credentials;
        return ruid.TryWrite(task, own.User.Uids.Show(own.Uid)) && euid.TryWrite(task, own.User.Uids.Show(own.Euid)) && suid.TryWrite(task, own.User.Uids.Show(own.Suid)) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.setfsuid)]
    public static SyscallResult Setfsuid(Task task, uint uid)
    {
        Credentials old = task.Credentials;
        if (TryMap(old.User.Uids, ref uid) && uid != Unchanged && (uid == old.Uid || uid == old.Euid || uid == old.Suid || uid == old.Fsuid || task.IsOwnCapable(Capability.CAP_SETUID)))
        {
            CredentialRules.Commit(task, CredentialRules.FixFileSystemUser(old, old with { Fsuid = uid }));
        }

        return old.User.Uids.Show(old.Fsuid);
    }

    [Syscall(Nr.setgid)]
    public static SyscallResult Setgid(Task task, uint gid)
    {
        if (gid == Unchanged || !TryMap(task.Credentials.User.Gids, ref gid))
        {
            return Errno.EINVAL;
        }

        Credentials old = task.Credentials;
        Credentials with = old;
        if (task.IsOwnCapable(Capability.CAP_SETGID))
        {
            with = with with { Gid = gid, Sgid = gid };
        }
        else if (gid != old.Gid && gid != old.Sgid)
        {
            return Errno.EPERM;
        }

        return Commit(task, with with { Egid = gid, Fsgid = gid });
    }

    [Syscall(Nr.setregid)]
    public static SyscallResult Setregid(Task task, uint rgid, uint egid)
    {
        Credentials old = task.Credentials;
        IdMap ids = old.User.Gids;
        if (!TryMap(ids, ref rgid) || !TryMap(ids, ref egid))
        {
            return Errno.EINVAL;
        }

        Credentials with = old;
        bool isCapable = task.IsOwnCapable(Capability.CAP_SETGID);
        if (rgid != Unchanged)
        {
            if (rgid != old.Gid && rgid != old.Egid && !isCapable)
            {
                return Errno.EPERM;
            }

            with = with with { Gid = rgid };
        }

        if (egid != Unchanged)
        {
            if (egid != old.Gid && egid != old.Egid && egid != old.Sgid && !isCapable)
            {
                return Errno.EPERM;
            }

            with = with with { Egid = egid };
        }

        if (rgid != Unchanged || (egid != Unchanged && egid != old.Gid))
        {
            with = with with { Sgid = with.Egid };
        }

        return Commit(task, with with { Fsgid = with.Egid });
    }

    [Syscall(Nr.setresgid)]
    public static SyscallResult Setresgid(Task task, uint rgid, uint egid, uint sgid)
    {
        Credentials old = task.Credentials;
        IdMap ids = old.User.Gids;
        if (!TryMap(ids, ref rgid) || !TryMap(ids, ref egid) || !TryMap(ids, ref sgid))
        {
            return Errno.EINVAL;
        }

        bool IsNew(uint id) => id != Unchanged && id != old.Gid && id != old.Egid && id != old.Sgid;
        if ((IsNew(rgid) || IsNew(egid) || IsNew(sgid)) && !task.IsOwnCapable(Capability.CAP_SETGID))
        {
            return Errno.EPERM;
        }

        Credentials with = old with
        {
            Gid = rgid == Unchanged ? old.Gid : rgid,
            Egid = egid == Unchanged ? old.Egid : egid,
            Sgid = sgid == Unchanged ? old.Sgid : sgid,
        };
        return Commit(task, with with { Fsgid = with.Egid });
    }

    [Syscall(Nr.getresgid)]
    public static SyscallResult Getresgid(Task task, UserPtr<uint> rgid, UserPtr<uint> egid, UserPtr<uint> sgid)
    {
        Credentials own = task.Credentials;
        return rgid.TryWrite(task, own.User.Gids.Show(own.Gid)) && egid.TryWrite(task, own.User.Gids.Show(own.Egid)) && sgid.TryWrite(task, own.User.Gids.Show(own.Sgid)) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.setfsgid)]
    public static SyscallResult Setfsgid(Task task, uint gid)
    {
        Credentials old = task.Credentials;
        if (TryMap(old.User.Gids, ref gid) && gid != Unchanged && (gid == old.Gid || gid == old.Egid || gid == old.Sgid || gid == old.Fsgid || task.IsOwnCapable(Capability.CAP_SETGID)))
        {
            CredentialRules.Commit(task, old with { Fsgid = gid });
        }

        return old.User.Gids.Show(old.Fsgid);
    }

    [Syscall(Nr.getgroups)]
    public static SyscallResult Getgroups(Task task, int size, UserPtr<uint> list)
    {
        if (size < 0)
        {
            return Errno.EINVAL;
        }

        uint[] groups = [.. task.Credentials.Groups];
        Array.ConvertAll(groups, task.Credentials.User.Gids.Show).CopyTo(groups, 0);
        if (size == 0)
        {
            return groups.Length;
        }

        if (groups.Length > size)
        {
            return Errno.EINVAL;
        }

        return list.TryWriteArray(task, groups) ? groups.Length : Errno.EFAULT;
    }

    [Syscall(Nr.setgroups)]
    public static SyscallResult Setgroups(Task task, int size, UserPtr<uint> list)
    {
        UserNamespace user = task.Credentials.User;
        if (!task.IsOwnCapable(Capability.CAP_SETGID) || !user.MaySetGroups || user.Gids.IsEmpty)
        {
            return Errno.EPERM;
        }

        if ((uint)size > MaxGroups)
        {
            return Errno.EINVAL;
        }

        var groups = new uint[size];
        if (!list.TryReadArray(task, groups))
        {
            return Errno.EFAULT;
        }

        foreach (ref uint group in groups.AsSpan())
        {
            if (group == Unchanged || !TryMap(user.Gids, ref group))
            {
                return Errno.EINVAL;
            }
        }

        Array.Sort(groups);
        return Commit(task, task.Credentials with { Groups = groups });
    }

    // An id of the caller's user namespace. False if it stands for nobody.
    private static bool TryMap(IdMap map, ref uint id)
    {
        uint mapped = id == Unchanged ? Unchanged : map.ToKernel(id);
        bool isMapped = mapped != IdMap.None || id == Unchanged;
        id = mapped;
        return isMapped;
    }

    private static SyscallResult CommitUser(Task task, Credentials with) => Commit(task, CredentialRules.FixUser(task.Credentials, with));

    private static SyscallResult Commit(Task task, Credentials with)
    {
        CredentialRules.Commit(task, with);
        return 0;
    }
}

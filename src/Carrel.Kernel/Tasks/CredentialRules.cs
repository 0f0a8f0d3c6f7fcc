using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>What a change of ids does to capabilities, and what else hangs on credentials (security/commoncap.c, commit_creds()).</summary>
internal static class CredentialRules
{
    /// <summary>CAP_FS_SET: what goes and comes with the file-system uid.</summary>
    private const ulong FileSystemCapabilities = 1UL << (int)Capability.CAP_CHOWN | 1UL << (int)Capability.CAP_DAC_OVERRIDE
        | 1UL << (int)Capability.CAP_DAC_READ_SEARCH | 1UL << (int)Capability.CAP_FOWNER | 1UL << (int)Capability.CAP_FSETID
        | 1UL << (int)Capability.CAP_LINUX_IMMUTABLE | 1UL << (int)Capability.CAP_MKNOD | 1UL << (int)Capability.CAP_MAC_OVERRIDE;

    public static bool Has(ulong set, int capability) => (set >> capability & 1) != 0;

    public static bool IsValid(ulong capability) => capability <= (ulong)Capability.CAP_LAST_CAP;

    public static bool IsSubset(ulong small, ulong large) => (small & ~large) == 0;

    /// <summary>cap_emulate_setxuid(): leaving uid 0 drops capabilities, coming back raises the permitted ones.</summary>
    public static Credentials FixUser(Credentials old, Credentials with)
    {
        if ((with.SecureBits & SecureBits.SECBIT_NO_SETUID_FIXUP) != 0)
        {
            return with;
        }

        uint root = with.RootUid;
        bool wasRoot = root != IdMap.None && (old.Uid == root || old.Euid == root || old.Suid == root);
        bool isRoot = with.Uid == root || with.Euid == root || with.Suid == root;
        if (wasRoot && !isRoot)
        {
            bool keeps = (with.SecureBits & SecureBits.SECBIT_KEEP_CAPS) != 0;
            with = with with { Permitted = keeps ? with.Permitted : 0, Effective = keeps ? with.Effective : 0, Ambient = 0 };
        }

        if (old.Euid == root && with.Euid != root)
        {
            with = with with { Effective = 0 };
        }

        return old.Euid != root && with.Euid == root ? with with { Effective = with.Permitted } : with;
    }

    /// <summary>The same for setfsuid(2): only the file-system capabilities move.</summary>
    public static Credentials FixFileSystemUser(Credentials old, Credentials with)
    {
        if ((with.SecureBits & SecureBits.SECBIT_NO_SETUID_FIXUP) != 0)
        {
            return with;
        }

        uint root = with.RootUid;
        if (old.Fsuid == root && with.Fsuid != root)
        {
            return with with { Effective = with.Effective & ~FileSystemCapabilities };
        }

        return old.Fsuid != root && with.Fsuid == root
            ? with with { Effective = with.Effective | (with.Permitted & FileSystemCapabilities) }
            : with;
    }

    /// <summary>commit_creds(): installs, and hides the process from those it is now above.</summary>
    public static void Commit(Task task, Credentials with)
    {
        Credentials old = task.Credentials;
        if (old.Euid != with.Euid || old.Egid != with.Egid || old.Fsuid != with.Fsuid || old.Fsgid != with.Fsgid
            || (with.User == old.User && !IsSubset(with.Permitted, old.Permitted)))
        {
            task.Mm.Dumpable = 0;
            task.ParentDeathSignal = 0;
        }

        if (old.Uid != with.Uid)
        {
            UserAccounts users = task.Kernel.Users;
            // flag_nproc_exceeded(): a user who is over the limit without this task is told so by the next execve.
            task.IsOverProcessLimit = with.Uid != 0 && (ulong)users.TaskCount(with.Uid) > task.Limit(Rlimit.RLIMIT_NPROC);
            users.UnchargeTask(old.Uid);
            users.ChargeTask(with.Uid);
        }

        task.Credentials = with;
    }
}

using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>The capability options of prctl(2): cap_task_prctl() of security/commoncap.c.</summary>
internal static class PrctlCapabilities
{
    public static SyscallResult Run(Task task, int option, ulong a2, ulong a3, ulong a4, ulong a5)
    {
        Credentials old = task.Credentials;
        switch (option)
        {
            case PrctlOption.PR_CAPBSET_READ:
                return !CredentialRules.IsValid(a2) ? Errno.EINVAL : CredentialRules.Has(old.Bounding, (int)a2) ? 1 : 0;
            case PrctlOption.PR_CAPBSET_DROP:
                if (!old.HasOwnCapability(Capability.CAP_SETPCAP))
                {
                    return Errno.EPERM;
                }

                return !CredentialRules.IsValid(a2) ? Errno.EINVAL : Commit(task, old with { Bounding = old.Bounding & ~(1UL << (int)a2) });
            case PrctlOption.PR_SET_SECUREBITS:
                return SetSecureBits(task, old, a2);
            case PrctlOption.PR_GET_SECUREBITS:
                return old.SecureBits;
            case PrctlOption.PR_GET_KEEPCAPS:
                return (old.SecureBits & SecureBits.SECBIT_KEEP_CAPS) != 0 ? 1 : 0;
            case PrctlOption.PR_SET_KEEPCAPS:
                if (a2 > 1)
                {
                    return Errno.EINVAL;
                }

                if ((old.SecureBits & SecureBits.SECBIT_KEEP_CAPS_LOCKED) != 0)
                {
                    return Errno.EPERM;
                }

                uint without = old.SecureBits & ~SecureBits.SECBIT_KEEP_CAPS;
                return Commit(task, old with { SecureBits = a2 == 1 ? without | SecureBits.SECBIT_KEEP_CAPS : without });
            default:
                return Ambient(task, old, a2, a3, a4 | a5);
        }
    }

    private static SyscallResult SetSecureBits(Task task, Credentials old, ulong wanted)
    {
        const uint Known = SecureBits.SECURE_ALL_LOCKS | SecureBits.SECURE_ALL_BITS;
        uint locked = (old.SecureBits & SecureBits.SECURE_ALL_LOCKS) >> 1;
        bool changesLocked = (locked & (old.SecureBits ^ (uint)wanted)) != 0;
        bool unlocks = (old.SecureBits & SecureBits.SECURE_ALL_LOCKS & ~(uint)wanted) != 0;
        if (changesLocked || unlocks || (wanted & ~(ulong)Known) != 0 || !old.HasOwnCapability(Capability.CAP_SETPCAP))
        {
            return Errno.EPERM;
        }

        return Commit(task, old with { SecureBits = (uint)wanted });
    }

    private static SyscallResult Ambient(Task task, Credentials old, ulong operation, ulong capability, ulong rest)
    {
        if (operation == PrctlOption.PR_CAP_AMBIENT_CLEAR_ALL)
        {
            return (capability | rest) != 0 ? Errno.EINVAL : Commit(task, old with { Ambient = 0 });
        }

        if (!CredentialRules.IsValid(capability) || rest != 0)
        {
            return Errno.EINVAL;
        }

        ulong bit = 1UL << (int)capability;
        switch (operation)
        {
            case PrctlOption.PR_CAP_AMBIENT_IS_SET:
                return (old.Ambient & bit) != 0 ? 1 : 0;
            case PrctlOption.PR_CAP_AMBIENT_RAISE:
                bool isAllowed = (old.Permitted & old.Inheritable & bit) != 0 && (old.SecureBits & SecureBits.SECBIT_NO_CAP_AMBIENT_RAISE) == 0;
                return isAllowed ? Commit(task, old with { Ambient = old.Ambient | bit }) : Errno.EPERM;
            case PrctlOption.PR_CAP_AMBIENT_LOWER:
                return Commit(task, old with { Ambient = old.Ambient & ~bit });
            default:
                return Errno.EINVAL;
        }
    }

    private static SyscallResult Commit(Task task, Credentials with)
    {
        CredentialRules.Commit(task, with);
        return 0;
    }
}

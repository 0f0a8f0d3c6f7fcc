using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>capget(2) and capset(2): kernel/capability.c.</summary>
public static class CapabilitySyscalls
{
    [Syscall(Nr.capget)]
    public static SyscallResult Capget(Task task, UserPtr<CapHeader> header, UserPtr<CapData> data)
    {
        Errno error = CheckVersion(task, header, out int words, out CapHeader read);
        if (error != Errno.OK || data.IsNull)
        {
            // Asking with a null data pointer is how a library finds the version out.
            return data.IsNull && error == Errno.EINVAL ? Errno.OK : error;
        }

        if (read.Pid < 0)
        {
            return Errno.EINVAL;
        }

        Task? target = read.Pid == 0 ? task : task.Pids.FindTask(read.Pid);
        if (target is null)
        {
            return Errno.ESRCH;
        }

        Credentials own = target.Credentials;
        var values = new CapData[words];
        for (int i = 0; i < words; i++)
        {
            values[i] = new CapData
            {
                Effective = (uint)(own.Effective >> (32 * i)),
                Permitted = (uint)(own.Permitted >> (32 * i)),
                Inheritable = (uint)(own.Inheritable >> (32 * i)),
            };
        }

        return data.TryWriteArray(task, values) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.capset)]
    public static SyscallResult Capset(Task task, UserPtr<CapHeader> header, UserPtr<CapData> data)
    {
        Errno error = CheckVersion(task, header, out int words, out CapHeader read);
        if (error != Errno.OK)
        {
            return error;
        }

        if (read.Pid != 0 && read.Pid != task.OwnTid)
        {
            return Errno.EPERM;
        }

        var values = new CapData[words];
        if (!data.TryReadArray(task, values))
        {
            return Errno.EFAULT;
        }

        ulong effective = 0, permitted = 0, inheritable = 0;
        for (int i = 0; i < words; i++)
        {
            effective |= (ulong)values[i].Effective << (32 * i);
            permitted |= (ulong)values[i].Permitted << (32 * i);
            inheritable |= (ulong)values[i].Inheritable << (32 * i);
        }

        effective &= Credentials.AllCapabilities;
        permitted &= Credentials.AllCapabilities;
        inheritable &= Credentials.AllCapabilities;
        Credentials old = task.Credentials;
        if ((!old.HasOwnCapability(Capability.CAP_SETPCAP) && !CredentialRules.IsSubset(inheritable, old.Inheritable | old.Permitted))
            || !CredentialRules.IsSubset(inheritable, old.Inheritable | old.Bounding)
            || !CredentialRules.IsSubset(permitted, old.Permitted)
            || !CredentialRules.IsSubset(effective, permitted))
        {
            return Errno.EPERM;
        }

        CredentialRules.Commit(task, old with
        {
            Effective = effective,
            Permitted = permitted,
            Inheritable = inheritable,
            Ambient = old.Ambient & permitted & inheritable,
        });
        return 0;
    }

    /// <summary>cap_validate_magic(): an unknown version is answered with the one we prefer.</summary>
    private static Errno CheckVersion(Task task, UserPtr<CapHeader> header, out int words, out CapHeader read)
    {
        words = 0;
        if (!header.TryRead(task, out read))
        {
            return Errno.EFAULT;
        }

        switch (read.Version)
        {
            case CapVersion._LINUX_CAPABILITY_VERSION_1:
                words = 1;
                return Errno.OK;
            case CapVersion._LINUX_CAPABILITY_VERSION_2 or CapVersion._LINUX_CAPABILITY_VERSION_3:
                words = 2;
                return Errno.OK;
            default:
                return new UserPtr<uint>(header.Address).TryWrite(task, CapVersion._LINUX_CAPABILITY_VERSION_3) ? Errno.EINVAL : Errno.EFAULT;
        }
    }
}

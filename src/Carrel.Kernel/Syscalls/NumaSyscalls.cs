using System;
using Carrel.Abi;
using Carrel.Kernel.Mm;

namespace Carrel.Kernel.Syscalls;

/// <summary>set_mempolicy(2) and its relatives on a machine with one node, number 0: policies are checked and have no effect.</summary>
public static class NumaSyscalls
{
    private const int ModeFlags = Mempolicy.MPOL_F_STATIC_NODES | Mempolicy.MPOL_F_RELATIVE_NODES | Mempolicy.MPOL_F_NUMA_BALANCING;
    private const int MaxNodeBits = 4096 * 8;

    /// <summary>set_mempolicy(2).</summary>
    [Syscall(Nr.set_mempolicy, Missing = "get_mempolicy shows MPOL_DEFAULT afterwards")]
    public static SyscallResult SetMempolicy(Task task, int mode, UserPtr<ulong> nodes, ulong maxNode) => CheckPolicy(task, mode, nodes, maxNode);

    /// <summary>mbind(2).</summary>
    [Syscall(Nr.mbind, Missing = "get_mempolicy shows MPOL_DEFAULT afterwards")]
    public static SyscallResult Mbind(Task task, ulong start, ulong length, ulong mode, UserPtr<ulong> nodes, ulong maxNode, uint flags)
    {
        const uint valid = Mempolicy.MPOL_MF_STRICT | Mempolicy.MPOL_MF_MOVE | Mempolicy.MPOL_MF_MOVE_ALL;
        Errno error = CheckPolicy(task, (int)mode, nodes, maxNode);
        if (error != Errno.OK)
        {
            return error;
        }

        if ((flags & ~valid) != 0)
        {
            return Errno.EINVAL;
        }

        if ((flags & Mempolicy.MPOL_MF_MOVE_ALL) != 0 && !task.Credentials.HasCapability(Capability.CAP_SYS_NICE))
        {
            return Errno.EPERM;
        }

        ulong end = start + MemoryManager.PageAlignUp(length);
        if ((start & Vma.PageMask) != 0 || end < start)
        {
            return Errno.EINVAL;
        }

        for (ulong at = start; at < end;)
        {
            if (task.Mm.Vmas.Find(at) is not { } vma)
            {
                // MPOL_DEFAULT takes holes (MPOL_MF_DISCONTIG_OK).
                return mode == 0 && task.Mm.Vmas.FirstEndingAbove(start) is { } first && first.Start < end ? 0 : Errno.EFAULT;
            }

            at = vma.End;
        }

        return 0;
    }

    /// <summary>get_mempolicy(2).</summary>
    [Syscall(Nr.get_mempolicy)]
    public static SyscallResult GetMempolicy(Task task, UserPtr<int> policy, UserPtr<byte> nodes, ulong maxNode, ulong address, ulong flags)
    {
        const ulong allowed = Mempolicy.MPOL_F_MEMS_ALLOWED;
        if ((!nodes.IsNull && maxNode < 1) || (flags & ~(ulong)(Mempolicy.MPOL_F_NODE | Mempolicy.MPOL_F_ADDR | Mempolicy.MPOL_F_MEMS_ALLOWED)) != 0)
        {
            return Errno.EINVAL;
        }

        bool ofAddress = (flags & Mempolicy.MPOL_F_ADDR) != 0;
        bool wantsNode = (flags & Mempolicy.MPOL_F_NODE) != 0;
        if ((flags & allowed) != 0 ? flags != allowed : (!ofAddress && (address != 0 || wantsNode)))
        {
            return Errno.EINVAL;
        }

        if (ofAddress && task.Mm.Vmas.Find(address) is null)
        {
            return Errno.EFAULT;
        }

        // Node 0, or MPOL_DEFAULT.
        if (!policy.IsNull && !policy.TryWrite(task, 0))
        {
            return Errno.EFAULT;
        }

        if (nodes.IsNull)
        {
            return 0;
        }

        ulong bytes = (maxNode + 62) / 64 * 8;
        if (bytes > MaxNodeBits / 8)
        {
            return Errno.EINVAL;
        }

        var mask = new byte[bytes];
        if (bytes > 0)
        {
            mask[0] = (byte)((flags & allowed) != 0 ? 1 : 0);
        }

        return nodes.TryWriteArray(task, mask) ? 0 : Errno.EFAULT;
    }

    /// <summary>migrate_pages(2): everything is where it can be.</summary>
    [Syscall(Nr.migrate_pages)]
    public static SyscallResult MigratePages(Task task, int pid, ulong maxNode, UserPtr<ulong> oldNodes, UserPtr<ulong> newNodes)
    {
        Result<ulong> from = ReadNodes(task, oldNodes, maxNode);
        Result<ulong> to = ReadNodes(task, newNodes, maxNode);
        if (from.Failed || to.Failed)
        {
            return from.Failed ? from.Error : to.Error;
        }

        if (pid != 0 && task.Pids.FindTask(pid) is null)
        {
            return Errno.ESRCH;
        }

        return (to.Value & ~1UL) != 0 ? Errno.EINVAL : 0;
    }

    /// <summary>move_pages(2): tells the node of each page, and moves none as there is nowhere to.</summary>
    [Syscall(Nr.move_pages)]
    public static SyscallResult MovePages(Task task, int pid, ulong count, UserPtr<ulong> pages, UserPtr<int> nodes, UserPtr<int> status, int flags)
    {
        const int moveAll = Mempolicy.MPOL_MF_MOVE_ALL;
        if ((flags & ~(Mempolicy.MPOL_MF_MOVE | moveAll)) != 0)
        {
            return Errno.EINVAL;
        }

        if ((flags & moveAll) != 0 && !task.Credentials.HasCapability(Capability.CAP_SYS_NICE))
        {
            return Errno.EPERM;
        }

        Task? target = pid == 0 ? task : task.Pids.FindTask(pid);
        if (target is null)
        {
            return Errno.ESRCH;
        }

        if (!ProcessMemorySyscalls.MayAccess(task, target))
        {
            return Errno.EPERM;
        }

        for (ulong i = 0; i < count; i++)
        {
            if (!pages.Element((long)i).TryRead(task, out ulong address))
            {
                return Errno.EFAULT;
            }

            if (!nodes.IsNull)
            {
                if (!nodes.Element((long)i).TryRead(task, out int node))
                {
                    return Errno.EFAULT;
                }

                if (node != 0)
                {
                    return Errno.ENODEV;
                }
            }

            Vma? vma = target.Mm.Vmas.Find(address);
            int state = vma is null ? -(int)Errno.EFAULT : Residency.IsResident(target.Mm, vma, address) ? 0 : -(int)Errno.ENOENT;
            if (!status.Element((long)i).TryWrite(task, state))
            {
                return Errno.EFAULT;
            }
        }

        return 0;
    }

    /// <summary>set_mempolicy_home_node(2).</summary>
    [Syscall(Nr.set_mempolicy_home_node)]
    public static SyscallResult SetMempolicyHomeNode(Task task, ulong start, ulong length, ulong homeNode, ulong flags) =>
        (start & Vma.PageMask) != 0 || flags != 0 || homeNode != 0 || start + MemoryManager.PageAlignUp(length) < start ? Errno.EINVAL : Errno.OK;

    // sanitize_mpol_flags(), get_nodes(), mpol_new()
    private static Errno CheckPolicy(Task task, int mode, UserPtr<ulong> nodes, ulong maxNode)
    {
        int flags = mode & ModeFlags;
        mode &= ~ModeFlags;
        const int exclusive = Mempolicy.MPOL_F_STATIC_NODES | Mempolicy.MPOL_F_RELATIVE_NODES;
        if (mode is < 0 or > Mempolicy.MPOL_WEIGHTED_INTERLEAVE || (flags & exclusive) == exclusive
            || ((flags & Mempolicy.MPOL_F_NUMA_BALANCING) != 0 && mode != Mempolicy.MPOL_BIND))
        {
            return Errno.EINVAL;
        }

        Result<ulong> mask = ReadNodes(task, nodes, maxNode);
        if (mask.Failed)
        {
            return mask.Error;
        }

        bool isValid = mode switch
        {
            Mempolicy.MPOL_DEFAULT => mask.Value == 0,
            Mempolicy.MPOL_LOCAL => mask.Value == 0 && (flags & exclusive) == 0,
            Mempolicy.MPOL_PREFERRED => mask.Value == 0 ? (flags & exclusive) == 0 : (mask.Value & 1) != 0,
            _ => (mask.Value & 1) != 0,
        };
        return isValid ? Errno.OK : Errno.EINVAL;
    }

    // The first word; EINVAL if a later one has a bit.
    private static Result<ulong> ReadNodes(Task task, UserPtr<ulong> nodes, ulong maxNode)
    {
        if (nodes.IsNull || maxNode <= 1)
        {
            return 0UL;
        }

        ulong bits = maxNode - 1;
        if (bits > MaxNodeBits)
        {
            return Errno.EINVAL;
        }

        var words = new ulong[(bits + 63) / 64];
        if (!nodes.TryReadArray(task, words))
        {
            return Errno.EFAULT;
        }

        if (bits % 64 != 0)
        {
            words[^1] &= (1UL << (int)(bits % 64)) - 1;
        }

        return words.AsSpan(1).ContainsAnyExcept(0UL) ? Errno.EINVAL : words[0];
    }
}

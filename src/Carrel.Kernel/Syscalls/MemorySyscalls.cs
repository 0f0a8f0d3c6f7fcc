using Carrel.Abi;
using Carrel.Kernel.Mm;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>mmap(2), brk(2) and what changes mappings.</summary>
public static class MemorySyscalls
{
    /// <summary>mmap(2).</summary>
    [Syscall(Nr.mmap, Missing = "MAP_HUGETLB (ENOMEM: no huge pages)")]
    public static SyscallResult Mmap(Task task, ulong address, ulong length, Prot prot, MapFlags flags, Fd fd, ulong offset)
    {
        if ((offset & Vma.PageMask) != 0)
        {
            return Errno.EINVAL;
        }

        FileDescription? file = null;
        if ((flags & MapFlags.MAP_ANONYMOUS) == 0)
        {
            Result<FileDescription> found = task.Files.Get(fd);
            if (found.Failed)
            {
                return found.Error;
            }

            if ((flags & MapFlags.MAP_HUGETLB) != 0)
            {
                return Errno.EINVAL;
            }

            file = found.Value;
        }
        else if ((flags & MapFlags.MAP_HUGETLB) != 0)
        {
            return Errno.ENOMEM;
        }

        if (ReadImpliesExec(task, prot) && !(file is not null && FileMappingRules.IsNoExec(file)))
        {
            prot |= Prot.PROT_EXEC;
        }

        return Kernel.Mm.Mmap.Map(MemoryOf(task), new MapRequest(address, length, prot, flags, file, file is null ? 0 : offset) { Task = task });
    }

    /// <summary>munmap(2).</summary>
    [Syscall(Nr.munmap)]
    public static SyscallResult Munmap(Task task, ulong address, ulong length) =>
        Kernel.Mm.Munmap.Range(MemoryOf(task), address, length, mayRunNatively: !task.IsTrapped);

    /// <summary>mprotect(2).</summary>
    [Syscall(Nr.mprotect)]
    public static SyscallResult Mprotect(Task task, ulong start, ulong length, Prot prot)
    {
        MemoryManager mm = MemoryOf(task);
        bool addsExec = ReadImpliesExec(task, prot) && mm.Vmas.Find(start) is { } vma && (vma.Flags & VmaFlags.MayExec) != 0;
        return Kernel.Mm.Mprotect.Range(mm, start, length, addsExec ? prot | Prot.PROT_EXEC : prot, mayRunNatively: !task.IsTrapped && !addsExec);
    }

    /// <summary>pkey_mprotect(2): this machine has no protection keys, so only -1 is valid.</summary>
    [Syscall(Nr.pkey_mprotect)]
    public static SyscallResult PkeyMprotect(Task task, ulong start, ulong length, Prot prot, int pkey) =>
        pkey != -1 ? Errno.EINVAL : Kernel.Mm.Mprotect.Range(MemoryOf(task), start, length, prot, mayRunNatively: false);

    /// <summary>pkey_alloc(2) on a machine without protection keys.</summary>
    [Syscall(Nr.pkey_alloc, Missing = "protection keys (EINVAL, as on a processor without)")]
    public static SyscallResult PkeyAlloc(Task task, ulong flags, ulong accessRights) => Errno.EINVAL;

    /// <summary>pkey_free(2): none was ever allocated.</summary>
    [Syscall(Nr.pkey_free)]
    public static SyscallResult PkeyFree(Task task, int pkey) => Errno.EINVAL;

    /// <summary>brk(2).</summary>
    [Syscall(Nr.brk)]
    public static SyscallResult Brk(Task task, ulong address) => Break.Set(MemoryOf(task), address);

    /// <summary>mremap(2).</summary>
    [Syscall(Nr.mremap)]
    public static SyscallResult Mremap(Task task, ulong address, ulong oldLength, ulong newLength, MremapFlags flags, ulong newAddress) =>
        Kernel.Mm.Mremap.Run(MemoryOf(task), task, address, oldLength, newLength, flags, newAddress);

    /// <summary>madvise(2).</summary>
    [Syscall(Nr.madvise, Missing = "MADV_COLLAPSE, MADV_GUARD_*, MADV_HWPOISON (EINVAL)")]
    public static SyscallResult Madvise(Task task, ulong start, ulong length, int advice) => MemoryAdvice.Apply(MemoryOf(task), start, length, advice);

    /// <summary>mseal(2).</summary>
    [Syscall(Nr.mseal)]
    public static SyscallResult Mseal(Task task, ulong start, ulong length, ulong flags) => Sealing.Seal(MemoryOf(task), start, length, flags);

    /// <summary>msync(2).</summary>
    [Syscall(Nr.msync)]
    public static SyscallResult Msync(Task task, ulong start, ulong length, MsyncFlags flags) => Residency.Msync(MemoryOf(task), start, length, flags);

    /// <summary>mincore(2).</summary>
    [Syscall(Nr.mincore)]
    public static SyscallResult Mincore(Task task, ulong start, ulong length, UserPtr<byte> vector) =>
        Residency.Mincore(MemoryOf(task), start, length, vector.Address);

    /// <summary>mlock(2).</summary>
    [Syscall(Nr.mlock)]
    public static SyscallResult Mlock(Task task, ulong start, ulong length) => MemoryLocking.Lock(MemoryOf(task), task, start, length, VmaFlags.Locked);

    /// <summary>mlock2(2).</summary>
    [Syscall(Nr.mlock2)]
    public static SyscallResult Mlock2(Task task, ulong start, ulong length, Mlock flags) =>
        (flags & ~Abi.Mlock.MLOCK_ONFAULT) != 0
            ? Errno.EINVAL
            : MemoryLocking.Lock(MemoryOf(task), task, start, length, VmaFlags.Locked | (flags != 0 ? VmaFlags.LockOnFault : 0));

    /// <summary>munlock(2).</summary>
    [Syscall(Nr.munlock)]
    public static SyscallResult Munlock(Task task, ulong start, ulong length) => MemoryLocking.Unlock(MemoryOf(task), start, length);

    /// <summary>mlockall(2).</summary>
    [Syscall(Nr.mlockall)]
    public static SyscallResult Mlockall(Task task, Mcl flags) => MemoryLocking.LockAll(MemoryOf(task), task, flags);

    /// <summary>munlockall(2).</summary>
    [Syscall(Nr.munlockall)]
    public static SyscallResult Munlockall(Task task)
    {
        MemoryLocking.UnlockAll(MemoryOf(task));
        return 0;
    }

    private static bool ReadImpliesExec(Task task, Prot prot) =>
        (prot & Prot.PROT_READ) != 0 && (task.Personality & PersonalityFlags.READ_IMPLIES_EXEC) != 0;

    // Faults later look at the limits of the process that used the memory last.
    private static MemoryManager MemoryOf(Task task)
    {
        task.Mm.LimitsOf = task.Group;
        return task.Mm;
    }
}

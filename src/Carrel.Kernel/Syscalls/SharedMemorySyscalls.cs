using Carrel.Abi;
using Carrel.Kernel.Ipc.SysV;
using Carrel.Kernel.Mm;

namespace Carrel.Kernel.Syscalls;

/// <summary>shmget(2), shmop(2), shmctl(2). Order of errors as ipc/shm.c.</summary>
public static class SharedMemorySyscalls
{
    [Syscall(Nr.shmget, Missing = "SHM_HUGETLB: no huge pages")]
    public static SyscallResult Shmget(Task task, int key, ulong size, IpcGetFlags flags)
    {
        SharedMemory memory = task.Namespaces.Ipc.SharedMemory;
        return memory.Table.Get(task, key, (int)flags, () => memory.Create(task, key, size, (int)flags), found => found.Size >= size);
    }

    [Syscall(Nr.shmat)]
    public static SyscallResult Shmat(Task task, int id, ulong address, ShmAttachFlags flags)
    {
        if (id < 0)
        {
            return Errno.EINVAL;
        }

        MapFlags type = MapFlags.MAP_SHARED;
        bool replaces = (flags & ShmAttachFlags.SHM_REMAP) != 0;
        if (address != 0)
        {
            // SHMLBA is the page size.
            if ((address & Vma.PageMask) != 0)
            {
                if ((flags & ShmAttachFlags.SHM_RND) == 0)
                {
                    return Errno.EINVAL;
                }

                address &= ~Vma.PageMask;
                if (address == 0 && replaces)
                {
                    return Errno.EINVAL;
                }
            }

            type |= MapFlags.MAP_FIXED;
        }
        else if (replaces)
        {
            return Errno.EINVAL;
        }

        bool isReadOnly = (flags & ShmAttachFlags.SHM_RDONLY) != 0;
        bool isExecutable = (flags & ShmAttachFlags.SHM_EXEC) != 0;
        Result<SharedSegment> found = task.Namespaces.Ipc.SharedMemory.Table.Find(id);
        if (found.Failed)
        {
            return found.Error;
        }

        SharedSegment segment = found.Value;
        if (!segment.Allows(task, IpcObject.ReadAll | (isReadOnly ? 0 : IpcObject.WriteAll) | (isExecutable ? IpcObject.ExecuteAll : 0)))
        {
            return Errno.EACCES;
        }

        if (address != 0 && !replaces && (address + segment.Size < address || IsTaken(task.Mm, address, segment.Size)))
        {
            return Errno.EINVAL;
        }

        Prot prot = Prot.PROT_READ | (isReadOnly ? 0 : Prot.PROT_WRITE) | (isExecutable ? Prot.PROT_EXEC : 0);
        var file = new SegmentFile(segment, isReadOnly ? OpenFlags.O_RDONLY : OpenFlags.O_RDWR);
        Result<ulong> place = Mmap.Map(task.Mm, new MapRequest(address, segment.Size, prot, type, file, 0) { Task = task });
        file.Release();
        return place;
    }

    private static bool IsTaken(MemoryManager mm, ulong address, ulong length) =>
        mm.Vmas.FirstEndingAbove(address) is { } vma && vma.Start < address + length;

    /// <summary>ksys_shmdt(): the segment whose first page would lie at the address, even if that page itself is mapped no longer.</summary>
    [Syscall(Nr.shmdt)]
    public static SyscallResult Shmdt(Task task, ulong address)
    {
        MemoryManager mm = task.Mm;
        if ((address & Vma.PageMask) != 0)
        {
            return Errno.EINVAL;
        }

        SegmentMemory? attached = null;
        ulong end = ulong.MaxValue;
        Vma? vma = mm.Vmas.FirstEndingAbove(address);
        while (vma is not null && vma.Start < end)
        {
            ulong next = vma.End;
            if (vma.File?.Object is SegmentMemory memory && vma.Start >= address && vma.Start - address == vma.Offset
                && (attached is null || attached == memory))
            {
                // Nothing of the same attachment lies beyond the segment's size.
                attached ??= memory;
                end = address + (ulong)memory.Size;
                Errno error = Munmap.Range(mm, vma.Start, vma.Length);
                if (error != Errno.OK)
                {
                    return error;
                }
            }

            vma = mm.Vmas.FirstEndingAbove(next);
        }

        return attached is null ? Errno.EINVAL : 0;
    }

    [Syscall(Nr.shmctl)]
    public static SyscallResult Shmctl(Task task, int id, ShmCommand command, ulong buffer)
    {
        if (command < 0 || id < 0)
        {
            return Errno.EINVAL;
        }

        SharedMemory memory = task.Namespaces.Ipc.SharedMemory;
        switch (command)
        {
            case ShmCommand.IPC_INFO:
                var limits = new ShmInfo64
                {
                    Max = Abi.Ipc.SHMMAX, Min = Abi.Ipc.SHMMIN, Mni = Abi.Ipc.SHMMNI, Seg = Abi.Ipc.SHMMNI, All = Abi.Ipc.SHMALL,
                };
                return new UserPtr<ShmInfo64>(buffer).TryWrite(task, limits) ? memory.Table.HighestSlot : Errno.EFAULT;
            case ShmCommand.SHM_INFO:
                return new UserPtr<ShmInfo>(buffer).TryWrite(task, Usage(memory)) ? memory.Table.HighestSlot : Errno.EFAULT;
            case ShmCommand.IPC_STAT or ShmCommand.SHM_STAT or ShmCommand.SHM_STAT_ANY:
                return Stat(task, memory, id, command, new UserPtr<ShmidDs>(buffer));
            case ShmCommand.IPC_SET:
                return new UserPtr<ShmidDs>(buffer).TryRead(task, out ShmidDs wanted) ? Change(task, memory, id, wanted) : Errno.EFAULT;
            case ShmCommand.IPC_RMID:
                return Change(task, memory, id, null);
            case ShmCommand.SHM_LOCK or ShmCommand.SHM_UNLOCK:
                return Lock(task, memory, id, command == ShmCommand.SHM_LOCK);
            default:
                return Errno.EINVAL;
        }
    }

    private static ShmInfo Usage(SharedMemory memory)
    {
        long resident = 0;
        foreach (SharedSegment segment in memory.Segments)
        {
            resident += segment.Memory.ResidentPages;
        }

        return new ShmInfo { UsedIds = memory.Table.Count, Tot = (ulong)memory.TotalPages, Rss = (ulong)resident };
    }

    private static SyscallResult Stat(Task task, SharedMemory memory, int id, ShmCommand command, UserPtr<ShmidDs> buffer)
    {
        Result<SharedSegment> found = memory.Table.FindReadable(task, id, isBySlot: command != ShmCommand.IPC_STAT, isForAnybody: command == ShmCommand.SHM_STAT_ANY);
        if (found.Failed)
        {
            return found.Error;
        }

        SharedSegment segment = found.Value;
        var state = new ShmidDs
        {
            Perm = segment.Describe(),
            Segsz = segment.Size,
            Atime = segment.AttachTime,
            Dtime = segment.DetachTime,
            Ctime = segment.ChangeTime,
            Cpid = task.Pids.Seen(segment.CreatorPid),
            Lpid = task.Pids.Seen(segment.LastPid),
            Nattch = (ulong)segment.Memory.Attachments,
        };
        return !buffer.TryWrite(task, state) ? Errno.EFAULT : command == ShmCommand.IPC_STAT ? 0 : segment.Id;
    }

    /// <summary>shmctl_down(): IPC_SET, or IPC_RMID if nothing is <paramref name="wanted"/>.</summary>
    private static SyscallResult Change(Task task, SharedMemory memory, int id, ShmidDs? wanted)
    {
        Result<SharedSegment> found = memory.Table.FindOwned(task, id);
        if (found.Failed)
        {
            return found.Error;
        }

        SharedSegment segment = found.Value;
        if (wanted is not { } values)
        {
            memory.Remove(segment);
            return 0;
        }

        return segment.Update(values.Perm, memory.Now);
    }

    /// <summary>shmctl_do_lock(). The memory is never swapped out: only the flag shows.</summary>
    private static SyscallResult Lock(Task task, SharedMemory memory, int id, bool isLock)
    {
        Result<SharedSegment> found = memory.Table.Find(id);
        if (found.Failed)
        {
            return found.Error;
        }

        SharedSegment segment = found.Value;
        if (!task.IsCapable(Capability.CAP_IPC_LOCK))
        {
            uint euid = task.Credentials.Euid;
            if ((euid != segment.Uid && euid != segment.CreatorUid) || (isLock && task.Limit(Rlimit.RLIMIT_MEMLOCK) == 0))
            {
                return Errno.EPERM;
            }
        }

        segment.Mode = isLock ? segment.Mode | Abi.Ipc.SHM_LOCKED : segment.Mode & ~(uint)Abi.Ipc.SHM_LOCKED;
        return 0;
    }
}

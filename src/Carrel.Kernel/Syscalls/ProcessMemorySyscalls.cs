using System;
using System.Buffers;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>process_vm_readv(2), process_vm_writev(2) (mm/process_vm_access.c).</summary>
public static class ProcessMemorySyscalls
{
    private const int BufferSize = 64 * 1024;
    private const int MaxSegments = 1024;

    /// <summary>process_vm_readv(2).</summary>
    [Syscall(Nr.process_vm_readv)]
    public static SyscallResult ProcessVmReadv(Task task, int pid, UserIoVec local, UserPtr<ulong> remote, ulong remoteCount, ulong flags) =>
        Transfer(task, pid, local, remote, remoteCount, flags, isWrite: false);

    /// <summary>process_vm_writev(2).</summary>
    [Syscall(Nr.process_vm_writev)]
    public static SyscallResult ProcessVmWritev(Task task, int pid, UserIoVec local, UserPtr<ulong> remote, ulong remoteCount, ulong flags) =>
        Transfer(task, pid, local, remote, remoteCount, flags, isWrite: true);

    /// <summary>process_madvise(2): advice about another process's memory is limited to what changes no bytes.</summary>
    [Syscall(Nr.process_madvise)]
    public static SyscallResult ProcessMadvise(Task task, Fd pidfd, UserPtr<ulong> ranges, ulong count, int advice, uint flags)
    {
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        Result<List<(ulong Address, ulong Length)>> segments = ReadSegments(task, ranges, count);
        if (segments.Failed)
        {
            return segments.Error;
        }

        Result<PidFile> file = PidFile.Get(task, pidfd);
        if (file.Failed)
        {
            return file.Error;
        }

        Task target = file.Value.Task;
        if (target.State is TaskState.Zombie or TaskState.Dead)
        {
            return Errno.ESRCH;
        }

        if (!MayAccess(task, target))
        {
            return Errno.EPERM;
        }

        if (target.Mm != task.Mm && advice is not (Madvise.MADV_COLD or Madvise.MADV_PAGEOUT or Madvise.MADV_WILLNEED))
        {
            return Errno.EINVAL;
        }

        if (target.Mm != task.Mm && !task.Credentials.HasCapability(Capability.CAP_SYS_NICE))
        {
            return Errno.EPERM;
        }

        long done = 0;
        foreach ((ulong address, ulong length) in segments.Value)
        {
            Errno error = Mm.MemoryAdvice.Apply(target.Mm, address, length, advice);
            if (error != Errno.OK)
            {
                return done > 0 ? done : error;
            }

            done += (long)Math.Min(length, (ulong)(long.MaxValue - done));
        }

        return done;
    }

    /// <summary>process_mrelease(2): the memory of a dying process goes by itself.</summary>
    [Syscall(Nr.process_mrelease)]
    public static SyscallResult ProcessMrelease(Task task, Fd pidfd, uint flags)
    {
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        Result<PidFile> file = PidFile.Get(task, pidfd);
        return file.Failed ? file.Error
            : file.Value.Process.IsReaped ? Errno.ESRCH
            : file.Value.Process.IsExiting || file.Value.Process.IsZombie ? 0
            : Errno.EINVAL;
    }

    /// <summary>ptrace_may_access() with PTRACE_MODE_ATTACH_REALCREDS.</summary>
    internal static bool MayAccess(Task task, Task target)
    {
        Credentials own = task.Credentials;
        Credentials other = target.Credentials;
        if (task.Group == target.Group || own.HasCapability(Capability.CAP_SYS_PTRACE))
        {
            return true;
        }

        bool isSameUser = own.Uid == other.Euid && own.Uid == other.Suid && own.Uid == other.Uid
            && own.Gid == other.Egid && own.Gid == other.Sgid && own.Gid == other.Gid;
        return isSameUser && target.Group.Dumpable == 1 && (other.Permitted & ~own.Permitted) == 0;
    }

    // process_vm_rw()
    private static SyscallResult Transfer(Task task, int pid, UserIoVec local, UserPtr<ulong> remote, ulong remoteCount, ulong flags, bool isWrite)
    {
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        Result<IoIterator> iterator = IoIterator.FromUser(task, local);
        if (iterator.Failed)
        {
            return iterator.Error;
        }

        if (iterator.Value.Remaining == 0)
        {
            return 0;
        }

        Result<List<(ulong Address, ulong Length)>> segments = ReadSegments(task, remote, remoteCount);
        if (segments.Failed)
        {
            return segments.Error;
        }

        if (!segments.Value.Exists(static s => s.Length != 0))
        {
            return 0;
        }

        Task? target = task.Pids.FindTask(pid);
        if (target is null || target.State is TaskState.Zombie or TaskState.Dead)
        {
            return Errno.ESRCH;
        }

        if (!MayAccess(task, target))
        {
            return Errno.EPERM;
        }

        long done = Copy(iterator.Value, segments.Value, target.Mm, isWrite);
        if (isWrite && target.Mm != task.Mm)
        {
            target.Mm.FlushRemote();
        }

        return done == 0 ? Errno.EFAULT : done;
    }

    private static Result<List<(ulong Address, ulong Length)>> ReadSegments(Task task, UserPtr<ulong> remote, ulong count)
    {
        if (count > MaxSegments)
        {
            return Errno.EINVAL;
        }

        var raw = new ulong[count * 2];
        if (!remote.TryReadArray(task, raw))
        {
            return Errno.EFAULT;
        }

        var segments = new List<(ulong, ulong)>((int)count);
        for (int i = 0; i < raw.Length; i += 2)
        {
            if ((long)raw[i + 1] < 0)
            {
                return Errno.EINVAL;
            }

            segments.Add((raw[i], raw[i + 1]));
        }

        return segments;
    }

    // Stops at the first bad address on either side; what was copied counts.
    private static long Copy(IoIterator local, List<(ulong Address, ulong Length)> segments, MemoryManager remote, bool isWrite)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        bool isFaulted = false;
        foreach ((ulong start, ulong length) in segments)
        {
            ulong address = start;
            ulong left = length;
            while (left > 0 && local.Remaining > 0 && !isFaulted)
            {
                int n = (int)Math.Min((ulong)Math.Min(BufferSize, local.Remaining), left);
                long before = local.Done;
                if (isWrite)
                {
                    int got = local.CopyIn(buffer.AsSpan(0, n));
                    int put = (int)remote.WritePartial(address, buffer.AsSpan(0, got));
                    local.Revert(got - put);
                }
                else
                {
                    int got = (int)remote.ReadPartial(address, buffer.AsSpan(0, n));
                    local.CopyOut(buffer.AsSpan(0, got));
                }

                long moved = local.Done - before;
                isFaulted = moved < n;
                address += (ulong)moved;
                left -= (ulong)moved;
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return local.Done;
    }
}

using System;
using Carrel.Abi;

namespace Carrel.Kernel.Ptrace;

/// <summary>What a tracer is shown of a tracee's filters: to save and restore it (seccomp_get_filter() and seccomp_get_metadata()).</summary>
internal static class SeccompInspection
{
    /// <summary>PTRACE_SECCOMP_GET_FILTER: the number of instructions, and they themselves if there is an address.</summary>
    public static SyscallResult GetFilter(Task task, Task target, ulong offset, ulong data)
    {
        Result<SeccompFilter> filter = Find(task, target, offset);
        if (filter.Failed)
        {
            return filter.Error;
        }

        ReadOnlySpan<SockFilter> code = filter.Value.Program.Instructions;
        return data == 0 || new UserPtr<SockFilter>(data).TryWriteArray(task, code) ? code.Length : Errno.EFAULT;
    }

    /// <summary>PTRACE_SECCOMP_GET_METADATA: struct seccomp_metadata, whose first word says which filter.</summary>
    public static SyscallResult GetMetadata(Task task, Task target, ulong size, ulong data)
    {
        if (!MayLook(task))
        {
            return Errno.EACCES;
        }

        var words = new ulong[2];
        int length = (int)Math.Min(size, (ulong)words.Length * sizeof(ulong));
        if (length < sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        var pointer = new UserPtr<ulong>(data);
        if (!pointer.TryRead(task, out words[0]))
        {
            return Errno.EFAULT;
        }

        Result<SeccompFilter> filter = Find(task, target, words[0]);
        if (filter.Failed)
        {
            return filter.Error;
        }

        words[1] = filter.Value.IsLogged ? (ulong)Seccomp.SECCOMP_FILTER_FLAG_LOG : 0;
        Span<byte> bytes = stackalloc byte[2 * sizeof(ulong)];
        BitConverter.TryWriteBytes(bytes, words[0]);
        BitConverter.TryWriteBytes(bytes[sizeof(ulong)..], words[1]);
        return task.Mm.Write(data, bytes[..length]) ? length : Errno.EFAULT;
    }

    private static bool MayLook(Task task) => task.IsCapable(Capability.CAP_SYS_ADMIN) && task.SeccompMode == Seccomp.SECCOMP_MODE_DISABLED;

    /// <summary>get_nth_filter(): counted from the oldest.</summary>
    private static Result<SeccompFilter> Find(Task task, Task target, ulong offset)
    {
        if (!MayLook(task))
        {
            return Errno.EACCES;
        }

        if (target.SeccompFilter is not { } filter)
        {
            return Errno.EINVAL;
        }

        if (offset >= (ulong)filter.Count)
        {
            return Errno.ENOENT;
        }

        for (int left = filter.Count - (int)offset; left > 1; left--)
        {
            filter = filter.Previous!;
        }

        return filter;
    }
}

using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>Calls that only the host can answer, because it tells a thread's own affairs to nobody else. It writes the structure itself.</summary>
internal static class NativeAnswer
{
    /// <summary>Lets the host fill in <paramref name="result"/>, made writable for it. EFAULT.</summary>
    public static SyscallResult Into<T>(Task task, UserPtr<T> result)
        where T : unmanaged
    {
        if (!result.TryWrite(task, default))
        {
            return Errno.EFAULT;
        }

        // A copy-on-write share may have been broken just now: the host must know of it before it writes.
        return task.Mm.Space.HasPendingChanges && !task.IsTrapped ? task.RequireRegisters() : SyscallResult.RunNatively;
    }
}

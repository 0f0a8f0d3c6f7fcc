using Carrel.Abi;
using Carrel.Kernel.Ipc.Eventfd;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>eventfd(2).</summary>
public static class EventfdSyscalls
{
    [Syscall(Nr.eventfd)]
    public static SyscallResult Eventfd(Task task, uint initial) => Eventfd2(task, initial, 0);

    [Syscall(Nr.eventfd2)]
    public static SyscallResult Eventfd2(Task task, uint initial, int flags)
    {
        const int Semaphore = 1;
        if ((flags & ~(Semaphore | (int)OpenFlags.O_CLOEXEC | (int)OpenFlags.O_NONBLOCK)) != 0)
        {
            return Errno.EINVAL;
        }

        var open = (OpenFlags)flags;
        var file = new EventFile(task.Kernel, OpenFlags.O_RDWR | (open & OpenFlags.O_NONBLOCK), initial, (flags & Semaphore) != 0);
        return task.Files.InstallOrRelease(task, file, (open & OpenFlags.O_CLOEXEC) != 0);
    }
}

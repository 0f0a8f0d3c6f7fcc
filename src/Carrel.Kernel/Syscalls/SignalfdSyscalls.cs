using Carrel.Abi;
using Carrel.Kernel.Ipc.Signalfd;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>signalfd(2).</summary>
public static class SignalfdSyscalls
{
    [Syscall(Nr.signalfd)]
    public static SyscallResult Signalfd(Task task, Fd fd, UserPtr<ulong> mask, ulong maskSize) => Signalfd4(task, fd, mask, maskSize, 0);

    [Syscall(Nr.signalfd4)]
    public static SyscallResult Signalfd4(Task task, Fd fd, UserPtr<ulong> mask, ulong maskSize, SignalfdFlags flags)
    {
        if (maskSize != sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (!mask.TryRead(task, out ulong signals))
        {
            return Errno.EFAULT;
        }

        if ((flags & ~(SignalfdFlags.SFD_CLOEXEC | SignalfdFlags.SFD_NONBLOCK)) != 0)
        {
            return Errno.EINVAL;
        }

        if (fd.Number == -1)
        {
            OpenFlags status = OpenFlags.O_RDWR | ((OpenFlags)flags & OpenFlags.O_NONBLOCK);
            return task.Files.InstallOrRelease(task, new SignalFile(task.Kernel, status, signals), (flags & SignalfdFlags.SFD_CLOEXEC) != 0);
        }

        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        if (file.Value is not SignalFile existing)
        {
            return Errno.EINVAL;
        }

        existing.SetMask(task, signals);
        return fd.Number;
    }
}

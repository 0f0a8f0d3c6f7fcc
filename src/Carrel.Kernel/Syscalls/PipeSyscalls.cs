using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Ipc.Pipe;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>pipe(2).</summary>
public static class PipeSyscalls
{
    [Syscall(Nr.pipe)]
    public static SyscallResult Pipe(Task task, UserPtr<int> descriptors) => Pipe2(task, descriptors, 0);

    [Syscall(Nr.pipe2, Missing = "O_NOTIFICATION_PIPE")]
    public static SyscallResult Pipe2(Task task, UserPtr<int> descriptors, OpenFlags flags)
    {
        const OpenFlags Allowed = OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT;
        if ((flags & ~Allowed) != 0)
        {
            return Errno.EINVAL;
        }

        Result<int> read = task.Files.Reserve(task);
        if (read.Failed)
        {
            return read.Error;
        }

        Result<int> write = task.Files.Reserve(task);
        if (write.Failed)
        {
            task.Files.CancelReserved(read.Value);
            return write.Error;
        }

        if (!descriptors.TryWrite(task, read.Value) || !descriptors.Element(1).TryWrite(task, write.Value))
        {
            task.Files.CancelReserved(read.Value);
            task.Files.CancelReserved(write.Value);
            return Errno.EFAULT;
        }

        (PipeEnd reader, PipeEnd writer) = Create(task, flags & ~OpenFlags.O_CLOEXEC);
        bool isCloseOnExec = (flags & OpenFlags.O_CLOEXEC) != 0;
        task.Files.InstallReserved(read.Value, reader, isCloseOnExec);
        task.Files.InstallReserved(write.Value, writer, isCloseOnExec);
        return 0;
    }

    /// <summary>A fresh pipe's two ends.</summary>
    public static (PipeEnd Reader, PipeEnd Writer) Create(Task task, OpenFlags flags)
    {
        LinuxKernel kernel = task.Kernel;
        var inode = new PseudoInode(kernel.PipeFileSystem, Mode.S_IFIFO | 0x180, task.Credentials);
        var buffer = new PipeBuffer(kernel);
        // An open of /proc/PID/fd/N finds the pipe by its inode, like a FIFO.
        inode.Attached = buffer;
        OpenFlags status = flags & (OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT);
        return (new PipeEnd(kernel, inode, buffer, OpenFlags.O_RDONLY | (status & ~OpenFlags.O_DIRECT)),
            new PipeEnd(kernel, inode, buffer, OpenFlags.O_WRONLY | status));
    }
}

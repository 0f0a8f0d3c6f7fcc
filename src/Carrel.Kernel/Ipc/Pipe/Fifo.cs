using Carrel.Kernel.Vfs;
using Carrel.Abi;

namespace Carrel.Kernel.Ipc.Pipe;

/// <summary>Named pipes, fifo(7): all opens of one inode share a pipe, which lives while somebody has it open.</summary>
internal static class Fifo
{
    public static Result<FileDescription> Open(Task task, Path path, OpenFlags flags)
    {
        // fifo_open(): neither for reading nor for writing.
        if ((flags & OpenFlags.O_ACCMODE) == OpenFlags.O_ACCMODE)
        {
            return Errno.EINVAL;
        }

        if (path.Inode.Attached is not PipeBuffer buffer)
        {
            buffer = new PipeBuffer(task.Kernel);
            path.Inode.Attached = buffer;
        }

        return new PipeEnd(task.Kernel, path.Inode, buffer, flags) { Path = path };
    }
}

using System;
using Carrel.Abi;
using Carrel.Kernel.Ipc.Pipe;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>sendfile(2) and copy_file_range(2): fs/read_write.c.</summary>
public static class SendfileSyscalls
{
    [Syscall(Nr.sendfile)]
    public static SyscallResult Sendfile(Task task, Fd outFd, Fd inFd, UserPtr<long> offset, ulong count)
    {
        long position = 0;
        if (!offset.IsNull && !offset.TryRead(task, out position))
        {
            return Errno.EFAULT;
        }

        var progress = (Transfers.Progress?)task.Restart.State;
        Result<FileDescription> input = task.Files.Get(inFd);
        if (input.Failed || !input.Value.IsReadable)
        {
            return Errno.EBADF;
        }

        if (!offset.IsNull && !input.Value.AllowsReadAt)
        {
            return Errno.ESPIPE;
        }

        if (position < 0)
        {
            return Errno.EINVAL;
        }

        Result<FileDescription> output = ReadWriteSyscalls.GetFile(task, outFd);
        if (output.Failed || !output.Value.IsWritable)
        {
            return Errno.EBADF;
        }

        bool isAppending = (output.Value.Flags & OpenFlags.O_APPEND) != 0 && output.Value is not PipeEnd;
        if (isAppending || !input.Value.CanBeSpliced || !output.Value.CanSpliceInto)
        {
            return Errno.EINVAL;
        }

        long length = (long)Math.Min(count, (ulong)UserBuffer.MaxTransfer);
        if (!input.Value.IsSeekable)
        {
            // What cannot be read again goes only where it cannot be lost on the way (splice_direct_to_actor()).
            bool mayWait = !output.Value.IsNonBlocking && !input.Value.IsNonBlocking;
            return output.Value is not PipeEnd pipe ? Errno.EINVAL
                : length == 0 ? 0
                : ReadWriteSyscalls.Hold(task, output.Value, SpliceSyscalls.FileToPipe(task, input.Value, pipe, default, 0, length, !mayWait));
        }

        progress ??= new Transfers.Progress { In = offset.IsNull ? input.Value.Position : position };
        SyscallResult result = Copy(task, input.Value, output.Value, progress, length);
        if (result.IsBlocked)
        {
            task.Restart.State = progress;
            task.Restart.Hold(output.Value);
            return result;
        }

        if (result.Value > 0 && offset.IsNull)
        {
            input.Value.Position = progress.In;
        }

        return !offset.IsNull && !offset.TryWrite(task, result.Value > 0 ? progress.In : position) ? Errno.EFAULT : result;
    }

    [Syscall(Nr.copy_file_range)]
    public static SyscallResult CopyFileRange(Task task, Fd inFd, UserPtr<long> inOffset, Fd outFd, UserPtr<long> outOffset, ulong length, uint flags)
    {
        Result<FileDescription> input = task.Files.Get(inFd);
        Result<FileDescription> output = task.Files.Get(outFd);
        if (input.Failed || output.Failed)
        {
            return Errno.EBADF;
        }

        long from = input.Value.Position;
        long to = output.Value.Position;
        if ((!inOffset.IsNull && !inOffset.TryRead(task, out from)) || (!outOffset.IsNull && !outOffset.TryRead(task, out to)))
        {
            return Errno.EFAULT;
        }

        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        SyscallResult result = CopyRange(task, input.Value, output.Value, from, to, length);
        if (result.Value <= 0)
        {
            return result;
        }

        if (inOffset.IsNull)
        {
            input.Value.Position = from + result.Value;
        }
        else if (!inOffset.TryWrite(task, from + result.Value))
        {
            return Errno.EFAULT;
        }

        if (outOffset.IsNull)
        {
            output.Value.Position = to + result.Value;
        }
        else if (!outOffset.TryWrite(task, to + result.Value))
        {
            return Errno.EFAULT;
        }

        return result;
    }

    /// <summary>generic_copy_file_checks() and the copy.</summary>
    private static SyscallResult CopyRange(Task task, FileDescription input, FileDescription output, long from, long to, ulong length)
    {
        (Inode inInode, Inode outInode) = (input.Inode, output.Inode);
        if (inInode.IsDirectory || outInode.IsDirectory)
        {
            return Errno.EISDIR;
        }

        if (!inInode.IsRegular || !outInode.IsRegular)
        {
            return Errno.EINVAL;
        }

        if (!input.IsReadable || !output.IsWritable || (output.Flags & OpenFlags.O_APPEND) != 0)
        {
            return Errno.EBADF;
        }

        if (inInode.FileSystem != outInode.FileSystem)
        {
            return Errno.EXDEV;
        }

        if (from < 0 || to < 0)
        {
            return Errno.EINVAL;
        }

        if (unchecked(from + (long)length) < from || unchecked(to + (long)length) < to)
        {
            return Errno.EOVERFLOW;
        }

        inInode.Refresh();
        long count = Math.Min(Math.Min((long)length, Math.Max(0, inInode.Size - from)), UserBuffer.MaxTransfer);
        if (inInode == outInode && to + count > from && to < from + count)
        {
            return Errno.EINVAL;
        }

        long total = 0;
        while (total < count)
        {
            int wanted = (int)Math.Min(count - total, Transfers.ChunkSize);
            SyscallResult read = input.ReadAt(task, IoIterator.FromKernel(Transfers.Chunk.AsMemory(0, wanted)), from + total);
            if (read.Value <= 0)
            {
                return total > 0 ? total : read;
            }

            SyscallResult written = output.WriteAt(task, IoIterator.FromKernel(Transfers.Chunk.AsMemory(0, (int)read.Value)), to + total);
            if (written.Value <= 0)
            {
                return total > 0 ? total : written;
            }

            total += written.Value;
        }

        return total;
    }

    private static SyscallResult Copy(Task task, FileDescription input, FileDescription output, Transfers.Progress progress, long count)
    {
        bool hasRetried = false;
        while (progress.Total < count)
        {
            int wanted = (int)Math.Min(count - progress.Total, Transfers.ChunkSize);
            IoIterator destination = IoIterator.FromKernel(Transfers.Chunk.AsMemory(0, wanted));
            SyscallResult read = input.ReadAt(task, destination, progress.In);
            if (read.IsBlocked || read.Value <= 0)
            {
                return progress.Total > 0 && !read.IsBlocked ? progress.Total : read;
            }

            SyscallResult written = Transfers.WriteNow(task, output, Transfers.Chunk.AsMemory(0, (int)read.Value), null);
            if (written.Error == Errno.EAGAIN)
            {
                bool mayWait = !output.IsNonBlocking && !(output is PipeEnd && input.IsNonBlocking);
                if (!mayWait)
                {
                    return progress.Total > 0 ? progress.Total : written;
                }

                if (Transfers.WaitFor(task, output, PollEvents.POLLOUT, hasRetried) is { } wait)
                {
                    return wait.Failed && progress.Total > 0 ? progress.Total : wait;
                }

                hasRetried = true;
                continue;
            }

            if (written.Value <= 0)
            {
                return progress.Total > 0 ? progress.Total : written;
            }

            hasRetried = false;
            progress.Total += written.Value;
            progress.In += written.Value;
        }

        return progress.Total;
    }
}

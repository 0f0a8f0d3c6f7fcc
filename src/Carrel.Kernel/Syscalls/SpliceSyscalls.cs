using System;
using Carrel.Abi;
using Carrel.Kernel.Ipc.Pipe;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>splice(2), tee(2), vmsplice(2): fs/splice.c. Pages are copied, which no program can tell from their being moved.</summary>
public static class SpliceSyscalls
{
    private const SpliceFlags Known = SpliceFlags.SPLICE_F_MOVE | SpliceFlags.SPLICE_F_NONBLOCK | SpliceFlags.SPLICE_F_MORE | SpliceFlags.SPLICE_F_GIFT;

    [Syscall(Nr.splice)]
    public static SyscallResult Splice(Task task, Fd inFd, UserPtr<long> inOffset, Fd outFd, UserPtr<long> outOffset, ulong length, SpliceFlags flags)
    {
        if (length == 0)
        {
            return 0;
        }

        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        Result<FileDescription> input = task.Files.Get(inFd);
        Result<FileDescription> output = task.Files.Get(outFd);
        if (input.Failed || output.Failed)
        {
            return Errno.EBADF;
        }

        if ((input.Value is PipeEnd && !inOffset.IsNull) || (output.Value is PipeEnd && !outOffset.IsNull))
        {
            return Errno.ESPIPE;
        }

        long from = 0;
        long to = 0;
        if ((!outOffset.IsNull && !outOffset.TryRead(task, out to)) || (!inOffset.IsNull && !inOffset.TryRead(task, out from)))
        {
            return Errno.EFAULT;
        }

        if (!input.Value.IsReadable || !output.Value.IsWritable)
        {
            return Errno.EBADF;
        }

        bool isNonBlocking = (flags & SpliceFlags.SPLICE_F_NONBLOCK) != 0;
        long count = (long)Math.Min(length, (ulong)UserBuffer.MaxTransfer);
        return (input.Value, output.Value) switch
        {
            (PipeEnd source, PipeEnd target) =>
                PipeToPipe(task, source, target, count, isNonBlocking || source.IsNonBlocking || target.IsNonBlocking, consumes: true),
            (PipeEnd source, var target) => PipeToFile(task, source, target, outOffset, to, count, isNonBlocking || source.IsNonBlocking),
            (var source, PipeEnd target) => FileToPipe(task, source, target, inOffset, from, count, isNonBlocking || target.IsNonBlocking),
            _ => Errno.EINVAL,
        };
    }

    [Syscall(Nr.tee)]
    public static SyscallResult Tee(Task task, Fd inFd, Fd outFd, ulong length, SpliceFlags flags)
    {
        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        if (length == 0)
        {
            return 0;
        }

        Result<FileDescription> input = task.Files.Get(inFd);
        Result<FileDescription> output = task.Files.Get(outFd);
        if (input.Failed || output.Failed || !input.Value.IsReadable || !output.Value.IsWritable)
        {
            return Errno.EBADF;
        }

        if (input.Value is not PipeEnd source || output.Value is not PipeEnd target)
        {
            return Errno.EINVAL;
        }

        bool isNonBlocking = (flags & SpliceFlags.SPLICE_F_NONBLOCK) != 0 || source.IsNonBlocking || target.IsNonBlocking;
        return PipeToPipe(task, source, target, (long)Math.Min(length, (ulong)UserBuffer.MaxTransfer), isNonBlocking, consumes: false);
    }

    [Syscall(Nr.vmsplice)]
    public static SyscallResult Vmsplice(Task task, Fd fd, UserIoVec vector, SpliceFlags flags)
    {
        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed || (!file.Value.IsReadable && !file.Value.IsWritable))
        {
            return Errno.EBADF;
        }

        Result<IoIterator> memory = IoIterator.FromUser(task, vector);
        if (memory.Failed)
        {
            return memory.Error;
        }

        if (memory.Value.Remaining == 0)
        {
            return 0;
        }

        if (file.Value is not PipeEnd pipe)
        {
            return Errno.EBADF;
        }

        bool isNonBlocking = (flags & SpliceFlags.SPLICE_F_NONBLOCK) != 0 || pipe.IsNonBlocking;
        SyscallResult? wait = pipe.IsWritable ? WaitForRoom(task, pipe, isNonBlocking) : WaitForData(task, pipe, isNonBlocking);
        if (wait is not null)
        {
            return wait.Value;
        }

        int moved = pipe.IsWritable ? pipe.Buffer.Write(memory.Value, isPacket: false) : pipe.Buffer.Read(memory.Value);
        return moved == 0 && memory.Value.Faulted ? Errno.EFAULT : moved;
    }

    private static SyscallResult PipeToPipe(Task task, PipeEnd source, PipeEnd target, long count, bool isNonBlocking, bool consumes)
    {
        if (source.Buffer == target.Buffer)
        {
            return Errno.EINVAL;
        }

        if (WaitForData(task, source, isNonBlocking) is { } noData)
        {
            return noData;
        }

        if (WaitForRoom(task, target, isNonBlocking) is { } noRoom)
        {
            return noRoom;
        }

        int wanted = (int)Math.Min(Math.Min(count, Transfers.ChunkSize), Math.Min(source.Buffer.Count, target.Buffer.Room));
        int n = source.Buffer.Peek(Transfers.Chunk.AsSpan(0, wanted));
        int moved = target.Buffer.Write(IoIterator.FromKernel(Transfers.Chunk.AsMemory(0, n)), isPacket: false);
        if (consumes)
        {
            Consume(source, moved);
        }

        return moved;
    }

    private static SyscallResult PipeToFile(Task task, PipeEnd source, FileDescription target, UserPtr<long> offset, long at, long count, bool isNonBlocking)
    {
        if (!offset.IsNull && !target.AllowsWriteAt)
        {
            return Errno.EINVAL;
        }

        if ((target.Flags & OpenFlags.O_APPEND) != 0 || at < 0 || !target.CanSpliceInto)
        {
            return Errno.EINVAL;
        }

        long total = 0;
        bool hasRetried = false;
        while (total < count)
        {
            if (source.Buffer.Count == 0 && total > 0)
            {
                break;
            }

            if (WaitForData(task, source, isNonBlocking) is { } wait)
            {
                return wait;
            }

            int n = source.Buffer.Peek(Transfers.Chunk.AsSpan(0, (int)Math.Min(count - total, Transfers.ChunkSize)));
            SyscallResult written = Transfers.WriteNow(task, target, Transfers.Chunk.AsMemory(0, n), offset.IsNull ? null : at);
            if (written.Error == Errno.EAGAIN && total == 0 && !isNonBlocking && !target.IsNonBlocking)
            {
                if (Transfers.WaitFor(task, target, PollEvents.POLLOUT, hasRetried) is { } full)
                {
                    return full;
                }

                hasRetried = true;
                continue;
            }

            if (written.Value <= 0)
            {
                if (total == 0)
                {
                    return written;
                }

                break;
            }

            Consume(source, (int)written.Value);
            total += written.Value;
            at += written.Value;
        }

        return !offset.IsNull && !offset.TryWrite(task, at) ? Errno.EFAULT : total;
    }

    /// <summary>splice_file_to_pipe().</summary>
    internal static SyscallResult FileToPipe(Task task, FileDescription source, PipeEnd target, UserPtr<long> offset, long at, long count, bool isNonBlocking)
    {
        if (!offset.IsNull && !source.AllowsReadAt)
        {
            return Errno.EINVAL;
        }

        if (at < 0 || !source.CanBeSpliced)
        {
            return Errno.EINVAL;
        }

        if (WaitForRoom(task, target, isNonBlocking) is { } wait)
        {
            return wait;
        }

        long total = 0;
        while (total < count && target.Buffer.Room > 0)
        {
            int wanted = (int)Math.Min(Math.Min(count - total, Transfers.ChunkSize), target.Buffer.Room);
            IoIterator destination = IoIterator.FromKernel(Transfers.Chunk.AsMemory(0, wanted));
            SyscallResult read = offset.IsNull ? source.Read(task, destination) : source.ReadAt(task, destination, at);
            if (read.IsBlocked || read.Value <= 0)
            {
                if (total == 0)
                {
                    return read;
                }

                break;
            }

            int moved = target.Buffer.Write(IoIterator.FromKernel(Transfers.Chunk.AsMemory(0, (int)read.Value)), isPacket: false);
            if (moved < read.Value && offset.IsNull && source.IsSeekable)
            {
                source.Position -= read.Value - moved;
            }

            total += moved;
            at += moved;
            if (!source.IsSeekable || moved < read.Value)
            {
                break;
            }
        }

        return !offset.IsNull && !offset.TryWrite(task, at) ? Errno.EFAULT : total;
    }

    /// <summary>ipipe_prep(): null if there is data.</summary>
    private static SyscallResult? WaitForData(Task task, PipeEnd pipe, bool isNonBlocking)
    {
        if (pipe.Buffer.Count > 0)
        {
            return null;
        }

        if (pipe.Buffer.Writers == 0)
        {
            return 0;
        }

        return isNonBlocking ? Errno.EAGAIN : task.Block(pipe.Buffer.ReadQueue);
    }

    /// <summary>wait_for_space(): null if there is room.</summary>
    private static SyscallResult? WaitForRoom(Task task, PipeEnd pipe, bool isNonBlocking)
    {
        if (pipe.Buffer.Readers == 0)
        {
            task.Signals.SendSigpipe();
            return Errno.EPIPE;
        }

        if (pipe.Buffer.Room > 0)
        {
            return null;
        }

        return isNonBlocking ? Errno.EAGAIN : task.Block(pipe.Buffer.WriteQueue);
    }

    private static void Consume(PipeEnd pipe, int count)
    {
        var sink = new byte[Math.Min(count, Transfers.ChunkSize)];
        while (count > 0)
        {
            int n = pipe.Buffer.Read(IoIterator.FromKernel(sink.AsMemory(0, Math.Min(count, sink.Length))));
            if (n == 0)
            {
                return;
            }

            count -= n;
        }
    }
}

using System;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Ipc.Pipe;

/// <summary>An open end of a pipe or FIFO, pipe(7); a FIFO opened O_RDWR is both ends.</summary>
public sealed class PipeEnd : FileDescription
{
    private readonly int _peerGeneration;

    public PipeEnd(LinuxKernel kernel, Inode inode, PipeBuffer buffer, OpenFlags flags)
        : base(kernel, flags)
    {
        Inode = inode;
        Buffer = buffer;
        if (IsReadable)
        {
            buffer.AddReader();
        }

        if (IsWritable)
        {
            buffer.AddWriter();
        }

        _peerGeneration = IsReadable ? buffer.WriterGeneration : buffer.ReaderGeneration;
    }

    public PipeBuffer Buffer { get; }

    public override Inode Inode { get; }

    public override string? LinkText => Inode is PseudoInode ? $"pipe:[{Inode.Number}]" : null;

    /// <summary>A pipe is spliced from as a pipe, never as a file.</summary>
    public override bool CanBeSpliced => false;

    private bool IsPacketMode => (Flags & OpenFlags.O_DIRECT) != 0;

    /// <summary>fifo_open(): waits for the other end, unless it is there, O_NONBLOCK is set or both ends are ours.</summary>
    public override SyscallResult CompleteOpen(Task task)
    {
        // A pipe opened again through /proc/PID/fd does not wait for its other end.
        if ((IsReadable && IsWritable) || Inode is PseudoInode)
        {
            return 0;
        }

        if (IsReadable)
        {
            bool hasPeer = Buffer.Writers > 0 || Buffer.WriterGeneration != _peerGeneration;
            return hasPeer || IsNonBlocking ? 0 : task.Block(Buffer.OpenQueue);
        }

        if (Buffer.Readers > 0 || Buffer.ReaderGeneration != _peerGeneration)
        {
            return 0;
        }

        return IsNonBlocking ? Errno.ENXIO : task.Block(Buffer.OpenQueue);
    }

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        if (destination.Remaining == 0)
        {
            return 0;
        }

        if (Buffer.Count > 0)
        {
            int n = Buffer.Read(destination);
            if (Buffer.Count > 0)
            {
                Buffer.ReadQueue.WakeNext(PollEvents.POLLIN | PollEvents.POLLRDNORM);
            }

            return n == 0 && destination.Faulted ? Errno.EFAULT : n;
        }

        if (Buffer.Writers == 0)
        {
            return 0;
        }

        if (IsNonBlocking)
        {
            return Errno.EAGAIN;
        }

        // A write wakes one of a hundred readers, and that one the next if it leaves something.
        task.Sleep.Add(Buffer.ReadQueue, isExclusive: true);
        return task.Block(long.MaxValue, default, Errno.ERESTARTSYS);
    }

    protected override SyscallResult WriteCore(Task task, IoIterator source, long offset)
    {
        RestartRecord restart = task.Restart;
        source.Advance(restart.Progress);
        if (source.Remaining == 0)
        {
            return restart.Progress;
        }

        while (true)
        {
            if (Buffer.Readers == 0)
            {
                task.Signals.SendSigpipe();
                return restart.Progress > 0 ? restart.Progress : Errno.EPIPE;
            }

            // Small writes are atomic: all or wait. A large one goes in pieces.
            long needed = restart.Progress == 0 && source.Remaining <= PipeBuffer.AtomicSize ? source.Remaining : 1;
            bool isPacket = IsPacketMode;
            if (isPacket)
            {
                needed = Math.Min(source.Remaining, PipeBuffer.AtomicSize);
            }

            if (Buffer.Room >= needed)
            {
                int n = WriteOnce(source, isPacket);
                restart.Progress += n;
                if (source.Remaining == 0)
                {
                    return restart.Progress;
                }

                if (source.Faulted)
                {
                    return restart.Progress > 0 ? restart.Progress : Errno.EFAULT;
                }

                if (n > 0)
                {
                    continue;
                }
            }

            if (IsNonBlocking)
            {
                return restart.Progress > 0 ? restart.Progress : Errno.EAGAIN;
            }

            return task.Block(Buffer.WriteQueue);
        }
    }

    private int WriteOnce(IoIterator source, bool isPacket)
    {
        if (!isPacket || source.Remaining <= PipeBuffer.AtomicSize)
        {
            return Buffer.Write(source, isPacket);
        }

        var packet = new byte[PipeBuffer.AtomicSize];
        int n = source.CopyIn(packet);
        return n == 0 ? 0 : Buffer.Write(IoIterator.FromKernel(packet.AsMemory(0, n)), isPacket);
    }

    public override PollEvents Poll(PollTable? table)
    {
        PollEvents events = 0;
        if (IsReadable)
        {
            table?.Add(Buffer.ReadQueue);
            if (Buffer.Count > 0)
            {
                events |= PollEvents.POLLIN | PollEvents.POLLRDNORM;
            }

            // A FIFO reader that never saw a writer has no hang-up to report.
            if (Buffer.Writers == 0 && (Inode is PseudoInode || Buffer.WriterGeneration != _peerGeneration))
            {
                events |= PollEvents.POLLHUP;
            }
        }

        if (IsWritable)
        {
            table?.Add(Buffer.WriteQueue);
            if (Buffer.Room >= PipeBuffer.AtomicSize)
            {
                events |= PollEvents.POLLOUT | PollEvents.POLLWRNORM;
            }

            if (Buffer.Readers == 0)
            {
                events |= PollEvents.POLLERR;
            }
        }

        return events;
    }

    public override SyscallResult Ioctl(Task task, uint command, ulong argument) => command switch
    {
        Abi.Ioctl.FIONREAD => new UserPtr<int>(argument).TryWrite(task, Buffer.Count) ? 0 : Errno.EFAULT,
        _ => Errno.ENOTTY,
    };

    public override Result<int> PipeSize => Buffer.Capacity;

    public override Result<int> SetPipeSize(Task task, ulong size) => Buffer.SetCapacity(task, size);

    protected override void ReleaseCore()
    {
        if (IsReadable)
        {
            Buffer.DropReader();
        }

        if (IsWritable)
        {
            Buffer.DropWriter();
        }
    }
}

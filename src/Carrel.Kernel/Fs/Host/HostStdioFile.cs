using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Host;

/// <summary>An open description over a <see cref="HostStream"/>: stdin, stdout or stderr of the carrel. Reads and writes use the host file's own offset.</summary>
public sealed class HostStdioFile(HostStreamInode inode, HostStream stream, OpenFlags flags) : FileDescription(inode.FileSystem.Kernel, flags)
{
    private const int ChunkSize = 65536;

    // One for all: it is used with the kernel lock held and for the time of one call.
    private static readonly byte[] s_chunk = new byte[ChunkSize];

    public override Inode Inode => inode;

    public override string LinkText => inode.Type switch
    {
        Mode.S_IFIFO => $"pipe:[{inode.Number}]",
        Mode.S_IFSOCK => $"socket:[{inode.Number}]",
        Mode.S_IFCHR when !stream.IsTerminal => "/dev/null",
        _ => "/dev/console",
    };

    public override bool IsPollable => !inode.IsRegular;

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        long total = 0;
        while (destination.Remaining > 0)
        {
            int n = stream.Read(s_chunk.AsSpan(0, (int)Math.Min(destination.Remaining, ChunkSize)));
            if (n == -(int)Errno.EAGAIN && total == 0)
            {
                if (IsNonBlocking)
                {
                    return Errno.EAGAIN;
                }

                stream.Arm(PollEvents.POLLIN);
                return task.Block(stream.Ready);
            }

            if (n <= 0)
            {
                return total > 0 || n == 0 ? total : (Errno)(-n);
            }

            int copied = destination.CopyOut(s_chunk.AsSpan(0, n));
            total += copied;
            if (destination.Faulted)
            {
                return total > 0 ? total : Errno.EFAULT;
            }

            if (!inode.IsRegular)
            {
                break;
            }
        }

        return total;
    }

    protected override SyscallResult WriteCore(Task task, IoIterator source, long offset)
    {
        RestartRecord restart = task.Restart;
        source.Advance(restart.Progress);
        while (source.Remaining > 0)
        {
            int length = source.CopyIn(s_chunk);
            if (length == 0)
            {
                return restart.Progress > 0 ? restart.Progress : Errno.EFAULT;
            }

            int n = stream.Write(s_chunk.AsSpan(0, length));
            if (n == -(int)Errno.EAGAIN)
            {
                if (IsNonBlocking)
                {
                    return restart.Progress > 0 ? restart.Progress : Errno.EAGAIN;
                }

                stream.Arm(PollEvents.POLLOUT);
                return task.Block(stream.Ready);
            }

            if (n == -(int)Errno.EPIPE)
            {
                task.Signals.SendSigpipeFromOutside();
            }

            if (n < 0)
            {
                return restart.Progress > 0 ? restart.Progress : (Errno)(-n);
            }

            restart.Progress += n;
            source.Revert(length - n);
        }

        return restart.Progress;
    }

    public override PollEvents Poll(PollTable? table)
    {
        PollEvents ready = stream.Poll();
        if (table is not null)
        {
            table.Add(stream.Ready);
            PollEvents wanted = (IsReadable ? PollEvents.POLLIN : 0) | (IsWritable ? PollEvents.POLLOUT : 0);
            stream.Arm(wanted & ~ready);
        }

        PollEvents normal = ((ready & PollEvents.POLLIN) != 0 ? PollEvents.POLLRDNORM : 0) | ((ready & PollEvents.POLLOUT) != 0 ? PollEvents.POLLWRNORM : 0);
        return ready | normal;
    }

    public override Result<long> Seek(long offset, int whence)
    {
        long result = stream.Seek(offset, whence);
        return result < 0 ? (Errno)(-result) : result;
    }

    public override SyscallResult Ioctl(Task task, uint command, ulong argument)
    {
        switch (command)
        {
            case Abi.Ioctl.FIONREAD:
                int available = stream.BytesToRead;
                return available < 0 ? (Errno)(-available) : new UserPtr<int>(argument).TryWrite(task, available) ? 0 : Errno.EFAULT;
            case Abi.Tty.TCGETS when stream.TryGetSettings(out Termios settings):
                return new UserPtr<Termios>(argument).TryWrite(task, settings) ? 0 : Errno.EFAULT;
            case Abi.Tty.TIOCGWINSZ when stream.TryGetWindowSize(out WinSize size):
                return new UserPtr<WinSize>(argument).TryWrite(task, size) ? 0 : Errno.EFAULT;
            default:
                return Errno.ENOTTY;
        }
    }

    protected override void ReleaseCore() => inode.Drop();
}

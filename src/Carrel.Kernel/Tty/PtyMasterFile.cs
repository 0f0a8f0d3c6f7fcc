using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Terminals;

/// <summary>The master side of a pseudo terminal, pty(7), drivers/tty/pty.c.</summary>
public sealed class PtyMasterFile(LinuxKernel kernel, Inode inode, Pty pty, OpenFlags flags) : FileDescription(kernel, flags)
{
    public override Inode Inode { get; } = inode;

    public Pty Pty { get; } = pty;

    private Terminal Terminal => Pty.Terminal;

    // The slave was opened and everybody closed it again: reads end with EIO.
    private bool IsSlaveGone => Terminal.IsHungUp || (Terminal.WasOpened && Terminal.OpenCount == 0);

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        if (destination.Remaining == 0)
        {
            return 0;
        }

        if (Terminal.IsPacketMode && Terminal.PacketStatus != 0)
        {
            Span<byte> status = [Terminal.PacketStatus];
            Terminal.PacketStatus = 0;
            return destination.CopyOut(status) == 1 ? 1 : Errno.EFAULT;
        }

        if (Terminal.OutputCount == 0)
        {
            if (IsSlaveGone)
            {
                return Errno.EIO;
            }

            return IsNonBlocking ? Errno.EAGAIN : task.Block(Terminal.OtherSideQueue);
        }

        Span<byte> buffer = stackalloc byte[4096];
        int header = 0;
        if (Terminal.IsPacketMode)
        {
            Span<byte> data = [Tty.TIOCPKT_DATA];
            header = destination.CopyOut(data);
        }

        int n = Terminal.TakeOutput(buffer[..(int)Math.Min(buffer.Length, destination.Remaining)]);
        int copied = destination.CopyOut(buffer[..n]);
        return copied < n && copied + header == 0 ? Errno.EFAULT : copied + header;
    }

    protected override SyscallResult WriteCore(Task task, IoIterator source, long offset)
    {
        RestartRecord restart = task.Restart;
        source.Advance(restart.Progress);
        Span<byte> buffer = stackalloc byte[512];
        while (source.Remaining > 0)
        {
            if (IsSlaveGone)
            {
                return restart.Progress > 0 ? restart.Progress : Errno.EIO;
            }

            int room = Math.Min(buffer.Length, Terminal.InputRoom);
            if (room == 0)
            {
                if (IsNonBlocking)
                {
                    return restart.Progress > 0 ? restart.Progress : Errno.EAGAIN;
                }

                return task.Block(Terminal.OtherSideQueue);
            }

            int n = source.CopyIn(buffer[..(int)Math.Min(room, source.Remaining)]);
            int taken = Terminal.Type(buffer[..n]);
            if (taken < n)
            {
                source.Revert(n - taken);
            }

            restart.Progress += taken;
            if (source.Faulted)
            {
                return restart.Progress > 0 ? restart.Progress : Errno.EFAULT;
            }
        }

        return restart.Progress;
    }

    public override PollEvents Poll(PollTable? table)
    {
        table?.Add(Terminal.OtherSideQueue);
        PollEvents events = 0;
        if (Terminal.OutputCount > 0)
        {
            events |= PollEvents.POLLIN | PollEvents.POLLRDNORM;
        }

        if (Terminal.IsPacketMode && Terminal.PacketStatus != 0)
        {
            events |= PollEvents.POLLPRI | PollEvents.POLLIN | PollEvents.POLLRDNORM;
        }

        if (IsSlaveGone)
        {
            events |= PollEvents.POLLHUP;
        }

        if (Terminal.InputRoom > 0 || IsSlaveGone)
        {
            events |= PollEvents.POLLOUT | PollEvents.POLLWRNORM;
        }

        return events;
    }

    public override SyscallResult Ioctl(Task task, uint command, ulong argument)
    {
        switch (command)
        {
            case Tty.TIOCGPTN:
                return new UserPtr<int>(argument).TryWrite(task, Pty.Index) ? 0 : Errno.EFAULT;
            case Tty.TIOCSPTLCK:
                if (!new UserPtr<int>(argument).TryRead(task, out int locked))
                {
                    return Errno.EFAULT;
                }

                Pty.IsLocked = locked != 0;
                return 0;
            case Tty.TIOCGPTLCK:
                return new UserPtr<int>(argument).TryWrite(task, Pty.IsLocked ? 1 : 0) ? 0 : Errno.EFAULT;
            case Tty.TIOCPKT:
                if (!new UserPtr<int>(argument).TryRead(task, out int packet))
                {
                    return Errno.EFAULT;
                }

                Terminal.IsPacketMode = packet != 0;
                Terminal.PacketStatus = 0;
                return 0;
            case Tty.TIOCGPKT:
                return new UserPtr<int>(argument).TryWrite(task, Terminal.IsPacketMode ? 1 : 0) ? 0 : Errno.EFAULT;
            case Tty.TIOCSIG:
                if ((int)argument is not (Signal.SIGINT or Signal.SIGQUIT or Signal.SIGTSTP))
                {
                    return Errno.EINVAL;
                }

                TerminalSessions.Signal(Terminal, (int)argument);
                return 0;
            case Tty.TIOCGPTPEER:
                return Pty.OpenPeer(task, (OpenFlags)argument);
            case Tty.TIOCINQ:
                return new UserPtr<int>(argument).TryWrite(task, Terminal.OutputCount) ? 0 : Errno.EFAULT;
            case Tty.TIOCNOTTY or Tty.TIOCSTI:
                return Errno.ENOTTY;
            default:
                return TerminalIoctls.Run(task, Terminal, command, argument, isMaster: true);
        }
    }

    protected override void ReleaseCore() => Pty.Close();
}

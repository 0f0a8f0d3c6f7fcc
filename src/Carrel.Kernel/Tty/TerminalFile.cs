using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Terminals;

/// <summary>An open terminal: /dev/pts/N, /dev/console or /dev/tty.</summary>
public sealed class TerminalFile : FileDescription
{
    public TerminalFile(LinuxKernel kernel, Inode inode, Terminal terminal, OpenFlags flags)
        : base(kernel, flags)
    {
        Inode = inode;
        Terminal = terminal;
        terminal.AddOpen();
    }

    public override Inode Inode { get; }

    public override bool SupportsAsync => true;

    public Terminal Terminal { get; }

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        if (Terminal.IsHungUp)
        {
            return 0;
        }

        Errno error = TerminalSessions.CheckChange(task, Terminal, Signal.SIGTTIN);
        return error != Errno.OK ? error : Terminal.Read(task, destination, IsNonBlocking);
    }

    protected override SyscallResult WriteCore(Task task, IoIterator source, long offset)
    {
        if (Terminal.IsHungUp)
        {
            return Errno.EIO;
        }

        if (Terminal.Settings.HasLocal(Termio.TOSTOP) && task.Restart.Progress == 0)
        {
            Errno error = TerminalSessions.CheckChange(task, Terminal, Signal.SIGTTOU);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        return Terminal.Write(task, source, IsNonBlocking);
    }

    public override PollEvents Poll(PollTable? table) => Terminal.Poll(table);

    public override SyscallResult Ioctl(Task task, uint command, ulong argument) =>
        Terminal.IsHungUp ? Errno.EIO : TerminalIoctls.Run(task, Terminal, command, argument, isMaster: false);

    protected override void ReleaseCore() => Terminal.DropOpen();
}

using System;
using Carrel.Abi;
using Carrel.Kernel.Terminals;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Devtmpfs;

/// <summary>The character devices that a carrel has: mem(4), null(4), full(4), random(4), tty(4), ptmx(4).</summary>
public static class CharacterDevices
{
    private const uint MemoryMajor = 1;
    private const uint TtyMajor = 5;

    /// <summary>Makes them known to open(2).</summary>
    public static void Register(LinuxKernel kernel)
    {
        SpecialFiles files = kernel.SpecialFiles;
        files.RegisterFifo(Ipc.Pipe.Fifo.Open);
        files.RegisterCharacterDevice(MemoryMajor, 3, static (task, path, flags) => new NullFile(task.Kernel, path, flags, NullFile.Kind.Null) { Path = path });
        files.RegisterCharacterDevice(MemoryMajor, 5, static (task, path, flags) => new NullFile(task.Kernel, path, flags, NullFile.Kind.Zero) { Path = path });
        files.RegisterCharacterDevice(MemoryMajor, 7, static (task, path, flags) => new NullFile(task.Kernel, path, flags, NullFile.Kind.Full) { Path = path });
        files.RegisterCharacterDevice(MemoryMajor, 8, static (task, path, flags) => new RandomFile(task.Kernel, path, flags, isPollable: true) { Path = path });
        files.RegisterCharacterDevice(MemoryMajor, 9, static (task, path, flags) => new RandomFile(task.Kernel, path, flags, isPollable: false) { Path = path });
        files.RegisterCharacterDevice(TtyMajor, 0, OpenOwnTerminal);
    }

    /// <summary>/dev/tty: the controlling terminal of the caller's session. ENXIO without one.</summary>
    private static Result<FileDescription> OpenOwnTerminal(Task task, Path path, OpenFlags flags)
    {
        if (task.Group.Session.Terminal is not Terminal terminal)
        {
            return Errno.ENXIO;
        }

        return terminal.IsHungUp ? Errno.EIO : new TerminalFile(task.Kernel, path.Inode, terminal, flags) { Path = path };
    }
}

/// <summary>/dev/null, /dev/zero and /dev/full.</summary>
internal sealed class NullFile(LinuxKernel kernel, Path path, OpenFlags flags, NullFile.Kind kind) : FileDescription(kernel, flags)
{
    private static readonly byte[] s_zeros = new byte[65536];

    internal enum Kind
    {
        Null,
        Zero,
        Full,
    }

    public override Inode Inode { get; } = path.Inode;

    // Reads ignore the position, but lseek and pread are allowed, as on Linux.
    public override bool IsSeekable => true;

    public override bool IsPollable => false;

    public override bool AllowsNoWait => kind != Kind.Full;

    public override bool CanBeSpliced => kind != Kind.Null;

    public override bool CanSpliceInto => kind != Kind.Full;

    // write_full() is a plain ->write.
    public override bool WritesBySegment => kind == Kind.Full;

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        if (kind == Kind.Null)
        {
            return 0;
        }

        long moved = 0;
        while (destination.Remaining > 0 && !destination.Faulted)
        {
            moved += destination.CopyOut(s_zeros);
            if (task.IsInterrupted)
            {
                break;
            }
        }

        return moved == 0 && destination.Faulted ? Errno.EFAULT : moved;
    }

    protected override SyscallResult WriteCore(Task task, IoIterator source, long offset) =>
        kind == Kind.Full ? Errno.ENOSPC : source.Remaining;

    protected override long AppendPosition => 0;

    public override Result<long> Seek(long offset, int whence)
    {
        // null_lseek(): always the beginning.
        Position = 0;
        return 0L;
    }

    /// <summary>/dev/zero maps like anonymous memory.</summary>
    public override bool MapsAsAnonymous => kind == Kind.Zero;
}

/// <summary>/dev/random and /dev/urandom: the host's generator.</summary>
internal sealed class RandomFile(LinuxKernel kernel, Path path, OpenFlags flags, bool isPollable) : FileDescription(kernel, flags)
{
    public override Inode Inode { get; } = path.Inode;

    public override bool IsSeekable => true;

    public override bool IsPollable => isPollable;

    /// <summary>random_poll() of a generator that is ready.</summary>
    public override PollEvents Poll(PollTable? table) => isPollable ? PollEvents.POLLIN | PollEvents.POLLRDNORM : base.Poll(table);

    /// <summary>noop_llseek(); reading never moves the position.</summary>
    public override Result<long> Seek(long offset, int whence)
    {
        Position = 0;
        return 0L;
    }

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        Span<byte> chunk = stackalloc byte[4096];
        long moved = 0;
        while (destination.Remaining > 0 && !destination.Faulted)
        {
            Span<byte> part = chunk[..(int)Math.Min(chunk.Length, destination.Remaining)];
            Kernel.Host.GetRandom(part);
            moved += destination.CopyOut(part);
            if (task.IsInterrupted && moved > 256)
            {
                break;
            }
        }

        return moved == 0 && destination.Faulted ? Errno.EFAULT : moved;
    }

    // What is written is taken as entropy nobody credits.
    protected override SyscallResult WriteCore(Task task, IoIterator source, long offset)
    {
        Span<byte> sink = stackalloc byte[4096];
        long taken = 0;
        while (source.Remaining > 0 && !source.Faulted)
        {
            taken += source.CopyIn(sink);
        }

        return taken == 0 && source.Faulted ? Errno.EFAULT : taken;
    }

    public override SyscallResult Ioctl(Task task, uint command, ulong argument)
    {
        const uint GetEntropyCount = 0x80045200;
        return command == GetEntropyCount ? (new UserPtr<int>(argument).TryWrite(task, 256) ? 0 : Errno.EFAULT) : Errno.EINVAL;
    }
}

using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Terminals;

/// <summary>A pseudo terminal: the terminal and what belongs to its master side.</summary>
public sealed class Pty
{
    private readonly PtyTable _table;

    internal Pty(PtyTable table, int index, Credentials owner)
    {
        _table = table;
        Index = index;
        // Unix98 pty slaves: major 136, 256 minors each.
        ulong major = 136 + ((uint)index >> 8);
        Terminal = new Terminal(table.Kernel, (major << 8) | ((uint)index & 0xff), $"pts/{index}", TerminalSettings.ForPty);
        Node = new PtyInode(table.FileSystem, this, owner);
    }

    public int Index { get; }

    public Terminal Terminal { get; }

    /// <summary>The node in /dev/pts.</summary>
    public PtyInode Node { get; }

    /// <summary>TIOCSPTLCK: opens of the slave fail with EIO until unlocked.</summary>
    public bool IsLocked { get; set; } = true;

    /// <summary>The master is gone: hang up, and the name disappears.</summary>
    public void Close()
    {
        _table.Remove(this);
        Terminal.HangUp();
    }

    /// <summary>TIOCGPTPEER: opens the slave without a path.</summary>
    internal SyscallResult OpenPeer(Task task, OpenFlags flags)
    {
        Result<FileDescription> file = Node.Open(task, default, flags);
        return file.Failed ? file.Error : task.Files.InstallOrRelease(task, file.Value, (flags & OpenFlags.O_CLOEXEC) != 0);
    }
}

/// <summary>The ptys of one devpts instance.</summary>
public sealed class PtyTable(LinuxKernel kernel, FileSystem fileSystem)
{
    // Linux's kernel.pty.max.
    private const int Max = 4096;
    private readonly SortedDictionary<int, Pty> _all = [];

    public LinuxKernel Kernel { get; } = kernel;

    public FileSystem FileSystem { get; } = fileSystem;

    public IEnumerable<Pty> All => _all.Values;

    public Pty? Find(int index) => _all.GetValueOrDefault(index);

    /// <summary>ENOSPC if there are too many.</summary>
    public Result<Pty> Create(Credentials owner)
    {
        int index = 0;
        foreach (int used in _all.Keys)
        {
            if (used != index)
            {
                break;
            }

            index++;
        }

        if (index >= Max)
        {
            return Errno.ENOSPC;
        }

        var pty = new Pty(this, index, owner);
        _all.Add(index, pty);
        return pty;
    }

    internal void Remove(Pty pty) => _all.Remove(pty.Index);
}

/// <summary>/dev/pts/N.</summary>
public sealed class PtyInode : Inode
{
    private readonly Pty _pty;

    internal PtyInode(FileSystem fileSystem, Pty pty, Credentials owner)
        : base(fileSystem)
    {
        _pty = pty;
        Number = (ulong)pty.Index + 3;
        Mode = Abi.Mode.S_IFCHR | 0x190;
        Uid = owner.Fsuid;
        Gid = 5;
        RawDevice = pty.Terminal.Device;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    public override bool OpensItself => true;

    /// <summary>EIO while locked, EBUSY if somebody holds it exclusively.</summary>
    public override Result<FileDescription> Open(Task task, Path path, OpenFlags flags)
    {
        Terminal terminal = _pty.Terminal;
        if (_pty.IsLocked || terminal.IsHungUp)
        {
            return Errno.EIO;
        }

        if (terminal.IsExclusive && !task.Credentials.HasCapability(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EBUSY;
        }

        var file = new TerminalFile(FileSystem.Kernel, this, terminal, flags) { Path = path };
        if ((flags & OpenFlags.O_NOCTTY) == 0)
        {
            TerminalSessions.OnOpen(task, terminal);
        }

        return file;
    }
}

using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Pseudo;

/// <summary>A mountable file system whose tree the kernel makes up: procfs and sysfs.</summary>
public abstract class PseudoTree(LinuxKernel kernel) : FileSystem(kernel)
{
    /// <summary>chmod and chown are taken (in memory).</summary>
    public virtual bool AllowsChange => false;
}

/// <summary>A directory of fixed children, filled when the tree is made.</summary>
public class FixedDirectory : Inode
{
    private readonly List<(string Name, Inode Inode)> _children = [];
    private readonly Dictionary<string, Inode> _byName = [];

    public FixedDirectory(FileSystem fileSystem, uint permissions = 0x16d)
        : base(fileSystem)
    {
        Number = fileSystem.NextInode();
        Mode = Abi.Mode.S_IFDIR | permissions;
        LinkCount = 2;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    /// <summary>Adds a child; returns it.</summary>
    public T Add<T>(string name, T inode) where T : Inode
    {
        _children.Add((name, inode));
        _byName.Add(name, inode);
        LinkCount += inode.IsDirectory ? 1u : 0;
        return inode;
    }

    /// <summary>Adds a file with the text a function makes.</summary>
    public void AddText(string name, Func<Task, string> text, uint permissions = 0x124) =>
        Add(name, new TextInode(FileSystem, FileSystem.NextInode(), permissions, task => text(task)));

    /// <summary>Adds a file that can be read and written (a sysctl).</summary>
    public void AddSetting(string name, Func<Task, string> read, Func<Task, string, Errno> write) =>
        Add(name, new TextInode(FileSystem, FileSystem.NextInode(), 0x1a4, task => read(task), write));

    /// <summary>Adds a symlink.</summary>
    public void AddLink(string name, Func<Task, string> target) => Add(name, new TextLink(FileSystem, task => target(task)));

    public FixedDirectory AddDirectory(string name) => Add(name, new FixedDirectory(FileSystem));

    public override Result<Inode> Lookup(string name) => _byName.TryGetValue(name, out Inode? inode) ? Result<Inode>.Of(inode) : Errno.ENOENT;

    public override Errno ReadDirectory(Task task, ref long position, IDirectorySink sink)
    {
        for (int i = (int)Math.Clamp(position - 2, 0, int.MaxValue); i < _children.Count; i++)
        {
            (string name, Inode inode) = _children[i];
            if (!sink.Add(name, inode.Number, (byte)(inode.Type >> 12), i + 3))
            {
                return Errno.OK;
            }

            position = i + 3;
        }

        return Errno.OK;
    }

    public override Errno SetAttributes(Task? task, in AttributeChange change) =>
        FileSystem is PseudoTree { AllowsChange: true } ? base.SetAttributes(task, change) : Errno.EPERM;

    /// <summary>Nothing can be made in a made-up directory: an open with O_CREAT gives ENOENT, as procfs does.</summary>
    public override Result<Inode> Create(string name, uint mode, ulong device, Credentials credentials) => Errno.ENOENT;

    /// <summary>Number of fixed children: dynamic directories continue behind them.</summary>
    protected int FixedCount => _children.Count;
}

/// <summary>A symlink whose text depends on who reads it.</summary>
public sealed class TextLink : Inode
{
    private readonly Func<Task, Result<string>> _target;

    public TextLink(FileSystem fileSystem, Func<Task, Result<string>> target)
        : base(fileSystem)
    {
        _target = target;
        Number = fileSystem.NextInode();
        Mode = Abi.Mode.S_IFLNK | 0x1ff;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    public override Result<string> ReadLink(Task task) => _target(task);
}

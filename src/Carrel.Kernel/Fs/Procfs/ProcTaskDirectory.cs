using System;
using System.Collections.Generic;
using System.Globalization;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Namespaces;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/PID, and /proc/PID/task/TID.</summary>
internal sealed class ProcTaskDirectory : FixedDirectory
{
    private bool _isFilled;

    public ProcTaskDirectory(FileSystem fileSystem, Task task, bool isThread)
        : base(fileSystem)
    {
        Task = task;
        IsThread = isThread;
        Number = NumberOf(task.Tid);
        LinkCount = isThread ? 6u : 7u; // fd, fdinfo, ns, net; task
        Refresh();
    }

    /// <summary>Makes the children. Nearly every program asks for its "exe" at its start, few for anything else, so that one is there before.</summary>
    private void Fill()
    {
        if (_isFilled)
        {
            return;
        }

        _isFilled = true;
        uint links = LinkCount;
        FileSystem fileSystem = FileSystem;
        Task task = Task;
        ProcTaskFiles.Add(this, task);
        Add("fd", new ProcFdDirectory(fileSystem, task, isInfo: false));
        Add("fdinfo", new ProcFdDirectory(fileSystem, task, isInfo: true));
        Add("exe", Exe);
        AddMagicLink("cwd", reader => task.Group.IsZombie ? Errno.ENOENT : ProcAccess.Check(reader, task) is var e and not Errno.OK ? e : task.Fs.WorkingDirectory);
        AddMagicLink("root", reader => task.Group.IsZombie ? Errno.ENOENT : ProcAccess.Check(reader, task) is var e and not Errno.OK ? e : task.Fs.Root);
        FixedDirectory namespaces = AddDirectory("ns");
        foreach (NamespaceKind kind in NamespaceKind.All)
        {
            namespaces.Add(kind.Link, new ProcNamespaceLink(fileSystem, task, kind));
        }

        if (!IsThread)
        {
            Add("task", new ProcThreadsDirectory(fileSystem, task.Group));
        }

        FixedDirectory net = AddDirectory("net");
        ProcNetFiles.Add(net);
        LinkCount = links; // was right from the start
    }

    private ProcMagicLink Exe => field ??= new ProcMagicLink(FileSystem, this, reader => Task.Group.IsZombie ? Errno.ENOENT : ProcAccess.Check(reader, Task) is var e and not Errno.OK ? e : Task.Mm.Layout.Executable is { } file ? Result<Path>.Of(file.Path) : Errno.ENOENT);

    public Task Task { get; }

    public bool IsThread { get; }

    public bool IsAlive => Task.State != TaskState.Dead && FileSystem.Kernel.Pids.FindTask(Task.Tid) == Task;

    /// <summary>The inode number of a process's directory.</summary>
    public static ulong NumberOf(int tid) => 0x10000 + ((ulong)tid << 8);

    /// <summary>A process that is not dumpable belongs to root (task_dump_owner()).</summary>
    public override Errno Refresh()
    {
        (Uid, Gid) = ProcAccess.OwnerOf(Task);
        return Errno.OK;
    }

    public override bool IsImmutable => true;

    /// <summary>proc_pid_permission(): with hidepid= a process is its own business.</summary>
    public override Errno? CheckPermission(Task task, int mask) =>
        ((ProcfsFileSystem)FileSystem).Settings.Allows(task, Task, ProcfsOptions.Hiding.NoAccess) ? null : Errno.EPERM;

    /// <summary>chown(-1, -1) changes nothing and is let pass (notify_change()).</summary>
    public override Errno SetAttributes(Task? task, in AttributeChange change) => change == default ? Errno.OK : Errno.EPERM;

    public override Result<Inode> Lookup(string name)
    {
        if (!IsAlive)
        {
            return Errno.ESRCH;
        }

        if (name == "exe")
        {
            return Exe;
        }

        Fill();
        return base.Lookup(name);
    }

    public override bool RevalidateChild(Dentry child) => IsAlive;

    public override Errno ReadDirectory(Task task, ref long position, IDirectorySink sink)
    {
        if (!IsAlive)
        {
            return Errno.ENOENT;
        }

        Fill();
        return base.ReadDirectory(task, ref position, sink);
    }

    private void AddMagicLink(string name, Func<Task, Result<Path>> target) => Add(name, new ProcMagicLink(FileSystem, this, target));
}

/// <summary>A link that leads to an object, not to a name.</summary>
internal sealed class ProcMagicLink : Inode
{
    private readonly Func<Task, Result<Path>> _target;
    private readonly ProcTaskDirectory? _owner;

    public ProcMagicLink(FileSystem fileSystem, ProcTaskDirectory? owner, Func<Task, Result<Path>> target, uint permissions = 0x1ff)
        : base(fileSystem)
    {
        _target = target;
        _owner = owner;
        Number = fileSystem.NextInode();
        Mode = Abi.Mode.S_IFLNK | permissions;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
        Refresh();
    }

    public override Errno Refresh()
    {
        if (_owner is not null)
        {
            (Uid, Gid) = (_owner.Uid, _owner.Gid);
        }

        return Errno.OK;
    }

    public override Result<string> ReadLink(Task task)
    {
        Result<Path> path = _target(task);
        return path.Failed ? path.Error : PathName.Format(path.Value, task.Fs.Root);
    }

    public override Result<Path>? FollowMagicLink(Task task) => _target(task);
}

/// <summary>/proc/PID/task.</summary>
internal sealed class ProcThreadsDirectory : Inode
{
    private readonly ThreadGroup _group;
    private readonly Dictionary<Task, ProcTaskDirectory> _directories = [];

    public ProcThreadsDirectory(FileSystem fileSystem, ThreadGroup group)
        : base(fileSystem)
    {
        _group = group;
        Number = fileSystem.NextInode();
        Mode = Abi.Mode.S_IFDIR | 0x16d;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
        Refresh();
    }

    private PidTable Pids => ((ProcfsFileSystem)FileSystem).Pids;

    public override Errno Refresh()
    {
        LinkCount = 2 + (uint)_group.Tasks.Count;
        return Errno.OK;
    }

    public override bool RevalidateChild(Dentry child) => child.Inode is ProcTaskDirectory { IsAlive: true } directory && directory.Task.Group == _group;

    public override Result<Inode> Lookup(string name)
    {
        int tid = ProcRoot.ParsePid(name);
        Task? task = tid == 0 ? null : Pids.FindTask(tid);
        if (task is null || task.Group != _group)
        {
            return Errno.ENOENT;
        }

        if (!_directories.TryGetValue(task, out ProcTaskDirectory? directory) || !directory.IsAlive)
        {
            foreach (Task dead in new List<Task>(_directories.Keys))
            {
                if (!_directories[dead].IsAlive)
                {
                    _directories.Remove(dead);
                }
            }

            directory = new ProcTaskDirectory(FileSystem, task, isThread: true);
            _directories[task] = directory;
        }

        return directory;
    }

    public override Errno ReadDirectory(Task task, ref long position, IDirectorySink sink)
    {
        var ids = _group.Tasks.ConvertAll(t => (Own: t.PidEntry.NumberIn(Pids), t.Tid));
        ids.Sort();
        foreach ((int tid, int number) in ids)
        {
            if (tid + 2 < position)
            {
                continue;
            }

            if (!sink.Add(tid.ToString(CultureInfo.InvariantCulture), ProcTaskDirectory.NumberOf(number), Dirent.DT_DIR, tid + 3L))
            {
                return Errno.OK;
            }

            position = tid + 3L;
        }

        return Errno.OK;
    }
}

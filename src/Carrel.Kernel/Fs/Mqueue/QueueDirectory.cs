using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Mqueue;

/// <summary>The root of mqueue: queues by name. Like /tmp it is open to all, each to his own.</summary>
internal sealed class QueueDirectory : Inode
{
    private const long EntrySize = 20;
    private readonly MqueueFileSystem _fs;
    private readonly SortedList<long, (string Name, QueueInode Inode)> _byPosition = [];
    private readonly Dictionary<string, long> _positions = [];
    private long _lastPosition = 2;

    public QueueDirectory(MqueueFileSystem fs)
        : base(fs)
    {
        _fs = fs;
        Number = fs.NextInode();
        Mode = Abi.Mode.S_IFDIR | Abi.Mode.S_ISVTX | Abi.Mode.S_IRWXUGO;
        LinkCount = 2;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fs.Kernel.Clock.RealtimeSpec;
    }

    public override long Size => (2 + _positions.Count) * EntrySize;

    public override long Blocks => 0;

    // Names come and go through mq_open and mq_unlink as well.
    public override bool RevalidateChild(Dentry child) => child.Inode == Find(child.Name);

    public override Result<Inode> Lookup(string name) => Find(name) is { } inode ? Result<Inode>.Of(inode) : Errno.ENOENT;

    private QueueInode? Find(string name) => _positions.TryGetValue(name, out long position) ? _byPosition[position].Inode : null;

    /// <summary>creat(2): a queue with the default attributes.</summary>
    public override Result<Inode> Create(string name, uint mode, ulong device, Credentials credentials) =>
        (mode & Abi.Mode.S_IFMT) == Abi.Mode.S_IFREG && _fs.Kernel.Current is { } task ? Create(task, name, mode, null) : Errno.EPERM;

    /// <summary>mqueue_create_attr().</summary>
    public Result<Inode> Create(Task task, string name, uint mode, MqAttr? attributes)
    {
        Result<QueueInode> made = _fs.Create(task, mode, attributes);
        if (made.Failed)
        {
            return made.Error;
        }

        _positions.Add(name, ++_lastPosition);
        _byPosition.Add(_lastPosition, (name, made.Value));
        Touch();
        return Result<Inode>.Of(made.Value);
    }

    public override Errno Unlink(string name, Inode child)
    {
        if (_positions.Remove(name, out long position))
        {
            _byPosition.Remove(position);
        }

        child.LinkCount = 0;
        Touch();
        return Errno.OK;
    }

    public override Errno ReadDirectory(Task task, ref long position, IDirectorySink sink)
    {
        foreach ((long at, (string name, QueueInode inode)) in _byPosition)
        {
            if (at < position)
            {
                continue;
            }

            if (!sink.Add(name, inode.Number, Dirent.DT_REG, at + 1))
            {
                return Errno.OK;
            }

            position = at + 1;
        }

        return Errno.OK;
    }

    public void Clear()
    {
        foreach ((string name, QueueInode inode) in new List<(string, QueueInode)>(_byPosition.Values))
        {
            Unlink(name, inode);
            inode.EvictIfUnused();
        }
    }

    private void Touch() => AccessTime = ModifyTime = ChangeTime = _fs.Kernel.Clock.RealtimeSpec;
}

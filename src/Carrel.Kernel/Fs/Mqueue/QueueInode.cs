using System;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Ipc.PosixQueue;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Mqueue;

/// <summary>A message queue as a file.</summary>
internal sealed class QueueInode : Inode
{
    private readonly MqueueFileSystem _fs;
    private readonly uint _chargedUid;
    private readonly long _charge;
    private bool _isEvicted;

    public QueueInode(MqueueFileSystem fs, PosixQueue queue, uint mode, Credentials owner, long charge)
        : base(fs)
    {
        _fs = fs;
        Queue = queue;
        _chargedUid = owner.Uid;
        _charge = charge;
        Number = fs.NextInode();
        Mode = Abi.Mode.S_IFREG | (mode & Abi.Mode.S_IALLUGO);
        Uid = owner.Fsuid;
        Gid = owner.Fsgid;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fs.Kernel.Clock.RealtimeSpec;
    }

    public PosixQueue Queue { get; }

    /// <summary>FILENT_SIZE.</summary>
    public override long Size => 80;

    public override long Blocks => 0;

    public override Result<FileDescription> Open(Task task, Path path, OpenFlags flags) => new QueueFile(this, flags) { Path = path };

    public override Errno SetAttributes(Task? task, in AttributeChange change)
    {
        ApplyAttributes(change);
        return Errno.OK;
    }

    /// <summary>mqueue_evict_inode().</summary>
    public override void Evict()
    {
        if (!_isEvicted)
        {
            _isEvicted = true;
            Queue.Clear();
            _fs.Kernel.QueueCharges.Uncharge(_chargedUid, _charge);
            _fs.QueueCount--;
        }
    }

    public void Touch() => AccessTime = ModifyTime = ChangeTime = _fs.Kernel.Clock.RealtimeSpec;
}

/// <summary>An open message queue. Reading the file shows its state; messages go through mq_timedsend and mq_timedreceive.</summary>
internal sealed class QueueFile(QueueInode inode, OpenFlags flags) : FileDescription(inode.FileSystem.Kernel, flags)
{
    public override Inode Inode => inode;

    public PosixQueue Queue => inode.Queue;

    public override bool IsSeekable => true;

    public void Touch() => inode.Touch();

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        byte[] text = Encoding.Latin1.GetBytes(Queue.Describe());
        if (offset >= text.Length)
        {
            return 0;
        }

        int n = destination.CopyOut(text.AsSpan((int)offset));
        return n == 0 && destination.Faulted ? Errno.EFAULT : n;
    }

    public override Result<long> Seek(long offset, int whence)
    {
        long target = whence switch
        {
            Abi.Seek.SEEK_SET => offset,
            Abi.Seek.SEEK_CUR => Position + offset,
            Abi.Seek.SEEK_END => inode.Size + offset,
            _ => -1,
        };
        if (target < 0)
        {
            return Errno.EINVAL;
        }

        Position = target;
        return target;
    }

    public override PollEvents Poll(PollTable? table)
    {
        table?.Add(Queue.Changed);
        PollEvents events = Queue.Count > 0 ? PollEvents.POLLIN | PollEvents.POLLRDNORM : 0;
        return Queue.IsFull ? events : events | PollEvents.POLLOUT | PollEvents.POLLWRNORM;
    }

    /// <summary>Closing any descriptor of the queue ends the process's registration, mq_notify(3).</summary>
    public override void OnDescriptorClosed(Task task) => Queue.Unregister(task.Group);
}

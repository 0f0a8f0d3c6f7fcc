using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Ipc.PosixQueue;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Mqueue;

/// <summary>mqueue: one directory with the message queues of an IPC namespace. It exists mounted or not; mounts show it.</summary>
public sealed class MqueueFileSystem : FileSystem
{
    private readonly QueueDirectory _root;

    internal MqueueFileSystem(LinuxKernel kernel)
        : base(kernel)
    {
        _root = new QueueDirectory(this);
    }

    public override string TypeName => "mqueue";

    public override long Magic => SuperMagic.MQUEUE_MAGIC;

    public override Inode Root => _root;

    public override string Source { get; set; } = "mqueue";

    /// <summary>fs.mqueue.queues_max.</summary>
    public long QueuesMax { get; set; } = 256;

    /// <summary>fs.mqueue.msg_max: messages without CAP_SYS_RESOURCE.</summary>
    public long MessagesMax { get; set; } = 10;

    /// <summary>fs.mqueue.msg_default: where no attributes are given.</summary>
    public long MessagesDefault { get; set; } = 10;

    /// <summary>fs.mqueue.msgsize_max.</summary>
    public long MessageSizeMax { get; set; } = 8192;

    /// <summary>fs.mqueue.msgsize_default.</summary>
    public long MessageSizeDefault { get; set; } = 8192;

    /// <summary>HARD_MSGMAX, HARD_MSGSIZEMAX.</summary>
    public const long HardMessages = 65536, HardSize = 16 << 20;

    /// <summary>Queues that exist, unlinked ones in use included.</summary>
    public int QueueCount { get; internal set; }

    /// <summary>The namespace ends: what is not open goes.</summary>
    internal void Destroy() => _root.Clear();

    /// <summary>mqueue_get_inode(): the limits, then the charge against RLIMIT_MSGQUEUE.</summary>
    internal Result<QueueInode> Create(Task task, uint mode, MqAttr? attributes)
    {
        const long MessageOverhead = 48, TreeNode = 48;
        bool isPrivileged = task.IsCapable(Capability.CAP_SYS_RESOURCE);
        if (QueueCount >= QueuesMax && !isPrivileged)
        {
            return Errno.ENOSPC;
        }

        (long messages, long size) = attributes is { } wanted ? (wanted.Maxmsg, wanted.Msgsize)
            : (System.Math.Min(MessagesMax, MessagesDefault), System.Math.Min(MessageSizeMax, MessageSizeDefault));
        if (messages <= 0 || size <= 0
            || messages > (isPrivileged ? HardMessages : MessagesMax) || size > (isPrivileged ? HardSize : MessageSizeMax))
        {
            return Errno.EINVAL;
        }

        long bytes = (messages * (size + MessageOverhead)) + (System.Math.Min(messages, Abi.Ipc.MQ_PRIO_MAX) * TreeNode);
        if (!Kernel.QueueCharges.TryCharge(task.Credentials.Uid, bytes, task.Limit(Rlimit.RLIMIT_MSGQUEUE)))
        {
            return Errno.EMFILE;
        }

        QueueCount++;
        return new QueueInode(this, new PosixQueue(Kernel, messages, size), mode, task.Credentials, bytes);
    }
}

/// <summary>What each uid's queues take of its RLIMIT_MSGQUEUE (UCOUNT_RLIMIT_MSGQUEUE).</summary>
internal sealed class QueueCharges
{
    private readonly Dictionary<uint, long> _bytes = [];

    public bool TryCharge(uint uid, long bytes, ulong limit)
    {
        long sum = _bytes.GetValueOrDefault(uid) + bytes;
        if ((ulong)sum > limit)
        {
            return false;
        }

        _bytes[uid] = sum;
        return true;
    }

    public void Uncharge(uint uid, long bytes)
    {
        long left = _bytes.GetValueOrDefault(uid) - bytes;
        if (left <= 0)
        {
            _bytes.Remove(uid);
        }
        else
        {
            _bytes[uid] = left;
        }
    }
}

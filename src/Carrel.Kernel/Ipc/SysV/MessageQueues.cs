using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>The System V message queues of a namespace.</summary>
public sealed class MessageQueues
{
    private const int BytesPerQueue = 512;
    private readonly IpcNamespace _namespace;

    internal MessageQueues(IpcNamespace @namespace) => _namespace = @namespace;

    internal IpcTable<MessageQueue> Table { get; } = new(Abi.Ipc.MSGMNI);

    internal IpcMemory Memory => _namespace.Kernel.IpcMemory;

    /// <summary>By rising slot, for /proc/sysvipc/msg.</summary>
    public IEnumerable<MessageQueue> Queues => Table.All;

    /// <summary>msg_hdrs: messages that wait.</summary>
    public int MessageCount { get; private set; }

    /// <summary>msg_bytes.</summary>
    public int MessageBytes { get; private set; }

    internal long Now => _namespace.Kernel.Clock.Realtime / KernelClock.NanosecondsPerSecond;

    internal void OnMessages(int count, int bytes)
    {
        MessageCount += count;
        MessageBytes += bytes;
    }

    /// <summary>newque().</summary>
    internal Result<int> Create(Task task, int key, int flags)
    {
        if (Table.Count >= Table.Limit)
        {
            return Errno.ENOSPC;
        }

        if (!Memory.TryCharge(BytesPerQueue))
        {
            return Errno.ENOMEM;
        }

        var queue = new MessageQueue(this, task, key, flags);
        Table.Add(queue);
        return queue.Id;
    }

    internal void Remove(MessageQueue queue)
    {
        Table.Remove(queue);
        Memory.Uncharge(BytesPerQueue);
        queue.OnRemoved();
    }

    internal void Destroy()
    {
        foreach (MessageQueue queue in new List<MessageQueue>(Table.All))
        {
            Remove(queue);
        }
    }
}

using System.Collections.Generic;
using System.Globalization;
using Carrel.Abi;

namespace Carrel.Kernel.Ipc.PosixQueue;

/// <summary>A message of a POSIX queue.</summary>
internal sealed record PosixMessage(uint Priority, byte[] Text);

/// <summary>A POSIX message queue, mq_overview(7): messages by priority, then by age (Linux's mqueue_inode_info).</summary>
internal sealed class PosixQueue(LinuxKernel kernel, long maxMessages, long messageSize)
{
    private readonly PriorityQueue<PosixMessage, (long, long)> _messages = new();
    private readonly LinkedList<PosixQueueWaiter> _receivers = new();
    private readonly LinkedList<PosixQueueWaiter> _senders = new();
    private long _sequence;

    public long MaxMessages => maxMessages;

    public long MessageSize => messageSize;

    public int Count => _messages.Count;

    /// <summary>Bytes of all messages.</summary>
    public long Bytes { get; private set; }

    /// <summary>For poll.</summary>
    public WaitQueue Changed { get; } = new();

    /// <summary>Who is told of the next message in an empty queue.</summary>
    public PosixQueueNotification? Notification { get; private set; }

    public bool IsFull => Count >= maxMessages;

    /// <summary>Hands the message to the receiver that waits longest, or keeps it and notifies. The queue has room. False: no memory.</summary>
    public bool Send(Task task, PosixMessage message)
    {
        if (_receivers.First is { } receiver)
        {
            receiver.Value.Complete(message);
            return true;
        }

        if (!Insert(message))
        {
            return false;
        }

        if (Count == 1 && Notification is { } notification)
        {
            Notification = null;
            notification.Deliver(task);
        }

        Changed.WakeAll(PollEvents.POLLIN | PollEvents.POLLRDNORM);
        return true;
    }

    /// <summary>Takes the first message; the sender that waits longest gets its place.</summary>
    public PosixMessage Receive()
    {
        PosixMessage message = _messages.Dequeue();
        Bytes -= message.Text.Length;
        kernel.IpcMemory.Uncharge(Cost(message));
        if (_senders.First is { } sender && Insert(sender.Value.Message!))
        {
            sender.Value.Complete(null);
        }
        else
        {
            Changed.WakeAll(PollEvents.POLLOUT | PollEvents.POLLWRNORM);
        }

        return message;
    }

    private bool Insert(PosixMessage message)
    {
        if (!kernel.IpcMemory.TryCharge(Cost(message)))
        {
            return false;
        }

        _messages.Enqueue(message, (-(long)message.Priority, ++_sequence));
        Bytes += message.Text.Length;
        return true;
    }

    public void Enqueue(PosixQueueWaiter waiter) => waiter.Enter(waiter.Message is null ? _receivers : _senders);

    /// <summary>False: somebody is registered already (EBUSY).</summary>
    public bool Register(PosixQueueNotification notification)
    {
        if (Notification is not null)
        {
            return false;
        }

        Notification = notification;
        return true;
    }

    /// <summary>The registration of this process ends (remove_notification()).</summary>
    public void Unregister(ThreadGroup owner)
    {
        if (Notification?.Owner == owner)
        {
            PosixQueueNotification notification = Notification;
            Notification = null;
            notification.OnRemoved();
        }
    }

    /// <summary>Nobody can reach the queue any more.</summary>
    public void Clear()
    {
        while (_messages.TryDequeue(out PosixMessage? message, out _))
        {
            kernel.IpcMemory.Uncharge(Cost(message));
        }

        Bytes = 0;
    }

    /// <summary>What read(2) of the queue's file gives (mqueue_read_file()).</summary>
    public string Describe()
    {
        int notify = Notification?.Kind ?? 0;
        int signal = Notification is { Kind: SigEvent.SIGEV_SIGNAL } ? Notification.Signal : 0;
        int pid = Notification is { Owner.IsReaped: false } ? Notification.Owner.Pid : 0;
        return string.Create(CultureInfo.InvariantCulture, $"QSIZE:{Bytes,-10} NOTIFY:{notify,-5} SIGNO:{signal,-5} NOTIFY_PID:{pid,-6}\n");
    }

    private static long Cost(PosixMessage message) => 128 + message.Text.Length;
}

/// <summary>A mq_timedsend or mq_timedreceive that waits (Linux's ext_wait_queue).</summary>
/// <param name="queue">Where.</param>
/// <param name="message">What a sender sends; null for a receiver.</param>
internal sealed class PosixQueueWaiter(PosixQueue queue, PosixMessage? message) : IAbandonable
{
    private LinkedListNode<PosixQueueWaiter>? _node;

    public PosixQueue PosixQueue => queue;

    /// <summary>What is to be sent, or what was received.</summary>
    public PosixMessage? Message { get; private set; } = message;

    public bool IsDone { get; private set; }

    public WaitQueue Queue { get; } = new();

    public void Enter(LinkedList<PosixQueueWaiter> list) => _node = list.AddLast(this);

    public void Complete(PosixMessage? received)
    {
        Message = received;
        IsDone = true;
        Abandon();
        Queue.WakeAll();
    }

    public void Abandon()
    {
        _node?.List?.Remove(_node);
        _node = null;
    }
}

using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>A message: its type and bytes.</summary>
internal sealed record SysVMessage(long Type, byte[] Text);

/// <summary>Which message a receiver wants (convert_mode()).</summary>
internal enum MessageSearch { Any, Equal, NotEqual, LessOrEqual, Number }

/// <summary>A System V message queue (Linux's msg_queue).</summary>
public sealed class MessageQueue : IpcObject
{
    private readonly LinkedList<SysVMessage> _messages = new();
    private readonly LinkedList<MessageReceiver> _receivers = new();
    private readonly MessageQueues _table;

    internal MessageQueue(MessageQueues table, Task creator, int key, int flags)
        : base(creator, key, flags)
    {
        _table = table;
        ChangeTime = table.Now;
    }

    /// <summary>msg_qbytes: what fits.</summary>
    public ulong Capacity { get; private set; } = Abi.Ipc.MSGMNB;

    public ulong Bytes { get; private set; }

    public int Count => _messages.Count;

    public long SendTime { get; private set; }

    public long ReceiveTime { get; private set; }

    public int LastSender { get; private set; }

    public int LastReceiver { get; private set; }

    /// <summary>Woken, first come first served, when there may be room.</summary>
    internal WaitQueue Senders { get; } = new();

    /// <summary>msg_fits_inqueue().</summary>
    internal bool HasRoom(int length) => (ulong)length + Bytes <= Capacity && (ulong)Count + 1 <= Capacity;

    /// <summary>Gives the message to a waiting receiver (pipelined_send()), or keeps it. False: no memory.</summary>
    internal bool Send(Task task, SysVMessage message)
    {
        if (!TryHandOver(message))
        {
            if (!_table.Memory.TryCharge(Cost(message)))
            {
                return false;
            }

            _messages.AddLast(message);
            Bytes += (ulong)message.Text.Length;
            _table.OnMessages(1, message.Text.Length);
        }

        LastSender = task.Pid;
        SendTime = _table.Now;
        return true;
    }

    private bool TryHandOver(SysVMessage message)
    {
        LinkedListNode<MessageReceiver>? node = _receivers.First;
        while (node is not null)
        {
            LinkedListNode<MessageReceiver>? next = node.Next;
            MessageReceiver receiver = node.Value;
            if (receiver.Wants(message))
            {
                if (message.Text.Length > receiver.MaxSize)
                {
                    receiver.Complete(null, Errno.E2BIG);
                }
                else
                {
                    LastReceiver = receiver.Pid;
                    ReceiveTime = _table.Now;
                    receiver.Complete(message, Errno.OK);
                    return true;
                }
            }

            node = next;
        }

        return false;
    }

    /// <summary>find_msg().</summary>
    internal SysVMessage? Find(MessageSearch search, long type)
    {
        SysVMessage? found = null;
        long number = 0;
        foreach (SysVMessage message in _messages)
        {
            if (search == MessageSearch.Number ? number++ == type : Matches(message, search, type))
            {
                found = message;
                if (search != MessageSearch.LessOrEqual || message.Type == 1)
                {
                    break;
                }

                // A lower type still may come.
                type = message.Type - 1;
            }
        }

        return found;
    }

    internal static bool Matches(SysVMessage message, MessageSearch search, long type) => search switch
    {
        MessageSearch.Any or MessageSearch.Number => true,
        MessageSearch.LessOrEqual => message.Type <= type,
        MessageSearch.Equal => message.Type == type,
        _ => message.Type != type,
    };

    /// <summary>Takes a found message out.</summary>
    internal void Take(Task task, SysVMessage message)
    {
        Drop(message);
        ReceiveTime = _table.Now;
        LastReceiver = task.Pid;
        Senders.WakeAll();
    }

    private void Drop(SysVMessage message)
    {
        _messages.Remove(message);
        Bytes -= (ulong)message.Text.Length;
        _table.Memory.Uncharge(Cost(message));
        _table.OnMessages(-1, -message.Text.Length);
    }

    internal void Enqueue(MessageReceiver receiver) => receiver.Enter(_receivers);

    /// <summary>IPC_SET: everybody looks again at permissions and room.</summary>
    internal void OnChanged(ulong capacity)
    {
        Capacity = capacity;
        CompleteAll(Errno.EAGAIN);
        Senders.WakeAll();
    }

    /// <summary>freeque().</summary>
    internal void OnRemoved()
    {
        CompleteAll(Errno.EIDRM);
        Senders.WakeAll();
        while (_messages.First is { } node)
        {
            Drop(node.Value);
        }
    }

    private void CompleteAll(Errno error)
    {
        while (_receivers.First is { } node)
        {
            node.Value.Complete(null, error);
        }
    }

    private static long Cost(SysVMessage message) => 96 + message.Text.Length;
}

/// <summary>A msgrcv that waits (Linux's msg_receiver). A sender hands its message over directly.</summary>
internal sealed class MessageReceiver(Task task, MessageQueue queue, MessageSearch search, long type, long maxSize) : IpcWaiter<MessageReceiver>
{
    public MessageQueue MessageQueue => queue;

    public int Pid { get; } = task.Pid;

    /// <summary>int.MaxValue with MSG_NOERROR.</summary>
    public long MaxSize => maxSize;

    public SysVMessage? Message { get; private set; }

    /// <summary>Null while it waits; EAGAIN: look again.</summary>
    public Errno? Result { get; private set; }

    public bool Wants(SysVMessage message) => MessageQueue.Matches(message, search, type);

    public void Complete(SysVMessage? message, Errno result)
    {
        Message = message;
        Result = result;
        Abandon();
        Queue.WakeAll();
    }
}

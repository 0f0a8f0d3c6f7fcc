using System;
using Carrel.Abi;
using Carrel.Kernel.Ipc.SysV;

namespace Carrel.Kernel.Syscalls;

/// <summary>msgget(2), msgop(2), msgctl(2). Order of errors as ipc/msg.c.</summary>
public static class MessageQueueSyscalls
{
    /// <summary>A msgsnd that waits: the message was copied in once.</summary>
    private sealed record PendingSend(MessageQueue Queue, SysVMessage Message);

    [Syscall(Nr.msgget)]
    public static SyscallResult Msgget(Task task, int key, IpcGetFlags flags)
    {
        MessageQueues queues = task.Namespaces.Ipc.Messages;
        return queues.Table.Get(task, key, (int)flags, () => queues.Create(task, key, (int)flags), static _ => true);
    }

    [Syscall(Nr.msgsnd)]
    public static SyscallResult Msgsnd(Task task, int id, UserPtr<long> message, ulong size, MsgFlags flags)
    {
        if (task.Restart.State is PendingSend pending)
        {
            return Send(task, pending, flags);
        }

        if (!message.TryRead(task, out long type))
        {
            return Errno.EFAULT;
        }

        if (size > Abi.Ipc.MSGMAX || id < 0 || type < 1)
        {
            return Errno.EINVAL;
        }

        var text = new byte[size];
        if (!new UserBuffer(message.Address + sizeof(long), size).TryRead(task, text))
        {
            return Errno.EFAULT;
        }

        Result<MessageQueue> found = task.Namespaces.Ipc.Messages.Table.Find(id);
        return found.Failed ? found.Error : Send(task, new PendingSend(found.Value, new SysVMessage(type, text)), flags);
    }

    private static SyscallResult Send(Task task, PendingSend pending, MsgFlags flags)
    {
        MessageQueue queue = pending.Queue;
        if (queue.IsRemoved)
        {
            return Errno.EIDRM;
        }

        if (!queue.Allows(task, IpcObject.WriteAll))
        {
            return Errno.EACCES;
        }

        if (queue.HasRoom(pending.Message.Text.Length))
        {
            return queue.Send(task, pending.Message) ? 0 : Errno.ENOMEM;
        }

        if ((flags & MsgFlags.IPC_NOWAIT) != 0)
        {
            return Errno.EAGAIN;
        }

        task.Restart.State = pending;
        task.Sleep.Add(queue.Senders, isExclusive: true);
        return task.Block(long.MaxValue, default, Errno.ERESTARTNOHAND);
    }

    [Syscall(Nr.msgrcv)]
    public static SyscallResult Msgrcv(Task task, int id, UserPtr<long> buffer, ulong size, long type, MsgFlags flags)
    {
        if (task.Restart.State is MessageReceiver { Result: not Errno.EAGAIN } receiver)
        {
            return Wait(task, receiver, buffer, size);
        }

        if (id < 0 || (long)size < 0)
        {
            return Errno.EINVAL;
        }

        bool isCopy = (flags & MsgFlags.MSG_COPY) != 0;
        if (isCopy && ((flags & MsgFlags.MSG_EXCEPT) != 0 || (flags & MsgFlags.IPC_NOWAIT) == 0))
        {
            return Errno.EINVAL;
        }

        MessageSearch search = Search(ref type, flags);
        Result<MessageQueue> found = task.Restart.State is MessageReceiver again ? again.MessageQueue : task.Namespaces.Ipc.Messages.Table.Find(id);
        if (found.Failed)
        {
            return found.Error;
        }

        MessageQueue queue = found.Value;
        if (!queue.Allows(task, IpcObject.ReadAll))
        {
            return Errno.EACCES;
        }

        if (queue.IsRemoved)
        {
            return Errno.EIDRM;
        }

        if (queue.Find(search, type) is { } message)
        {
            if (size < (ulong)message.Text.Length && (flags & MsgFlags.MSG_NOERROR) == 0)
            {
                return Errno.E2BIG;
            }

            if (!isCopy)
            {
                queue.Take(task, message);
            }

            return Fill(task, message, buffer, size);
        }

        if ((flags & MsgFlags.IPC_NOWAIT) != 0)
        {
            return Errno.ENOMSG;
        }

        var waiter = new MessageReceiver(task, queue, search, type, (flags & MsgFlags.MSG_NOERROR) != 0 ? int.MaxValue : (long)size);
        queue.Enqueue(waiter);
        task.Restart.State = waiter;
        return Wait(task, waiter, buffer, size);
    }

    private static SyscallResult Wait(Task task, MessageReceiver receiver, UserPtr<long> buffer, ulong size)
    {
        if (receiver.Message is { } message)
        {
            return Fill(task, message, buffer, size);
        }

        if (receiver.Result is { } error)
        {
            return error;
        }

        SyscallResult result = task.Block(receiver.Queue, Errno.ERESTARTNOHAND);
        if (result.Failed)
        {
            receiver.Abandon();
            task.Restart.State = null;
        }

        return result;
    }

    /// <summary>convert_mode().</summary>
    private static MessageSearch Search(ref long type, MsgFlags flags)
    {
        if ((flags & MsgFlags.MSG_COPY) != 0)
        {
            return MessageSearch.Number;
        }

        if (type == 0)
        {
            return MessageSearch.Any;
        }

        if (type < 0)
        {
            type = type == long.MinValue ? long.MaxValue : -type;
            return MessageSearch.LessOrEqual;
        }

        return (flags & MsgFlags.MSG_EXCEPT) != 0 ? MessageSearch.NotEqual : MessageSearch.Equal;
    }

    /// <summary>do_msg_fill(). A message whose copy fails is lost, as on Linux.</summary>
    private static SyscallResult Fill(Task task, SysVMessage message, UserPtr<long> buffer, ulong size)
    {
        int length = (int)Math.Min(size, (ulong)message.Text.Length);
        return buffer.TryWrite(task, message.Type) && new UserBuffer(buffer.Address + sizeof(long), (ulong)length).TryWrite(task, message.Text.AsSpan(0, length))
            ? length
            : Errno.EFAULT;
    }

    [Syscall(Nr.msgctl)]
    public static SyscallResult Msgctl(Task task, int id, MsgCommand command, ulong buffer)
    {
        if (id < 0 || command < 0)
        {
            return Errno.EINVAL;
        }

        MessageQueues queues = task.Namespaces.Ipc.Messages;
        switch (command)
        {
            case MsgCommand.IPC_INFO or MsgCommand.MSG_INFO:
                return new UserPtr<MsgInfo>(buffer).TryWrite(task, Limits(queues, isUsage: command == MsgCommand.MSG_INFO))
                    ? queues.Table.HighestSlot
                    : Errno.EFAULT;
            case MsgCommand.IPC_STAT or MsgCommand.MSG_STAT or MsgCommand.MSG_STAT_ANY:
                return Stat(task, queues, id, command, new UserPtr<MsqidDs>(buffer));
            case MsgCommand.IPC_SET:
                return new UserPtr<MsqidDs>(buffer).TryRead(task, out MsqidDs wanted) ? Change(task, queues, id, wanted) : Errno.EFAULT;
            case MsgCommand.IPC_RMID:
                return Change(task, queues, id, null);
            default:
                return Errno.EINVAL;
        }
    }

    private static MsgInfo Limits(MessageQueues queues, bool isUsage) => new()
    {
        Pool = isUsage ? queues.Table.Count : Abi.Ipc.MSGPOOL,
        Map = isUsage ? queues.MessageCount : Abi.Ipc.MSGMAP,
        Max = Abi.Ipc.MSGMAX,
        Mnb = Abi.Ipc.MSGMNB,
        Mni = Abi.Ipc.MSGMNI,
        Ssz = Abi.Ipc.MSGSSZ,
        Tql = isUsage ? queues.MessageBytes : Abi.Ipc.MSGTQL,
        Seg = Abi.Ipc.MSGSEG,
    };

    private static SyscallResult Stat(Task task, MessageQueues queues, int id, MsgCommand command, UserPtr<MsqidDs> buffer)
    {
        Result<MessageQueue> found = queues.Table.FindReadable(task, id, isBySlot: command != MsgCommand.IPC_STAT, isForAnybody: command == MsgCommand.MSG_STAT_ANY);
        if (found.Failed)
        {
            return found.Error;
        }

        MessageQueue queue = found.Value;
        var state = new MsqidDs
        {
            Perm = queue.Describe(),
            Stime = queue.SendTime,
            Rtime = queue.ReceiveTime,
            Ctime = queue.ChangeTime,
            Cbytes = queue.Bytes,
            Qnum = (ulong)queue.Count,
            Qbytes = queue.Capacity,
            Lspid = task.Pids.Seen(queue.LastSender),
            Lrpid = task.Pids.Seen(queue.LastReceiver),
        };
        return !buffer.TryWrite(task, state) ? Errno.EFAULT : command == MsgCommand.IPC_STAT ? 0 : queue.Id;
    }

    /// <summary>msgctl_down(): IPC_SET, or IPC_RMID if nothing is <paramref name="wanted"/>.</summary>
    private static SyscallResult Change(Task task, MessageQueues queues, int id, MsqidDs? wanted)
    {
        Result<MessageQueue> found = queues.Table.FindOwned(task, id);
        if (found.Failed)
        {
            return found.Error;
        }

        MessageQueue queue = found.Value;
        if (wanted is not { } values)
        {
            queues.Remove(queue);
            return 0;
        }

        if (values.Qbytes > Abi.Ipc.MSGMNB && !task.IsCapable(Capability.CAP_SYS_RESOURCE))
        {
            return Errno.EPERM;
        }

        Errno error = queue.Update(values.Perm, queues.Now);
        if (error == Errno.OK)
        {
            queue.OnChanged(values.Qbytes);
        }

        return error;
    }
}

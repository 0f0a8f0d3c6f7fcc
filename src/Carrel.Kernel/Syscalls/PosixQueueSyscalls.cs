using Carrel.Abi;
using Carrel.Kernel.Fs.Mqueue;
using Carrel.Kernel.Ipc.PosixQueue;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>POSIX message queues, mq_overview(7). Order of errors as ipc/mqueue.c.</summary>
public static class PosixQueueSyscalls
{
    [Syscall(Nr.mq_open)]
    public static SyscallResult MqOpen(Task task, UserString name, OpenFlags flags, uint mode, UserPtr<MqAttr> attributes)
    {
        MqAttr wanted = default;
        if (!attributes.IsNull && !attributes.TryRead(task, out wanted))
        {
            return Errno.EFAULT;
        }

        Result<string> text = ReadName(task, name);
        if (text.Failed)
        {
            return text.Error;
        }

        Result<int> fd = task.Files.Reserve(task);
        if (fd.Failed)
        {
            return fd.Error;
        }

        Result<FileDescription> file = Open(task, text.Value, flags, mode, attributes.IsNull ? null : wanted);
        if (file.Failed)
        {
            task.Files.CancelReserved(fd.Value);
            return file.Error;
        }

        task.Files.InstallReserved(fd.Value, file.Value, isCloseOnExec: true);
        return fd.Value;
    }

    // getname(): the empty name is ENOENT.
    private static Result<string> ReadName(Task task, UserString name)
    {
        Result<string> text = name.ReadPath(task);
        return text.Succeeded && text.Value.Length == 0 ? Errno.ENOENT : text;
    }

    /// <summary>lookup_noperm() in the namespace's root: a name is one component.</summary>
    private static Result<Dentry> Lookup(Task task, string name)
    {
        MqueueFileSystem fs = task.Namespaces.Ipc.MessageQueues;
        return name is "." or ".." || name.Contains('/') ? Errno.EACCES : task.Kernel.Dentries.Lookup(fs.RootDentry, name);
    }

    private static Result<FileDescription> Open(Task task, string name, OpenFlags flags, uint mode, MqAttr? attributes)
    {
        Result<Dentry> found = Lookup(task, name);
        if (found.Failed)
        {
            return found.Error;
        }

        MqueueFileSystem fs = task.Namespaces.Ipc.MessageQueues;
        Dentry dentry = found.Value;
        Errno error = Prepare(task, fs, dentry, flags, mode, attributes);
        if (error != Errno.OK)
        {
            return error;
        }

        var file = new QueueFile((QueueInode)dentry.Inode!, flags) { Path = new Path(fs.InternalMount, dentry) };
        file.Opened(countsAsWriter: false);
        return file;
    }

    /// <summary>prepare_open().</summary>
    private static Errno Prepare(Task task, MqueueFileSystem fs, Dentry dentry, OpenFlags flags, uint mode, MqAttr? attributes)
    {
        if (dentry.Inode is not { } inode)
        {
            if ((flags & OpenFlags.O_CREAT) == 0)
            {
                return Errno.ENOENT;
            }

            Errno error = Permission.CheckCreate(task, fs.RootDentry, dentry);
            return error != Errno.OK
                ? error
                : NameOperations.Made(task, dentry, ((QueueDirectory)fs.Root).Create(task, dentry.Name, mode & ~task.Fs.Umask, attributes));
        }

        if ((flags & (OpenFlags.O_CREAT | OpenFlags.O_EXCL)) == (OpenFlags.O_CREAT | OpenFlags.O_EXCL))
        {
            return Errno.EEXIST;
        }

        return (flags & OpenFlags.O_ACCMODE) switch
        {
            OpenFlags.O_RDONLY => Permission.Check(task, inode, Permission.MayRead),
            OpenFlags.O_WRONLY => Permission.Check(task, inode, Permission.MayWrite),
            OpenFlags.O_RDWR => Permission.Check(task, inode, Permission.MayRead | Permission.MayWrite),
            _ => Errno.EINVAL,
        };
    }

    [Syscall(Nr.mq_unlink)]
    public static SyscallResult MqUnlink(Task task, UserString name)
    {
        Result<string> text = ReadName(task, name);
        if (text.Failed)
        {
            return text.Error;
        }

        Result<Dentry> found = Lookup(task, text.Value);
        if (found.Failed)
        {
            return found.Error;
        }

        return found.Value.IsNegative ? Errno.ENOENT : NameOperations.Unlink(task, found.Value);
    }

    [Syscall(Nr.mq_timedsend)]
    public static SyscallResult MqTimedsend(Task task, Fd fd, UserBuffer text, uint priority, UserPtr<TimeSpec> timeout)
    {
        if (task.Restart.State is PosixQueueWaiter waiter)
        {
            return Wait(task, waiter);
        }

        Errno error = ReadDeadline(task, timeout);
        if (error != Errno.OK)
        {
            return error;
        }

        if (priority >= Abi.Ipc.MQ_PRIO_MAX)
        {
            return Errno.EINVAL;
        }

        Result<QueueFile> found = Get(task, fd);
        if (found.Failed || !found.Value.IsWritable)
        {
            return Errno.EBADF;
        }

        PosixQueue queue = found.Value.Queue;
        if (text.Length > (ulong)queue.MessageSize)
        {
            return Errno.EMSGSIZE;
        }

        var bytes = new byte[text.Length];
        if (!text.TryRead(task, bytes))
        {
            return Errno.EFAULT;
        }

        var message = new PosixMessage(priority, bytes);
        if (queue.IsFull)
        {
            return found.Value.IsNonBlocking ? Errno.EAGAIN : Begin(task, new PosixQueueWaiter(queue, message));
        }

        if (!queue.Send(task, message))
        {
            return Errno.ENOMEM;
        }

        found.Value.Touch();
        return 0;
    }

    [Syscall(Nr.mq_timedreceive)]
    public static SyscallResult MqTimedreceive(Task task, Fd fd, UserBuffer buffer, UserPtr<uint> priority, UserPtr<TimeSpec> timeout)
    {
        if (task.Restart.State is PosixQueueWaiter waiter)
        {
            SyscallResult result = Wait(task, waiter);
            return result.IsBlocked || result.Failed ? result : Fill(task, waiter.Message!, buffer, priority);
        }

        Errno error = ReadDeadline(task, timeout);
        if (error != Errno.OK)
        {
            return error;
        }

        Result<QueueFile> found = Get(task, fd);
        if (found.Failed || !found.Value.IsReadable)
        {
            return Errno.EBADF;
        }

        PosixQueue queue = found.Value.Queue;
        if (buffer.Length < (ulong)queue.MessageSize)
        {
            return Errno.EMSGSIZE;
        }

        if (queue.Count == 0)
        {
            return found.Value.IsNonBlocking ? Errno.EAGAIN : Begin(task, new PosixQueueWaiter(queue, null));
        }

        found.Value.Touch();
        return Fill(task, queue.Receive(), buffer, priority);
    }

    private static SyscallResult Begin(Task task, PosixQueueWaiter waiter)
    {
        waiter.PosixQueue.Enqueue(waiter);
        task.Restart.State = waiter;
        return Wait(task, waiter);
    }

    /// <summary>wq_sleep().</summary>
    private static SyscallResult Wait(Task task, PosixQueueWaiter waiter)
    {
        if (waiter.IsDone)
        {
            return 0;
        }

        SyscallResult result = task.Block(waiter.Queue, task.Restart.Deadline, Errno.ETIMEDOUT);
        if (!result.IsBlocked)
        {
            waiter.Abandon();
            task.Restart.State = null;
        }

        return result;
    }

    // A message whose copy fails is lost, as on Linux.
    private static SyscallResult Fill(Task task, PosixMessage message, UserBuffer buffer, UserPtr<uint> priority)
    {
        if ((!priority.IsNull && !priority.TryWrite(task, message.Priority)) || !buffer.TryWrite(task, message.Text))
        {
            return Errno.EFAULT;
        }

        return message.Text.Length;
    }

    /// <summary>prepare_timeout(): absolute, by CLOCK_REALTIME, which guests cannot set.</summary>
    private static Errno ReadDeadline(Task task, UserPtr<TimeSpec> timeout)
    {
        task.Restart.Deadline = long.MaxValue;
        if (timeout.IsNull)
        {
            return Errno.OK;
        }

        if (!timeout.TryRead(task, out TimeSpec limit))
        {
            return Errno.EFAULT;
        }

        if (!TimeConversion.TryNanoseconds(limit, out long nanoseconds))
        {
            return Errno.EINVAL;
        }

        KernelClock clock = task.Kernel.Clock;
        long left = System.Math.Max(0, nanoseconds - clock.Realtime);
        task.Restart.Deadline = TimeConversion.Deadline(clock.Monotonic, left);
        return Errno.OK;
    }

    [Syscall(Nr.mq_notify)]
    public static SyscallResult MqNotify(Task task, Fd fd, UserPtr<SigEventBuf> notification)
    {
        SigEventBuf request = default;
        if (!notification.IsNull && !notification.TryRead(task, out request))
        {
            return Errno.EFAULT;
        }

        bool isSignal = request.Notify == SigEvent.SIGEV_SIGNAL;
        if (!notification.IsNull
            && ((!isSignal && request.Notify is not (SigEvent.SIGEV_NONE or SigEvent.SIGEV_THREAD)) || (isSignal && request.Signo is < 0 or > Signal.NSIG)))
        {
            return Errno.EINVAL;
        }

        Result<PosixQueueNotification?> registration = MakeRegistration(task, notification.IsNull ? null : request);
        if (registration.Failed)
        {
            return registration.Error;
        }

        Result<QueueFile> found = Get(task, fd);
        if (found.Failed)
        {
            return found.Error;
        }

        PosixQueue queue = found.Value.Queue;
        if (registration.Value is null)
        {
            queue.Unregister(task.Group);
            return 0;
        }

        return queue.Register(registration.Value) ? 0 : Errno.EBUSY;
    }

    private static Result<PosixQueueNotification?> MakeRegistration(Task task, SigEventBuf? wanted)
    {
        if (wanted is not { } request)
        {
            return Result<PosixQueueNotification?>.Of(null);
        }

        if (request.Notify != SigEvent.SIGEV_THREAD)
        {
            return new PosixQueueNotification(task.Group, request);
        }

        var cookie = new byte[Abi.Ipc.NOTIFY_COOKIE_LEN];
        if (!task.Mm.Read(request.Value, cookie))
        {
            return Errno.EFAULT;
        }

        Result<FileDescription> socket = task.Files.Get(new Fd(request.Signo));
        if (socket.Failed)
        {
            return socket.Error;
        }

        if (socket.Value is not INotificationSocket receiver)
        {
            return socket.Value.Inode.Type == Mode.S_IFSOCK ? Errno.EINVAL : Errno.ENOTSOCK;
        }

        return new PosixQueueNotification(task.Group, request) { Socket = receiver, Cookie = cookie };
    }

    [Syscall(Nr.mq_getsetattr)]
    public static SyscallResult MqGetsetattr(Task task, Fd fd, UserPtr<MqAttr> newAttributes, UserPtr<MqAttr> oldAttributes)
    {
        MqAttr wanted = default;
        if (!newAttributes.IsNull)
        {
            if (!newAttributes.TryRead(task, out wanted))
            {
                return Errno.EFAULT;
            }

            if ((wanted.Flags & ~(long)OpenFlags.O_NONBLOCK) != 0)
            {
                return Errno.EINVAL;
            }
        }

        Result<QueueFile> found = Get(task, fd);
        if (found.Failed)
        {
            return found.Error;
        }

        QueueFile file = found.Value;
        var old = new MqAttr
        {
            Flags = (long)(file.Flags & OpenFlags.O_NONBLOCK), Maxmsg = file.Queue.MaxMessages, Msgsize = file.Queue.MessageSize, Curmsgs = file.Queue.Count,
        };
        if (!newAttributes.IsNull)
        {
            file.Flags = (file.Flags & ~OpenFlags.O_NONBLOCK) | (OpenFlags)wanted.Flags;
            file.Touch();
        }

        return !oldAttributes.IsNull && !oldAttributes.TryWrite(task, old) ? Errno.EFAULT : 0;
    }

    private static Result<QueueFile> Get(Task task, Fd fd)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        return file.Succeeded && file.Value is QueueFile queue ? queue : Errno.EBADF;
    }
}

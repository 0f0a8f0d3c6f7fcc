using System;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

/// <summary>The descriptor through which a supervisor answers the calls that a filter hands to it, seccomp_unotify(2).</summary>
internal sealed class SeccompListener(LinuxKernel kernel, SeccompFilter filter) : AnonymousFile(kernel, OpenFlags.O_RDWR, "seccomp notify")
{
    // Direction and size: the part of an ioctl's number that an extensible argument leaves open.
    private const uint ExtensibleMask = 0xffff_0000, SizeMask = 0x3fff;
    private const int SizeShift = 16;

    /// <summary>SECCOMP_IOCTL_NOTIF_ID_VALID as Linux before 5.9 numbered it.</summary>
    private const uint ValidWrongDirection = 0x80082102;

    private readonly SeccompNotifier _notifier = filter.Notifier!;

    public override bool CanRead => false;

    public override bool CanWrite => false;

    public override SyscallResult Ioctl(Task task, uint command, ulong argument)
    {
        switch (command)
        {
            case Seccomp.SECCOMP_IOCTL_NOTIF_RECV:
                return Receive(task, argument);
            case Seccomp.SECCOMP_IOCTL_NOTIF_SEND:
                return Send(task, argument);
            case Seccomp.SECCOMP_IOCTL_NOTIF_ID_VALID or ValidWrongDirection:
                return !new UserPtr<ulong>(argument).TryRead(task, out ulong id) ? Errno.EFAULT
                    : _notifier.Find(id)?.State == SeccompNotificationState.Sent ? 0 : Errno.ENOENT;
            case Seccomp.SECCOMP_IOCTL_NOTIF_SET_FLAGS:
                // SYNC_WAKE_UP is a hint to a scheduler.
                return (argument & ~(ulong)Seccomp.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) != 0 ? Errno.EINVAL : 0;
            default:
                return (command & ~ExtensibleMask) == (Seccomp.SECCOMP_IOCTL_NOTIF_ADDFD & ~ExtensibleMask)
                    ? AddFd(task, argument, (int)(command >> SizeShift & SizeMask))
                    : Errno.EINVAL;
        }
    }

    public override PollEvents Poll(PollTable? table)
    {
        table?.Add(_notifier.Queue);
        PollEvents events = filter.UserCount == 0 ? PollEvents.POLLHUP : 0;
        foreach (SeccompNotification notification in _notifier.Asked)
        {
            events |= notification.State switch
            {
                SeccompNotificationState.Init => PollEvents.POLLIN | PollEvents.POLLRDNORM,
                SeccompNotificationState.Sent => PollEvents.POLLOUT | PollEvents.POLLWRNORM,
                _ => 0,
            };
        }

        return events;
    }

    protected override void ReleaseCore() => _notifier.Close();

    /// <summary>seccomp_notify_recv(). O_NONBLOCK has no effect.</summary>
    private SyscallResult Receive(Task task, ulong address)
    {
        var pointer = new UserPtr<SeccompNotif>(address);
        if (!pointer.TryRead(task, out SeccompNotif given))
        {
            return Errno.EFAULT;
        }

        if (MemoryMarshal.AsBytes(new ReadOnlySpan<SeccompNotif>(in given)).ContainsAnyExcept((byte)0))
        {
            return Errno.EINVAL;
        }

        if (_notifier.Requests == 0 && filter.UserCount > 0)
        {
            return task.Block(_notifier.Queue);
        }

        _notifier.Requests = Math.Max(_notifier.Requests - 1, 0);
        SeccompNotification? next = null;
        foreach (SeccompNotification notification in _notifier.Asked)
        {
            if (notification.State == SeccompNotificationState.Init)
            {
                next = notification;
                break;
            }
        }

        if (next is null)
        {
            // Its task was interrupted meanwhile, or nobody is left to ask.
            return Errno.ENOENT;
        }

        var told = new SeccompNotif { Id = next.Id, Pid = (uint)next.Task.TidFor(task), Data = next.Data };
        if (!pointer.TryWrite(task, told))
        {
            _notifier.Requests++;
            return Errno.EFAULT;
        }

        next.State = SeccompNotificationState.Sent;
        // Its wait may be one that only SIGKILL ends now.
        next.Answered.WakeAll();
        _notifier.Queue.Wake(PollEvents.POLLOUT | PollEvents.POLLWRNORM);
        return 0;
    }

    /// <summary>seccomp_notify_send().</summary>
    private SyscallResult Send(Task task, ulong address)
    {
        if (!new UserPtr<SeccompNotifResp>(address).TryRead(task, out SeccompNotifResp answer))
        {
            return Errno.EFAULT;
        }

        bool continues = (answer.Flags & Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE) != 0;
        if ((answer.Flags & ~(uint)Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE) != 0 || (continues && (answer.Error != 0 || answer.Val != 0)))
        {
            return Errno.EINVAL;
        }

        Result<SeccompNotification> found = FindSent(answer.Id);
        if (found.Failed)
        {
            return found.Error;
        }

        found.Value.Reply(answer.Val, answer.Error, continues);
        return 0;
    }

    /// <summary>Exactly one answer, after it was fetched.</summary>
    private Result<SeccompNotification> FindSent(ulong id) =>
        _notifier.Find(id) is not { } notification ? Errno.ENOENT
        : notification.State == SeccompNotificationState.Sent ? notification : Errno.EINPROGRESS;

    /// <summary>seccomp_notify_addfd(): a descriptor for the asking task, with _SEND as the answer at once.</summary>
    private SyscallResult AddFd(Task task, ulong address, int size)
    {
        const int PageSize = 4096;
        int known = Marshalled.Size<SeccompNotifAddfd>();
        if (size < known || size >= PageSize)
        {
            return Errno.EINVAL;
        }

        var bytes = new byte[size];
        if (!task.Mm.Read(address, bytes))
        {
            return Errno.EFAULT;
        }

        if (bytes.AsSpan(known).ContainsAnyExcept((byte)0))
        {
            return Errno.E2BIG;
        }

        SeccompNotifAddfd wanted = Marshalled.FromBytes<SeccompNotifAddfd>(bytes);
        bool isAtNumber = (wanted.Flags & Seccomp.SECCOMP_ADDFD_FLAG_SETFD) != 0, isAnswer = (wanted.Flags & Seccomp.SECCOMP_ADDFD_FLAG_SEND) != 0;
        const uint Flags = Seccomp.SECCOMP_ADDFD_FLAG_SETFD | Seccomp.SECCOMP_ADDFD_FLAG_SEND;
        if ((wanted.NewfdFlags & ~(uint)OpenFlags.O_CLOEXEC) != 0 || (wanted.Flags & ~Flags) != 0 || (wanted.Newfd != 0 && !isAtNumber))
        {
            return Errno.EINVAL;
        }

        Result<FileDescription> file = task.Files.Get(new Fd((int)wanted.Srcfd));
        if (file.Failed)
        {
            return file.Error;
        }

        Result<SeccompNotification> found = FindSent(wanted.Id);
        if (found.Failed)
        {
            return found.Error;
        }

        Result<int> number = Give(found.Value.Task, file.Value, isAtNumber ? (int)wanted.Newfd : -1, wanted.NewfdFlags != 0);
        if (number.Succeeded && isAnswer)
        {
            found.Value.Reply(number.Value, 0, continues: false);
        }

        return number;
    }

    /// <summary>receive_fd() and receive_fd_replace().</summary>
    private static Result<int> Give(Task to, FileDescription file, int at, bool isCloseOnExec)
    {
        if (at != -1)
        {
            Errno error = to.Files.Replace(to, at, file, isCloseOnExec);
            return error == Errno.OK ? at : error;
        }

        file.AddReference();
        return to.Files.InstallOrRelease(to, file, isCloseOnExec);
    }
}

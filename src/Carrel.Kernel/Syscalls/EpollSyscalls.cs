using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Ipc.Epoll;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>epoll(7). Order of errors as fs/eventpoll.c.</summary>
public static class EpollSyscalls
{
    private const int MaxEvents = int.MaxValue / 12;

    [Syscall(Nr.epoll_create)]
    public static SyscallResult Create(Task task, int size) => size <= 0 ? Errno.EINVAL : Create1(task, 0);

    [Syscall(Nr.epoll_create1)]
    public static SyscallResult Create1(Task task, OpenFlags flags)
    {
        if ((flags & ~OpenFlags.O_CLOEXEC) != 0)
        {
            return Errno.EINVAL;
        }

        return task.Files.InstallOrRelease(task, new EpollFile(task.Kernel, OpenFlags.O_RDWR), flags != 0);
    }

    [Syscall(Nr.epoll_ctl)]
    public static SyscallResult Control(Task task, Fd epfd, int operation, Fd fd, UserPtr<EpollEvent> eventPointer)
    {
        EpollEvent request = default;
        if (operation != EpollOp.EPOLL_CTL_DEL && !eventPointer.TryRead(task, out request))
        {
            return Errno.EFAULT;
        }

        Result<FileDescription> container = task.Files.Get(epfd);
        if (container.Failed)
        {
            return container.Error;
        }

        Result<FileDescription> target = task.Files.Get(fd);
        if (target.Failed)
        {
            return target.Error;
        }

        if (!target.Value.IsPollable)
        {
            return Errno.EPERM;
        }

        if (container.Value is not EpollFile epoll || target.Value == container.Value)
        {
            return Errno.EINVAL;
        }

        const PollEvents ExclusiveAllowed = PollEvents.POLLIN | PollEvents.POLLOUT | PollEvents.POLLERR | PollEvents.POLLHUP
            | PollEvents.EPOLLWAKEUP | PollEvents.EPOLLET | PollEvents.EPOLLEXCLUSIVE;
        if (operation != EpollOp.EPOLL_CTL_DEL && (request.Events & PollEvents.EPOLLEXCLUSIVE) != 0
            && (operation == EpollOp.EPOLL_CTL_MOD || target.Value is EpollFile || (request.Events & ~ExclusiveAllowed) != 0))
        {
            return Errno.EINVAL;
        }

        EpollItem? item = epoll.Find(target.Value, fd.Number);
        switch (operation)
        {
            case EpollOp.EPOLL_CTL_ADD:
                if (target.Value is EpollFile inner && epoll.WouldLoop(inner))
                {
                    return Errno.ELOOP;
                }

                if (item is not null)
                {
                    return Errno.EEXIST;
                }

                epoll.Add(target.Value, fd.Number, request);
                return 0;
            case EpollOp.EPOLL_CTL_DEL:
                if (item is null)
                {
                    return Errno.ENOENT;
                }

                epoll.Remove(item);
                return 0;
            case EpollOp.EPOLL_CTL_MOD:
                if (item is null)
                {
                    return Errno.ENOENT;
                }

                if ((item.Request.Events & PollEvents.EPOLLEXCLUSIVE) != 0)
                {
                    return Errno.EINVAL;
                }

                item.Modify(request);
                return 0;
            default:
                return Errno.EINVAL;
        }
    }

    [Syscall(Nr.epoll_wait)]
    public static SyscallResult Wait(Task task, Fd epfd, UserPtr<EpollEvent> events, int maxEvents, int timeoutMs)
    {
        long deadline = PollSyscalls.DeadlineFromMilliseconds(task, timeoutMs);
        return WaitCore(task, epfd, events, maxEvents, deadline);
    }

    [Syscall(Nr.epoll_pwait)]
    public static SyscallResult Pwait(Task task, Fd epfd, UserPtr<EpollEvent> events, int maxEvents, int timeoutMs, UserPtr<ulong> mask, ulong maskSize)
    {
        Errno error = PollSyscalls.ApplyMask(task, mask, maskSize);
        return error != Errno.OK ? error : Wait(task, epfd, events, maxEvents, timeoutMs);
    }

    [Syscall(Nr.epoll_pwait2)]
    public static SyscallResult Pwait2(Task task, Fd epfd, UserPtr<EpollEvent> events, int maxEvents, UserPtr<TimeSpec> timeout, UserPtr<ulong> mask)
    {
        // The sixth argument, the mask's size, is the only one Linux reads of its register.
        ulong maskSize = task.SyscallArguments.A5;
        Result<long> deadline = PollSyscalls.DeadlineFromTimeSpec(task, timeout);
        if (deadline.Failed)
        {
            return deadline.Error;
        }

        Errno error = PollSyscalls.ApplyMask(task, mask, maskSize);
        return error != Errno.OK ? error : WaitCore(task, epfd, events, maxEvents, deadline.Value);
    }

    private static SyscallResult WaitCore(Task task, Fd epfd, UserPtr<EpollEvent> events, int maxEvents, long deadline)
    {
        Result<FileDescription> file = task.Files.Get(epfd);
        if (file.Failed)
        {
            return file.Error;
        }

        if (maxEvents is <= 0 or > MaxEvents)
        {
            return Errno.EINVAL;
        }

        if (!task.Mm.IsUserRange(events.Address, (ulong)maxEvents * 12))
        {
            return Errno.EFAULT;
        }

        if (file.Value is not EpollFile epoll)
        {
            return Errno.EINVAL;
        }

        var collected = new List<EpollEvent>();
        epoll.Collect(collected, Math.Min(maxEvents, 4096));
        if (collected.Count > 0)
        {
            for (int i = 0; i < collected.Count; i++)
            {
                if (!events.Element(i).TryWrite(task, collected[i]))
                {
                    return i > 0 ? i : Errno.EFAULT;
                }
            }

            return collected.Count;
        }

        if (deadline == 0)
        {
            return 0;
        }

        // Waiters are exclusive: one event wakes one of them (ep_poll()).
        task.Sleep.Add(epoll.Queue, isExclusive: true);
        return task.Block(deadline, 0, Errno.EINTR);
    }
}

using System;

namespace Carrel.Abi;

/// <summary>Events of poll(2) and epoll(7); both have the same bits.</summary>
[Flags]
public enum PollEvents : uint
{
    // poll(2)
    POLLIN = 1,
    POLLPRI = 2,
    POLLOUT = 4,
    POLLERR = 8,
    POLLHUP = 0x10,
    POLLNVAL = 0x20,
    POLLRDNORM = 0x40,
    POLLRDBAND = 0x80,
    POLLWRNORM = 0x100,
    POLLWRBAND = 0x200,
    POLLMSG = 0x400,
    POLLREMOVE = 0x1000,
    POLLRDHUP = 0x2000,

    // epoll(7)
    EPOLLIN = 1,
    EPOLLPRI = 2,
    EPOLLOUT = 4,
    EPOLLERR = 8,
    EPOLLHUP = 0x10,
    EPOLLNVAL = 0x20,
    EPOLLRDNORM = 0x40,
    EPOLLRDBAND = 0x80,
    EPOLLWRNORM = 0x100,
    EPOLLWRBAND = 0x200,
    EPOLLMSG = 0x400,
    EPOLLRDHUP = 0x2000,
    EPOLL_URING_WAKE = 0x8000000,
    EPOLLEXCLUSIVE = 0x10000000,
    EPOLLWAKEUP = 0x20000000,
    EPOLLONESHOT = 0x40000000,
    EPOLLET = 0x80000000,

    None = 0,
}

/// <summary>Operations of epoll_ctl(2).</summary>
public static class EpollOp
{
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;
}

/// <summary>Flags of epoll_create1(2).</summary>
[Flags]
public enum EpollFlags
{
    EPOLL_CLOEXEC = 0x80000,
}

/// <summary>Flags of eventfd2(2).</summary>
[Flags]
public enum EventfdFlags
{
    EFD_SEMAPHORE = 1,
    EFD_CLOEXEC = 0x80000,
    EFD_NONBLOCK = 0x800,
}

/// <summary>Flags of signalfd4(2).</summary>
[Flags]
public enum SignalfdFlags
{
    SFD_CLOEXEC = 0x80000,
    SFD_NONBLOCK = 0x800,
}

/// <summary>Flags of timerfd_create(2) and timerfd_settime(2).</summary>
[Flags]
public enum TimerfdFlags
{
    TFD_TIMER_ABSTIME = 1,
    TFD_TIMER_CANCEL_ON_SET = 2,
    TFD_CLOEXEC = 0x80000,
    TFD_NONBLOCK = 0x800,
}

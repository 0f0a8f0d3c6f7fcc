using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Ipc.Epoll;

/// <summary>One watched descriptor of an epoll file (Linux's epitem).</summary>
public sealed class EpollItem(EpollFile epoll, FileDescription file, int fd) : Waiter, IFileWatcher
{
    private const PollEvents Private = PollEvents.EPOLLET | PollEvents.EPOLLONESHOT | PollEvents.EPOLLWAKEUP | PollEvents.EPOLLEXCLUSIVE;
    private readonly List<WaitEntry> _entries = [];
    private PollEvents _mask;

    public EpollFile Epoll { get; } = epoll;

    public FileDescription File { get; } = file;

    public int Fd { get; } = fd;

    /// <summary>Events asked for, with flags, and the user's data.</summary>
    public EpollEvent Request { get; private set; }

    internal LinkedListNode<EpollItem>? ReadyNode { get; set; }

    /// <summary>EPOLL_CTL_ADD and MOD: (re)arms, and is ready at once if the file is.</summary>
    public void Modify(EpollEvent request)
    {
        // Errors and hang-ups are always reported.
        request.Events |= PollEvents.POLLERR | PollEvents.POLLHUP;
        Request = request;
        _mask = request.Events & ~Private;
        if (_entries.Count == 0)
        {
            var table = new Table(this);
            PollEvents now = File.Poll(table);
            if ((now & _mask) != 0)
            {
                Epoll.MarkReady(this);
            }
        }
        else if (CurrentEvents() != 0)
        {
            Epoll.MarkReady(this);
        }
    }

    /// <summary>EPOLLONESHOT: reports nothing until modified.</summary>
    internal void Disarm()
    {
        _mask = 0;
        EpollEvent request = Request;
        request.Events &= Private;
        Request = request;
    }

    public PollEvents CurrentEvents() => _mask == 0 ? 0 : File.Poll(null) & _mask;

    internal void Detach()
    {
        foreach (WaitEntry entry in _entries)
        {
            entry.Remove();
        }

        _entries.Clear();
    }

    public override bool OnWake(WaitEntry entry, PollEvents events)
    {
        // A disarmed one-shot item, or a wake-up for events nobody asked for.
        if (_mask == 0 || (events & _mask) == 0)
        {
            return false;
        }

        return Epoll.MarkReady(this);
    }

    /// <summary>The last descriptor of the watched description was closed: it leaves the interest list.</summary>
    public void OnReleased(FileDescription released) => Epoll.Remove(this);

    private sealed class Table(EpollItem item) : PollTable
    {
        public override void Add(WaitQueue queue)
        {
            var entry = new WaitEntry(item) { IsExclusive = (item.Request.Events & PollEvents.EPOLLEXCLUSIVE) != 0 };
            item._entries.Add(entry);
            queue.Add(entry);
        }
    }
}

using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Ipc.Epoll;

/// <summary>An interest list with its ready list, epoll(7).</summary>
public sealed class EpollFile(LinuxKernel kernel, OpenFlags flags) : AnonymousFile(kernel, flags, "[eventpoll]")
{
    private readonly Dictionary<(FileDescription File, int Fd), EpollItem> _items = [];
    private readonly LinkedList<EpollItem> _ready = new();
    private readonly WaitQueue _queue = new();

    /// <summary>Tasks in epoll_wait.</summary>
    public WaitQueue Queue => _queue;

    /// <summary>The interest list, for fdinfo.</summary>
    public IEnumerable<EpollItem> Items => _items.Values;

    public EpollItem? Find(FileDescription file, int fd) => _items.GetValueOrDefault((file, fd));

    public void Add(FileDescription file, int fd, EpollEvent request)
    {
        var item = new EpollItem(this, file, fd);
        _items.Add((file, fd), item);
        file.AddWatcher(item);
        item.Modify(request);
    }

    public void Remove(EpollItem item)
    {
        if (_items.Remove((item.File, item.Fd)))
        {
            item.Detach();
            item.File.RemoveWatcher(item);
            Unready(item);
        }
    }

    /// <summary>Puts an item on the ready list and wakes waiters.</summary>
    internal bool MarkReady(EpollItem item)
    {
        if (item.ReadyNode is null)
        {
            item.ReadyNode = _ready.AddLast(item);
        }

        _queue.Wake(PollEvents.POLLIN | PollEvents.POLLRDNORM);
        return true;
    }

    private void Unready(EpollItem item)
    {
        if (item.ReadyNode is { } node)
        {
            _ready.Remove(node);
            item.ReadyNode = null;
        }
    }

    /// <summary>Takes up to <paramref name="limit"/> events (ep_send_events): level-triggered items go back to the end of the list.</summary>
    public void Collect(List<EpollEvent> events, int limit)
    {
        LinkedListNode<EpollItem>? node = _ready.First;
        var again = new List<EpollItem>();
        while (node is not null && events.Count < limit)
        {
            LinkedListNode<EpollItem>? next = node.Next;
            EpollItem item = node.Value;
            Unready(item);
            PollEvents now = item.CurrentEvents();
            if (now != 0)
            {
                events.Add(new EpollEvent { Events = now, Data = item.Request.Data });
                if ((item.Request.Events & PollEvents.EPOLLONESHOT) != 0)
                {
                    item.Disarm();
                }
                else if ((item.Request.Events & PollEvents.EPOLLET) == 0)
                {
                    again.Add(item);
                }
            }

            node = next;
        }

        foreach (EpollItem item in again)
        {
            item.ReadyNode = _ready.AddLast(item);
        }
    }

    public bool HasReady()
    {
        LinkedListNode<EpollItem>? node = _ready.First;
        while (node is not null)
        {
            LinkedListNode<EpollItem>? next = node.Next;
            if (node.Value.CurrentEvents() != 0)
            {
                return true;
            }

            Unready(node.Value);
            node = next;
        }

        return false;
    }

    public override bool CanRead => false;

    public override bool CanWrite => false;

    /// <summary>ep_eventpoll_ioctl(): it knows no command but its own, which are about busy polling of network devices.</summary>
    public override SyscallResult Ioctl(Task task, uint command, ulong argument) => Errno.EINVAL;

    public override PollEvents Poll(PollTable? table)
    {
        table?.Add(_queue);
        return HasReady() ? PollEvents.POLLIN | PollEvents.POLLRDNORM : 0;
    }

    protected override void ReleaseCore()
    {
        foreach (EpollItem item in new List<EpollItem>(_items.Values))
        {
            Remove(item);
        }
    }

    /// <summary>Whether adding <paramref name="target"/> would close a loop or nest epoll deeper than Linux allows (5): ELOOP.</summary>
    public bool WouldLoop(EpollFile target) => target == this || target.DepthBelow(this, 0) > 4 || DepthAbove(0) + target.DepthBelow(this, 0) > 4;

    // Depth of the epoll files watched from here; a huge number if `forbidden` is among them.
    private int DepthBelow(EpollFile forbidden, int depth)
    {
        if (this == forbidden || depth > 5)
        {
            return 100;
        }

        int deepest = 1;
        foreach (EpollItem item in _items.Values)
        {
            if (item.File is EpollFile inner)
            {
                deepest = System.Math.Max(deepest, 1 + inner.DepthBelow(forbidden, depth + 1));
            }
        }

        return deepest;
    }

    private int DepthAbove(int depth)
    {
        if (depth > 5)
        {
            return 100;
        }

        int deepest = 0;
        foreach (IFileWatcher watcher in Watchers)
        {
            if (watcher is EpollItem item)
            {
                deepest = System.Math.Max(deepest, 1 + item.Epoll.DepthAbove(depth + 1));
            }
        }

        return deepest;
    }
}

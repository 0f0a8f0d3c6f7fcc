using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>O_ASYNC: listens where poll(2) would and sends SIGIO (Linux's fasync_struct).</summary>
internal sealed class AsyncNotifier : Waiter
{
    private readonly List<WaitEntry> _entries = [];
    private readonly FileDescription _file;
    private readonly int _fd;

    public AsyncNotifier(FileDescription file, int fd)
    {
        _file = file;
        _fd = fd;
        file.Poll(new Table(this));
    }

    public void Stop()
    {
        foreach (WaitEntry entry in _entries)
        {
            entry.Remove();
        }

        _entries.Clear();
    }

    public override bool OnWake(WaitEntry entry, PollEvents events)
    {
        const PollEvents Input = PollEvents.POLLIN | PollEvents.POLLRDNORM;
        const PollEvents Output = PollEvents.POLLOUT | PollEvents.POLLWRNORM;
        (int reason, PollEvents band) = (events & Input) != 0 ? (Si.POLL_IN, Input) : (Si.POLL_OUT, Output);
        _file.Owner.Send(_file.Kernel, _fd, reason, band);
        return false;
    }

    private sealed class Table(AsyncNotifier notifier) : PollTable
    {
        public override void Add(WaitQueue queue)
        {
            var entry = new WaitEntry(notifier);
            notifier._entries.Add(entry);
            queue.Add(entry);
        }
    }
}

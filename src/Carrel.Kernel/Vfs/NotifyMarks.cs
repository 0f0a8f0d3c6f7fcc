using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>The marks on one inode: who wants to hear what happens to it (fsnotify_mark_connector).</summary>
public sealed partial class NotifyMarks
{
    /// <summary>FS_RENAME: a name changed within the directory. Only dnotify asks for it.</summary>
    internal const uint Renamed = 0x10000000;

    private readonly List<NotifyMark> _marks = [];

    public bool IsEmpty => _marks.Count == 0;

    internal IReadOnlyList<NotifyMark> Marks => _marks;

    internal void Add(NotifyMark mark) => _marks.Add(mark);

    internal void Remove(NotifyMark mark) => _marks.Remove(mark);

    /// <summary>Tells whoever wants this event.</summary>
    internal void Report(uint mask, uint cookie, string name, bool isUnlinked)
    {
        // A one-shot watch leaves the list while it is walked.
        for (int i = _marks.Count - 1; i >= 0; i--)
        {
            NotifyMark mark = _marks[i];
            bool isExcluded = isUnlinked && (mark.Mask & Inotify.IN_EXCL_UNLINK) != 0;
            if ((mark.Mask & mask & (Inotify.IN_ALL_EVENTS | Renamed)) != 0 && !isExcluded)
            {
                mark.Report(mask, cookie, name);
            }
        }
    }

    /// <summary>The inode is being deleted, or its file system unmounted: <paramref name="mask"/>, then IN_IGNORED.</summary>
    internal void End(uint mask)
    {
        foreach (NotifyMark mark in _marks.ToArray())
        {
            if ((mask & Inotify.IN_UNMOUNT) != 0 || (mark.Mask & mask) != 0)
            {
                mark.Report(mask, 0, "");
            }

            mark.Remove();
        }
    }
}

/// <summary>What one listener wants to hear of one inode (fsnotify_mark).</summary>
public abstract class NotifyMark(Inode inode)
{
    public Inode Inode { get; } = inode;

    /// <summary>Events wanted, IN_*, with IN_EXCL_UNLINK and IN_ONESHOT.</summary>
    public uint Mask { get; set; }

    /// <summary>One of the events wanted.</summary>
    internal abstract void Report(uint mask, uint cookie, string name);

    /// <summary>Ends it, and tells the listener.</summary>
    internal abstract void Remove();

    /// <summary>Puts it on its inode.</summary>
    protected void Attach() => (Inode.Watches ??= new NotifyMarks()).Add(this);

    /// <summary>Takes it off its inode.</summary>
    protected void Detach()
    {
        Inode.Watches?.Remove(this);
        if (Inode.Watches is { IsEmpty: true })
        {
            Inode.Watches = null;
        }
    }
}

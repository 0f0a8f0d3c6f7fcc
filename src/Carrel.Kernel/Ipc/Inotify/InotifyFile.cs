using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Ipc.Inotify;

/// <summary>An inotify instance, inotify(7): its watches and the events that wait to be read.</summary>
public sealed class InotifyFile : AnonymousFile
{
    /// <summary>fs.inotify.max_queued_events.</summary>
    private const int MaxQueued = 16384;

    private static readonly int s_headerSize = Marshalled.Size<InotifyEvent>();

    private readonly Dictionary<int, InotifyMark> _marks = [];
    private readonly LinkedList<Event> _events = new();
    private readonly WaitQueue _queue = new();
    private readonly uint _uid;
    private int _lastWatch;

    public InotifyFile(LinuxKernel kernel, OpenFlags flags, uint uid)
        : base(kernel, flags, "inotify") => _uid = uid;

    private sealed record Event(int Watch, uint Mask, uint Cookie, string Name)
    {
        // The name has a NUL and is padded to a multiple of the header.
        public int Size => s_headerSize + (Name.Length == 0 ? 0 : (Name.Length + s_headerSize) / s_headerSize * s_headerSize);
    }

    public override bool SupportsAsync => true;

    public override bool ReadsBySegment => true;

    /// <summary>The watches, for /proc/PID/fdinfo.</summary>
    public IReadOnlyCollection<InotifyMark> Watches => _marks.Values;

    /// <summary>inotify_add_watch(2): a new watch or a change of the inode's. EEXIST with IN_MASK_CREATE; ENOSPC beyond fs.inotify.max_user_watches.</summary>
    public Result<int> AddWatch(Path path, uint mask)
    {
        Inode inode = path.Inode;
        uint kept = mask & (Abi.Inotify.IN_ALL_EVENTS | Abi.Inotify.IN_EXCL_UNLINK | Abi.Inotify.IN_ONESHOT);
        if (Find(inode) is { } known)
        {
            if ((mask & Abi.Inotify.IN_MASK_CREATE) != 0)
            {
                return Errno.EEXIST;
            }

            known.Mask = (mask & Abi.Inotify.IN_MASK_ADD) != 0 ? known.Mask | kept : kept;
            return known.Watch;
        }

        if (!Kernel.InotifyAccount.TryAddWatch())
        {
            return Errno.ENOSPC;
        }

        var mark = new InotifyMark(this, path.Dentry, inode, ++_lastWatch) { Mask = kept };
        _marks.Add(mark.Watch, mark);
        path.Dentry.UseCount++;
        return mark.Watch;
    }

    /// <summary>inotify_rm_watch(2).</summary>
    public Errno RemoveWatch(int watch)
    {
        if (!_marks.TryGetValue(watch, out InotifyMark? mark))
        {
            return Errno.EINVAL;
        }

        Remove(mark);
        return Errno.OK;
    }

    /// <summary>Ends a watch: IN_IGNORED tells the reader.</summary>
    internal void Remove(InotifyMark mark)
    {
        if (Forget(mark))
        {
            Queue(new Event(mark.Watch, Abi.Inotify.IN_IGNORED, 0, ""));
        }
    }

    /// <summary>inotify_handle_inode_event().</summary>
    internal void Report(InotifyMark mark, uint mask, uint cookie, string name)
    {
        Queue(new Event(mark.Watch, mask, cookie, name));
        if ((mark.Mask & Abi.Inotify.IN_ONESHOT) != 0)
        {
            Remove(mark);
        }
    }

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        if (_events.Count == 0)
        {
            return IsNonBlocking ? Errno.EAGAIN : task.Block(_queue);
        }

        long total = 0;
        while (_events.First is { } first && first.Value.Size <= destination.Remaining)
        {
            byte[] bytes = Format(first.Value);
            if (destination.CopyOut(bytes) < bytes.Length)
            {
                return total > 0 ? total : Errno.EFAULT;
            }

            _events.RemoveFirst();
            total += bytes.Length;
        }

        return total > 0 ? total : Errno.EINVAL;
    }

    public override PollEvents Poll(PollTable? table)
    {
        table?.Add(_queue);
        return _events.Count > 0 ? PollEvents.POLLIN | PollEvents.POLLRDNORM : 0;
    }

    public override SyscallResult Ioctl(Task task, uint command, ulong argument)
    {
        if (command != Abi.Ioctl.FIONREAD)
        {
            return Errno.ENOTTY;
        }

        int total = 0;
        foreach (Event each in _events)
        {
            total += each.Size;
        }

        return new UserPtr<int>(argument).TryWrite(task, total) ? 0 : Errno.EFAULT;
    }

    protected override void ReleaseCore()
    {
        foreach (InotifyMark mark in new List<InotifyMark>(_marks.Values))
        {
            Forget(mark);
        }

        _events.Clear();
        Kernel.InotifyAccount.DropInstance(_uid);
    }

    private InotifyMark? Find(Inode inode)
    {
        if (inode.Watches is { } watches)
        {
            foreach (NotifyMark mark in watches.Marks)
            {
                if (mark is InotifyMark own && own.Instance == this)
                {
                    return own;
                }
            }
        }

        return null;
    }

    private bool Forget(InotifyMark mark)
    {
        if (!_marks.Remove(mark.Watch))
        {
            return false;
        }

        mark.Leave();
        mark.Dentry.UseCount--;
        Kernel.InotifyAccount.DropWatch();
        return true;
    }

    /// <summary>The same event twice in a row is one; a full queue ends in IN_Q_OVERFLOW.</summary>
    private void Queue(Event added)
    {
        if (_events.Last is { } last && last.Value == added)
        {
            return;
        }

        if (_events.Count >= MaxQueued)
        {
            if (_events.Last!.Value.Mask != Abi.Inotify.IN_Q_OVERFLOW)
            {
                _events.AddLast(new Event(-1, Abi.Inotify.IN_Q_OVERFLOW, 0, ""));
            }
        }
        else
        {
            _events.AddLast(added);
        }

        _queue.Wake(PollEvents.POLLIN | PollEvents.POLLRDNORM);
    }

    private static byte[] Format(Event shown)
    {
        var bytes = new byte[shown.Size];
        var header = new InotifyEvent { Wd = shown.Watch, Mask = shown.Mask, Cookie = shown.Cookie, Len = (uint)(shown.Size - s_headerSize) };
        MemoryMarshal.Write(bytes, header);
        for (int i = 0; i < shown.Name.Length; i++)
        {
            bytes[s_headerSize + i] = (byte)shown.Name[i];
        }

        return bytes;
    }
}

/// <summary>A watch of one instance on one inode.</summary>
public sealed class InotifyMark : NotifyMark
{
    public InotifyMark(InotifyFile instance, Dentry dentry, Inode inode, int watch)
        : base(inode)
    {
        (Instance, Dentry, Watch) = (instance, dentry, watch);
        Attach();
    }

    public InotifyFile Instance { get; }

    /// <summary>The watch descriptor.</summary>
    public int Watch { get; }

    /// <summary>The name it was made by: kept in the cache, so that the inode stays the one that others find.</summary>
    internal Dentry Dentry { get; }

    internal override void Report(uint mask, uint cookie, string name) => Instance.Report(this, mask, cookie, name);

    internal override void Remove() => Instance.Remove(this);

    /// <summary>The inode no longer knows it.</summary>
    internal void Leave() => Detach();
}

/// <summary>What inotify may use: instances per user, watches in all.</summary>
internal sealed class InotifyAccount
{
    /// <summary>fs.inotify.max_user_instances.</summary>
    private const int MaxInstances = 128;

    /// <summary>fs.inotify.max_user_watches.</summary>
    private const int MaxWatches = 65536;

    private readonly Dictionary<uint, int> _instances = [];

    /// <summary>Watches in all instances.</summary>
    public int Watches { get; private set; }

    /// <summary>Directories that F_NOTIFY was asked for.</summary>
    public int DirectoryNotifications { get; set; }

    /// <summary>No file operation looks for marks: there are none.</summary>
    public bool IsIdle => Watches == 0 && DirectoryNotifications == 0;

    /// <summary>False: EMFILE.</summary>
    public bool TryAddInstance(uint uid)
    {
        int count = _instances.GetValueOrDefault(uid);
        if (count >= MaxInstances)
        {
            return false;
        }

        _instances[uid] = count + 1;
        return true;
    }

    public void DropInstance(uint uid) => _instances[uid]--;

    public bool TryAddWatch()
    {
        if (Watches >= MaxWatches)
        {
            return false;
        }

        Watches++;
        return true;
    }

    public void DropWatch() => Watches--;
}

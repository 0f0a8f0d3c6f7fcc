using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>A POSIX or OFD lock on bytes [Start, End]. The owner is a descriptor table (the process) or a description.</summary>
public sealed record RecordLock(object Owner, bool IsWrite, long Start, long End, int Pid)
{
    public bool Overlaps(long start, long end) => Start <= end && start <= End;
}

/// <summary>File locks on one inode: flock, POSIX, OFD (fs/locks.c). The two families do not see each other.</summary>
public sealed partial class FileLocks
{
    /// <summary>The most locks one file can have: ENOLCK beyond, so that a guest cannot fill the kernel's heap.</summary>
    private const int MaxLocks = 65536;

    private readonly Dictionary<FileDescription, bool> _flocks = [];
    private readonly List<RecordLock> _records = [];

    /// <summary>Woken when a lock goes or shrinks.</summary>
    public WaitQueue Changed { get; } = new();

    /// <summary>flock(2). EAGAIN if somebody else's lock is in the way; a lock held before is lost then, as on Linux.</summary>
    public Errno Flock(FileDescription file, bool isExclusive)
    {
        if (_flocks.TryGetValue(file, out bool held))
        {
            if (held == isExclusive)
            {
                return Errno.OK;
            }

            _flocks.Remove(file);
            Changed.WakeAll();
        }

        foreach (bool other in _flocks.Values)
        {
            if (isExclusive || other)
            {
                return Errno.EAGAIN;
            }
        }

        _flocks.Add(file, isExclusive);
        return Errno.OK;
    }

    /// <summary>flock(LOCK_UN).</summary>
    public void Unflock(FileDescription file)
    {
        if (_flocks.Remove(file))
        {
            Changed.WakeAll();
        }
    }

    /// <summary>The first lock of another owner that is in the way of this one, or null.</summary>
    public RecordLock? FindConflict(object owner, bool isWrite, long start, long end)
    {
        RecordLock? first = null;
        foreach (RecordLock held in _records)
        {
            if (held.Owner != owner && held.Overlaps(start, end) && (isWrite || held.IsWrite) && (first is null || held.Start < first.Start))
            {
                first = held;
            }
        }

        return first;
    }

    /// <summary>The first lock of this owner in a range (F_OFD_GETLK with F_UNLCK).</summary>
    public RecordLock? FindOwn(object owner, long start, long end) => _records.Find(held => held.Owner == owner && held.Overlaps(start, end));

    /// <summary>Sets a lock that nothing is in the way of; what the owner held there is replaced, neighbours of the same kind are merged.</summary>
    public Errno Lock(RecordLock added)
    {
        if (_records.Count >= MaxLocks)
        {
            return Errno.ENOLCK;
        }

        bool weakened = Cut(added.Owner, added.Start, added.End);
        (long start, long end) = (added.Start, added.End);
        for (int i = _records.Count - 1; i >= 0; i--)
        {
            RecordLock held = _records[i];
            bool touches = (held.End < start && held.End + 1 == start) || (end < held.Start && end + 1 == held.Start);
            if (held.Owner == added.Owner && held.IsWrite == added.IsWrite && touches)
            {
                (start, end) = (Math.Min(start, held.Start), Math.Max(end, held.End));
                _records.RemoveAt(i);
            }
        }

        _records.Add(added with { Start = start, End = end });
        if (weakened)
        {
            Changed.WakeAll();
        }

        return Errno.OK;
    }

    /// <summary>Takes a range out of the owner's locks. ENOLCK if that would split one and the table is full.</summary>
    public Errno Unlock(object owner, long start, long end)
    {
        if (_records.Count >= MaxLocks)
        {
            return Errno.ENOLCK;
        }

        if (Cut(owner, start, end))
        {
            Changed.WakeAll();
        }

        return Errno.OK;
    }

    /// <summary>Drops flock and OFD locks of a description that goes away.</summary>
    public void ReleaseDescription(FileDescription file)
    {
        bool changed = _flocks.Remove(file);
        changed |= _records.RemoveAll(held => held.Owner == file) > 0;
        if (changed)
        {
            Changed.WakeAll();
        }
    }

    /// <summary>Drops the POSIX locks of a process: it closed some descriptor of the file.</summary>
    public void ReleasePosix(FdTable owner)
    {
        if (_records.RemoveAll(held => held.Owner == owner) > 0)
        {
            Changed.WakeAll();
        }
    }

    private bool Cut(object owner, long start, long end)
    {
        bool changed = false;
        for (int i = _records.Count - 1; i >= 0; i--)
        {
            RecordLock held = _records[i];
            if (held.Owner != owner || !held.Overlaps(start, end))
            {
                continue;
            }

            changed = true;
            _records.RemoveAt(i);
            if (held.Start < start)
            {
                _records.Add(held with { End = start - 1 });
            }

            if (held.End > end)
            {
                _records.Add(held with { Start = end + 1 });
            }
        }

        return changed;
    }
}

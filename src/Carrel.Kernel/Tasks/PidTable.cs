using System.Collections.Generic;

namespace Carrel.Kernel;

/// <summary>A number and who bears it (Linux's struct pid): it stays taken while a task, a process group or a session uses it.</summary>
public sealed class PidEntry
{
    internal PidEntry(int number) => Number = number;

    public int Number { get; }

    /// <summary>The task with this tid.</summary>
    public Task? Task { get; internal set; }

    /// <summary>The process with this pid, zombie or not.</summary>
    public ThreadGroup? Group { get; internal set; }

    public ProcessGroup? ProcessGroup { get; internal set; }

    public Session? Session { get; internal set; }

    internal bool IsUsed => Task is not null || Group is not null || ProcessGroup is not null || Session is not null;
}

/// <summary>The pid namespace of the carrel: tasks, process groups and sessions by number.</summary>
public sealed class PidTable
{
    /// <summary>pid_max at the start.</summary>
    public const int DefaultMaximum = 32768;

    /// <summary>PID_MAX_LIMIT.</summary>
    public const int MaximumLimit = 4194304;

    private const int Reserved = 300;

    private readonly Dictionary<int, PidEntry> _entries = [];
    private int _last;

    /// <summary>/proc/sys/kernel/pid_max: numbers stay below it.</summary>
    public int Maximum { get; set; } = DefaultMaximum;

    /// <summary>Tasks that exist, zombies included.</summary>
    public int TaskCount { get; internal set; }

    /// <summary>The last number given out (/proc/loadavg).</summary>
    public int Last => _last;

    public PidEntry? Find(int number) => _entries.GetValueOrDefault(number);

    public Task? FindTask(int tid) => Find(tid)?.Task;

    public ThreadGroup? FindGroup(int pid) => Find(pid)?.Group;

    public ProcessGroup? FindProcessGroup(int id) => Find(id)?.ProcessGroup;

    /// <summary>All processes, zombies included, by rising pid.</summary>
    public List<ThreadGroup> Groups
    {
        get
        {
            var groups = new List<ThreadGroup>();
            foreach (PidEntry entry in _entries.Values)
            {
                if (entry.Group is { } group)
                {
                    groups.Add(group);
                }
            }

            groups.Sort(static (a, b) => a.Pid.CompareTo(b.Pid));
            return groups;
        }
    }

    /// <summary>The next free number (alloc_pid()); null when all are taken. The caller fills the entry before anybody else runs.</summary>
    internal PidEntry? Allocate()
    {
        int limit = System.Math.Max(Maximum, 2);
        int candidate = _last;
        for (int tries = 0; tries < limit; tries++)
        {
            candidate++;
            if (candidate >= limit)
            {
                // After the first round the low numbers are left to daemons (RESERVED_PIDS).
                candidate = limit > Reserved ? Reserved : 1;
            }

            if (!_entries.ContainsKey(candidate))
            {
                _last = candidate;
                return Add(candidate);
            }
        }

        return null;
    }

    /// <summary>clone3's set_tid: this number or none.</summary>
    internal PidEntry? Allocate(int number) => _entries.ContainsKey(number) ? null : Add(number);

    /// <summary>Takes the entry out when nobody uses the number any more.</summary>
    internal void Trim(PidEntry entry)
    {
        if (!entry.IsUsed && _entries.GetValueOrDefault(entry.Number) == entry)
        {
            _entries.Remove(entry.Number);
        }
    }

    private PidEntry Add(int number)
    {
        var entry = new PidEntry(number);
        _entries.Add(number, entry);
        return entry;
    }
}

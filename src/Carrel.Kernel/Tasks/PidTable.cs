using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>
/// A number and who bears it (Linux's struct pid): it stays taken while a task, a process group or a session uses it. It has a number in its own
/// namespace and in each one above.
/// </summary>
public sealed class PidEntry
{
    private readonly (PidTable Table, int Number)[] _numbers;

    internal PidEntry((PidTable Table, int Number)[] numbers) => _numbers = numbers;

    /// <summary>In the carrel's first namespace.</summary>
    public int Number => _numbers[0].Number;

    /// <summary>ns_of_pid(): the innermost one.</summary>
    internal PidTable Table => _numbers[^1].Table;

    /// <summary>pid_vnr() of its own namespace.</summary>
    internal int OwnNumber => _numbers[^1].Number;

    /// <summary>The namespaces it is seen in, outermost first.</summary>
    internal ReadOnlySpan<(PidTable Table, int Number)> Numbers => _numbers;

    /// <summary>The task with this tid.</summary>
    public Task? Task { get; internal set; }

    /// <summary>The process with this pid, zombie or not.</summary>
    public ThreadGroup? Group { get; internal set; }

    public ProcessGroup? ProcessGroup { get; internal set; }

    public Session? Session { get; internal set; }

    /// <summary>pid_nr_ns(): the number as a namespace sees it, 0 if it does not.</summary>
    internal int NumberIn(PidTable table) => table.Level < _numbers.Length && _numbers[table.Level].Table == table ? _numbers[table.Level].Number : 0;

    internal bool IsUsed => Task is not null || Group is not null || ProcessGroup is not null || Session is not null;
}

/// <summary>A pid namespace: tasks, process groups and sessions by number. The carrel's first one has them all.</summary>
/// <param name="parent">The namespace it was made in; null for the first.</param>
public sealed class PidTable(PidTable? parent = null)
{
    /// <summary>MAX_PID_NS_LEVEL.</summary>
    internal const int MaximumLevel = 32;

    /// <summary>pid_max at the start.</summary>
    public const int DefaultMaximum = 32768;

    /// <summary>PID_MAX_LIMIT.</summary>
    public const int MaximumLimit = 4194304;

    private const int Reserved = 300;

    private readonly Dictionary<int, PidEntry> _entries = [];
    private int _last;

    /// <summary>/proc/sys/kernel/pid_max: numbers stay below it.</summary>
    public int Maximum { get; set; } = DefaultMaximum;

    internal PidTable? Parent => parent;

    /// <summary>vm.memfd_noexec as set here: 1 makes memfds without MFD_EXEC not executable, 2 refuses others.</summary>
    internal int OwnMemfdNoExec { get; set; } = parent?.MemfdNoExec ?? 0;

    /// <summary>What holds here: the strictest of those above as well (pidns_memfd_noexec_scope()).</summary>
    internal int MemfdNoExec => System.Math.Max(OwnMemfdNoExec, parent?.MemfdNoExec ?? 0);

    /// <summary>Whose capabilities count here.</summary>
    internal UserNamespace Owner { get; init; } = UserNamespace.Initial;

    /// <summary>Depth: 0 for the first namespace.</summary>
    internal int Level { get; } = parent is null ? 0 : parent.Level + 1;

    /// <summary>The process with number 1, which orphans come to (child_reaper); its end is the end of the namespace.</summary>
    internal ThreadGroup? Init { get; set; }

    /// <summary>Init has ended: nobody can be born here any more.</summary>
    internal bool IsClosed { get; set; }

    /// <summary>Init's last task, whose end is announced when the other processes are gone (zap_pid_ns_processes()).</summary>
    internal Task? Waiting { get; set; }

    /// <summary>Tasks that exist, zombies included; counted in the first namespace.</summary>
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

    /// <summary>Somebody else than init lives here.</summary>
    internal bool HasLiveOthers
    {
        get
        {
            foreach (PidEntry entry in _entries.Values)
            {
                if (entry.Group is { IsZombie: false } group && group != Init)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>This namespace, or one made in it.</summary>
    internal bool Contains(PidTable other)
    {
        PidTable? at = other;
        while (at is not null && at.Level > Level)
        {
            at = at.Parent;
        }

        return at == this;
    }

    /// <summary>The number that somebody has here who has this one in the first namespace; 0 if he is not seen.</summary>
    internal int Seen(int number)
    {
        PidTable root = this;
        while (root.Parent is { } above)
        {
            root = above;
        }

        return root == this || number <= 0 ? number : root.Find(number)?.NumberIn(this) ?? 0;
    }

    /// <summary>
    /// The next free number here and in each namespace above (alloc_pid()); EAGAIN when all are taken. The caller fills the entry before anybody else runs.
    /// </summary>
    /// <param name="wanted">clone3's set_tid: these numbers or none, from here outwards.</param>
    /// <param name="credentials">Those of who wants them.</param>
    internal Result<PidEntry> Allocate(ReadOnlySpan<int> wanted = default, Credentials? credentials = null)
    {
        if (wanted.Length > Level + 1)
        {
            return Errno.EINVAL;
        }

        var numbers = new (PidTable Table, int Number)[Level + 1];
        for (PidTable? table = this; table is not null; table = table.Parent)
        {
            int depth = Level - table.Level;
            Result<int> number = depth < wanted.Length ? table.CheckWanted(credentials!, wanted[depth]) : table.NextFree();
            if (number.Failed)
            {
                return number.Error;
            }

            numbers[table.Level] = (table, number.Value);
        }

        var entry = new PidEntry(numbers);
        foreach ((PidTable table, int number) in numbers)
        {
            table._entries.Add(number, entry);
        }

        return entry;
    }

    /// <summary>Takes the entry out of its tables when nobody uses the number any more.</summary>
    internal static void Trim(PidEntry entry)
    {
        if (entry.IsUsed)
        {
            return;
        }

        foreach ((PidTable table, int number) in entry.Numbers)
        {
            if (table._entries.GetValueOrDefault(number) == entry)
            {
                table._entries.Remove(number);
            }
        }
    }

    /// <summary>One number of set_tid: EINVAL for one that cannot be (only 1 where there is no init yet), EPERM, EEXIST.</summary>
    private Result<int> CheckWanted(Credentials credentials, int wanted)
    {
        if (wanted < 1 || wanted >= Maximum || (wanted != 1 && Init is null))
        {
            return Errno.EINVAL;
        }

        if (!credentials.HasCapabilityIn(Owner, Capability.CAP_CHECKPOINT_RESTORE) && !credentials.HasCapabilityIn(Owner, Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        return _entries.ContainsKey(wanted) ? Errno.EEXIST : wanted;
    }

    private Result<int> NextFree()
    {
        int limit = Math.Max(Maximum, 2);
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
                return candidate;
            }
        }

        return Errno.EAGAIN;
    }
}

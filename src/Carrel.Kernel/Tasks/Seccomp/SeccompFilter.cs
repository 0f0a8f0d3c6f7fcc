using System;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>A filter that a guest installed, and those installed before it (Linux's struct seccomp_filter). Shared by threads and children.</summary>
public sealed class SeccompFilter
{
    /// <summary>MAX_INSNS_PER_PATH.</summary>
    private const int MaxInstructions = 32768;

    /// <summary>Each further filter counts for this many instructions more.</summary>
    private const int Penalty = 4;

    private readonly int _totalLength;

    internal SeccompFilter(BpfProgram program, SeccompFilter? previous)
    {
        Program = program;
        Previous = previous;
        _totalLength = program.Length + (previous is null ? 0 : previous._totalLength + Penalty);
        Count = 1 + (previous?.Count ?? 0);
        ReadsInstructionPointer = program.ReadsInstructionPointer || (previous?.ReadsInstructionPointer ?? false);
    }

    public BpfProgram Program { get; }

    /// <summary>SECCOMP_FILTER_FLAG_LOG; there is no log to write to.</summary>
    internal bool IsLogged { get; init; }

    /// <summary>Who is asked about calls with the verdict SECCOMP_RET_USER_NOTIF.</summary>
    internal SeccompNotifier? Notifier { get; init; }

    /// <summary>Tasks and younger filters that use it: when there is none, a listener hangs up.</summary>
    internal int UserCount { get; private set; } = 1;

    internal SeccompFilter AddUser()
    {
        UserCount++;
        return this;
    }

    /// <summary>__seccomp_filter_orphan().</summary>
    internal void DropUser()
    {
        for (SeccompFilter? filter = this; filter is not null && --filter.UserCount == 0; filter = filter.Previous)
        {
            filter.Notifier?.Queue.Wake(PollEvents.POLLHUP);
        }
    }

    public SeccompFilter? Previous { get; }

    public bool ReadsInstructionPointer { get; }

    internal bool IsTooLong => _totalLength > MaxInstructions;

    /// <summary>How many filters there are in the chain.</summary>
    public int Count { get; }

    /// <summary>All filters run; the strictest verdict counts, of equals that of the newest (seccomp_run_filters()).</summary>
    public uint Run(ReadOnlySpan<uint> data) => Run(data, out _);

    /// <summary>As above, and says whose verdict it is.</summary>
    internal uint Run(ReadOnlySpan<uint> data, out SeccompFilter match)
    {
        uint strictest = Seccomp.SECCOMP_RET_ALLOW;
        match = this;
        for (SeccompFilter? filter = this; filter is not null; filter = filter.Previous)
        {
            uint verdict = filter.Program.Run(data);
            // As signed numbers: KILL_PROCESS is the smallest.
            if ((int)(verdict & Seccomp.SECCOMP_RET_ACTION_FULL) < (int)(strictest & Seccomp.SECCOMP_RET_ACTION_FULL))
            {
                strictest = verdict;
                match = filter;
            }
        }

        return strictest;
    }

    /// <summary>This filter, or one that was installed on top of it.</summary>
    public bool IsAncestorOf(SeccompFilter? other)
    {
        while (other is not null && other != this)
        {
            other = other.Previous;
        }

        return other == this;
    }
}

using System;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>A filter that a guest installed, and those installed before it (Linux's struct seccomp_filter). Shared by threads and children; never changes.</summary>
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

    public SeccompFilter? Previous { get; }

    public bool ReadsInstructionPointer { get; }

    internal bool IsTooLong => _totalLength > MaxInstructions;

    /// <summary>How many filters there are in the chain.</summary>
    public int Count { get; }

    /// <summary>All filters run; the strictest verdict counts, of equals that of the newest (seccomp_run_filters()).</summary>
    public uint Run(ReadOnlySpan<uint> data)
    {
        uint strictest = Seccomp.SECCOMP_RET_ALLOW;
        for (SeccompFilter? filter = this; filter is not null; filter = filter.Previous)
        {
            uint verdict = filter.Program.Run(data);
            // As signed numbers: KILL_PROCESS is the smallest.
            if ((int)(verdict & Seccomp.SECCOMP_RET_ACTION_FULL) < (int)(strictest & Seccomp.SECCOMP_RET_ACTION_FULL))
            {
                strictest = verdict;
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

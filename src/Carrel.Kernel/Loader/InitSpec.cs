using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>What the first process is to be.</summary>
public sealed class InitSpec
{
    /// <summary>Path inside the carrel, absolute or relative to the working directory; one char per byte.</summary>
    public required string Path { get; init; }

    /// <summary>argv, the program's name first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public required IReadOnlyList<string> Environment { get; init; }

    public required Credentials Credentials { get; init; }

    /// <summary>Descriptors 0, 1, 2 and what else is inherited.</summary>
    public required FdTable Files { get; init; }

    /// <summary>Root and working directory.</summary>
    public required FsContext Fs { get; init; }

    public required NamespaceSet Namespaces { get; init; }

    public ResourceLimits Limits { get; init; } = new();

    public bool NoNewPrivileges { get; init; }

    public PersonalityFlags Personality { get; init; }

    public int OomScoreAdjustment { get; init; }

    /// <summary>A filter on its system calls from its first instruction on; null: none.</summary>
    public BpfProgram? Seccomp { get; init; }
}

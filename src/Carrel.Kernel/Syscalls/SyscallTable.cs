using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>One declared system call.</summary>
public sealed record SyscallInfo(int Number, string Handler, string? Missing, IReadOnlyList<SyscallParameter> Parameters);

/// <summary>One parameter of a system call: its declared type is its grammar.</summary>
public sealed record SyscallParameter(string Name, string Type, int Registers);

public static partial class SyscallTable
{
    /// <summary>What a number without a handler gives: ENOSYS, like Linux built without it.</summary>
    private static SyscallResult Unknown(Task task, int number) => Errno.ENOSYS;
}

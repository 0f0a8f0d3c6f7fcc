using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Trace;

namespace Carrel.Kernel.Syscalls;

/// <summary>One declared system call.</summary>
public sealed record SyscallInfo(int Number, string Handler, string? Missing, IReadOnlyList<SyscallParameter> Parameters);

/// <summary>One parameter of a system call: its declared type is its grammar.</summary>
/// <param name="Name">As the handler calls it.</param>
/// <param name="Type">As written in C#.</param>
/// <param name="Registers">One, or two for address with length.</param>
/// <param name="Names">The constants of an enum type.</param>
public sealed record SyscallParameter(string Name, string Type, int Registers, NameTable? Names);

/// <summary>One system call that is refused on purpose.</summary>
public sealed record RefusedSyscall(int Number, Errno Error, string Reason);

public static partial class SyscallTable
{
    /// <summary>What a number without a handler gives: ENOSYS, like Linux built without it.</summary>
    private static SyscallResult Unknown(Task task, int number) => Errno.ENOSYS;
}

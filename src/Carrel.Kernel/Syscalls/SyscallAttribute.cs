using System;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>
/// Declares the one handler of a system call: a public static method <c>SyscallResult Name(Task task, ...)</c> whose parameter types are
/// the call's grammar: <c>Fd int uint long ulong</c>, enums, <see cref="UserPtr{T}"/>, <see cref="UserString"/> take one register;
/// <see cref="UserBuffer"/> (address, length) and <see cref="UserIoVec"/> (address, count) take two.
/// The generator makes dispatch, names and the trace decoder of it; it inserts no checks.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class SyscallAttribute(int number) : Attribute
{
    /// <summary>The x86-64 number, a constant of <c>Nr</c>.</summary>
    public int Number { get; } = number;

    /// <summary>What Linux has and we lack, in words for docs/syscalls.md; absent means full support.</summary>
    public string? Missing { get; init; }
}

/// <summary>On the one table class <c>UnsupportedSyscalls</c>: a call that is refused on purpose, with the errno Linux gives without the feature.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class UnsupportedSyscallAttribute(int number, Errno error, string reason) : Attribute
{
    public int Number { get; } = number;

    public Errno Error { get; } = error;

    public string Reason { get; } = reason;
}

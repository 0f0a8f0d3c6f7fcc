using System;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>What a system call handler returns: the value for rax, an errno, or that the task now waits.</summary>
public readonly struct SyscallResult : IEquatable<SyscallResult>
{
    private enum Kind : byte { Value, Blocked, NoReturn, Native }

    private readonly long _value;
    private readonly Kind _kind;

    private SyscallResult(long value, Kind kind)
    {
        _value = value;
        _kind = kind;
    }

    /// <summary>The task waits; the same handler runs again when a queue it waits on is woken. Made by <see cref="Task.Block(WaitQueue, Errno)"/> only.</summary>
    public static SyscallResult Blocked => new(0, Kind.Blocked);

    /// <summary>Nothing to put into rax: the registers are already set (execve, rt_sigreturn) or the task is gone (exit).</summary>
    public static SyscallResult NoReturn => new(0, Kind.NoReturn);

    /// <summary>The host kernel executes exactly this call in the guest's address space; every argument has been checked
    /// (munmap, mprotect, madvise, arch_prctl on the notification path only).</summary>
    public static SyscallResult RunNatively => new(0, Kind.Native);

    public bool IsBlocked => _kind == Kind.Blocked;

    public bool IsNoReturn => _kind == Kind.NoReturn;

    public bool IsNative => _kind == Kind.Native;

    /// <summary>The value for rax: negative errno on failure.</summary>
    public long Value => _value;

    public bool Failed => _kind == Kind.Value && _value is < 0 and >= -4095;

    public Errno Error => Failed ? (Errno)(-_value) : Errno.OK;

    public static implicit operator SyscallResult(Errno error) => new(-(long)error, Kind.Value);

    public static implicit operator SyscallResult(long value) => new(value, Kind.Value);

    public static implicit operator SyscallResult(int value) => new(value, Kind.Value);

    public static implicit operator SyscallResult(ulong value) => new((long)value, Kind.Value);

    public static implicit operator SyscallResult(uint value) => new(value, Kind.Value);

    public static implicit operator SyscallResult(Result<int> result) => result.Failed ? result.Error : result.Value;

    public static implicit operator SyscallResult(Result<long> result) => result.Failed ? result.Error : result.Value;

    public static implicit operator SyscallResult(Result<ulong> result) => result.Failed ? result.Error : result.Value;

    public bool Equals(SyscallResult other) => _value == other._value && _kind == other._kind;

    public override bool Equals(object? obj) => obj is SyscallResult other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_value, _kind);
}

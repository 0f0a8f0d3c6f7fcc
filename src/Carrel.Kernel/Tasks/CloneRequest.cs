using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>The arguments of fork, vfork, clone and clone3 in one form (Linux's kernel_clone_args).</summary>
internal readonly record struct CloneRequest
{
    public CloneFlags Flags { get; init; }

    public int ExitSignal { get; init; }

    /// <summary>New stack pointer; 0: the caller's.</summary>
    public ulong Stack { get; init; }

    public ulong Tls { get; init; }

    public UserPtr<int> ParentTid { get; init; }

    public UserPtr<int> ChildTid { get; init; }

    public UserPtr<int> Pidfd { get; init; }

    /// <summary>clone3's set_tid, innermost pid namespace first; those further out get any number.</summary>
    public int[] WantedTids { get; init; }

    public bool Has(CloneFlags flag) => (Flags & flag) != 0;

    /// <summary>All of these.</summary>
    public bool HasAll(CloneFlags flags) => (Flags & flags) == flags;
}

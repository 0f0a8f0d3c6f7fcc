using System.Numerics;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Sets of signals as 64-bit masks: bit n - 1 is signal n (Linux's sigset_t and the sets of include/linux/signal.h).</summary>
public static class SignalMask
{
    /// <summary>Signals that cannot be caught, blocked or ignored.</summary>
    public const ulong KernelOnly = 1UL << (Signal.SIGKILL - 1) | 1UL << (Signal.SIGSTOP - 1);

    /// <summary>Default action: stop.</summary>
    public const ulong Stop = 1UL << (Signal.SIGSTOP - 1) | 1UL << (Signal.SIGTSTP - 1) | 1UL << (Signal.SIGTTIN - 1) | 1UL << (Signal.SIGTTOU - 1);

    /// <summary>Default action: nothing.</summary>
    public const ulong Ignore = 1UL << (Signal.SIGCONT - 1) | 1UL << (Signal.SIGCHLD - 1) | 1UL << (Signal.SIGWINCH - 1) | 1UL << (Signal.SIGURG - 1);

    /// <summary>Raised by the instruction at hand; delivered before all others.</summary>
    public const ulong Synchronous = 1UL << (Signal.SIGSEGV - 1) | 1UL << (Signal.SIGBUS - 1) | 1UL << (Signal.SIGILL - 1)
        | 1UL << (Signal.SIGTRAP - 1) | 1UL << (Signal.SIGFPE - 1) | 1UL << (Signal.SIGSYS - 1);

    public const ulong Kill = 1UL << (Signal.SIGKILL - 1);

    public const ulong Continue = 1UL << (Signal.SIGCONT - 1);

    /// <summary>The mask with one signal.</summary>
    public static ulong Of(int signal) => 1UL << (signal - 1);

    public static bool Has(ulong mask, int signal) => (mask >> (signal - 1) & 1) != 0;

    /// <summary>valid_signal(), without 0.</summary>
    public static bool IsValid(int signal) => signal is >= 1 and <= Signal.NSIG;

    /// <summary>next_signal(): synchronous signals first, then by number; 0 if the set is empty.</summary>
    public static int First(ulong set)
    {
        if ((set & Synchronous) != 0)
        {
            set &= Synchronous;
        }

        return set == 0 ? 0 : BitOperations.TrailingZeroCount(set) + 1;
    }
}

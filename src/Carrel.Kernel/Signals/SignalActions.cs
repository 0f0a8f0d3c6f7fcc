using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>What a process does on each signal (Linux's sighand_struct); shared by CLONE_SIGHAND.</summary>
public sealed class SignalActions
{
    private readonly KernelSigaction[] _actions = new KernelSigaction[Signal.NSIG];

    /// <summary>The action of a signal.</summary>
    public ref KernelSigaction this[int signal] => ref _actions[signal - 1];

    /// <summary>Thread groups that use it.</summary>
    internal int UserCount { get; set; } = 1;

    /// <summary>sig_handler_ignored(): explicitly, or by default.</summary>
    public bool IsIgnored(int signal)
    {
        ulong handler = this[signal].Handler;
        return handler == Signal.SIG_IGN || (handler == Signal.SIG_DFL && SignalMask.Has(SignalMask.Ignore, signal));
    }

    public SignalActions Copy()
    {
        var copy = new SignalActions();
        _actions.CopyTo(copy._actions, 0);
        return copy;
    }

    /// <summary>execve and CLONE_CLEAR_SIGHAND: handlers go, ignored signals stay ignored (flush_signal_handlers()).</summary>
    internal void ResetHandlers()
    {
        foreach (ref KernelSigaction action in System.MemoryExtensions.AsSpan(_actions))
        {
            action = new KernelSigaction { Handler = action.Handler == Signal.SIG_IGN ? Signal.SIG_IGN : Signal.SIG_DFL };
        }
    }
}

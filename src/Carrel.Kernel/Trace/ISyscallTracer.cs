using Carrel.Abi;

namespace Carrel.Kernel.Trace;

/// <summary>Sees each system call (--strace).</summary>
public interface ISyscallTracer
{
    /// <summary>A call comes in; its number and arguments are set.</summary>
    void OnEnter(Task task);

    /// <summary>A handler has completed. A call that is restarted without a new entry exits again.</summary>
    void OnExit(Task task, SyscallResult result);

    /// <summary>A signal is delivered: a handler is about to run, or the default action is taken.</summary>
    void OnSignal(Task task, in SigInfo info);

    /// <summary>The task ends; the call in progress, if any, has no result.</summary>
    void OnTaskExit(Task task, int waitStatus);
}

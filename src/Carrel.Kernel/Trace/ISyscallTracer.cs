namespace Carrel.Kernel.Trace;

/// <summary>Sees each system call (--strace).</summary>
public interface ISyscallTracer
{
    void OnEnter(Task task);

    void OnExit(Task task, SyscallResult result);

    void OnSignal(Task task, int signal);

    void OnTaskExit(Task task, int waitStatus);
}

using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>A parent that waits for its vfork child (wait_for_vfork_done()).</summary>
public sealed partial class LinuxKernel
{
    /// <summary>
    /// The child starts only when the parent's thread resumes, and the parent must not run guest code before the child is done with the memory they
    /// share. So the parent goes back onto its own system call instruction, with the number of restart_syscall, and waits in that call.
    /// </summary>
    internal SyscallResult ParkForVfork(Task parent, VforkWait wait)
    {
        parent.VforkChild = wait;
        ref Registers registers = ref parent.Thread.Registers;
        registers.Rax = Nr.restart_syscall;
        registers.Rip -= 2;
        parent.HasResult = false;
        parent.Thread.Resume();
        return SyscallResult.NoReturn;
    }

    /// <summary>restart_syscall(2): only a vfork parent finds something to restart; other waits are resumed by running their handler again.</summary>
    internal SyscallResult RestartSyscall(Task task)
    {
        if (task.VforkChild is not { } wait)
        {
            return Errno.EINTR;
        }

        if (!wait.IsDone && !task.Signals.IsKilled)
        {
            return task.BlockKillable(wait.Queue);
        }

        task.VforkChild = null;
        return wait.ChildPid;
    }
}

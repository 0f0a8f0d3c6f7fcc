using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>A clone whose caller does not return yet: it waits for its vfork child, or its tracer is to be told first.</summary>
internal sealed class ParkedClone(int number, int childTid, VforkWait? wait, int traceEvent)
{
    /// <summary>The call's number.</summary>
    public int Number { get; } = number;

    public int ChildTid { get; } = childTid;

    public VforkWait? Wait { get; } = wait;

    /// <summary>PTRACE_EVENT_FORK, _VFORK or _CLONE to be reported; 0: none, or done.</summary>
    public int Event { get; set; } = traceEvent;

    /// <summary>The stack is lent to the child.</summary>
    public bool IsWaiting => Wait is { IsDone: false };
}

/// <summary>A parent waits until its vfork child has its own memory or has ended (Linux's struct completion vfork_done).</summary>
internal sealed class VforkWait
{
    public bool IsDone { get; private set; }

    public WaitQueue Queue { get; } = new();

    public void Complete()
    {
        IsDone = true;
        Queue.WakeAll();
    }
}

/// <summary>The interrupted call that restart_syscall(2) goes on with, for callers that really leave the kernel in between (tracees).</summary>
internal sealed record RestartBlock(int Number, SyscallArguments Arguments, RestartRecord Record);

/// <summary>restart_syscall(2), and the clones that use it to wait.</summary>
public sealed partial class LinuxKernel
{
    /// <summary>
    /// A child starts only when its parent's thread resumes, and a vfork parent must not run guest code before the child is done with the memory they
    /// share. So the parent goes back onto its own system call instruction, with the number of restart_syscall, and waits in that call.
    /// </summary>
    internal SyscallResult Park(Task parent, ParkedClone parked)
    {
        parent.Parked = parked;
        ref Registers registers = ref parent.Thread.Registers;
        registers.Rax = Nr.restart_syscall;
        registers.Rip -= 2;
        parent.HasResult = false;
        parent.Thread.Resume();
        return SyscallResult.NoReturn;
    }

    /// <summary>restart_syscall(2).</summary>
    internal SyscallResult RestartSyscall(Task task)
    {
        if (task.Parked is { } parked)
        {
            return FinishClone(task, parked);
        }

        if (task.RestartBlock is not { } block)
        {
            return Errno.EINTR;
        }

        if (task.Restart != block.Record)
        {
            task.Restart = block.Record;
            task.SyscallArguments = block.Arguments;
        }

        return Syscalls.SyscallTable.Invoke(task, block.Number, block.Arguments);
    }

    private SyscallResult FinishClone(Task task, ParkedClone parked)
    {
        if (parked.Event != 0)
        {
            if (!task.IsTrapped)
            {
                return task.RequireRegisters();
            }

            if (StopForClone(task, parked))
            {
                return SyscallResult.NoReturn;
            }
        }

        if (parked.IsWaiting && !task.Signals.IsKilled)
        {
            return task.BlockKillable(parked.Wait!.Queue);
        }

        task.Parked = null;
        task.SyscallNumber = parked.Number;
        return parked.ChildTid;
    }
}

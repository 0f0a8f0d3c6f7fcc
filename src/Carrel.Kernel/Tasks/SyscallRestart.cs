using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The interrupted call that restart_syscall(2) goes on with, for callers that really leave the kernel in between (tracees).</summary>
internal sealed record RestartBlock(int Number, SyscallArguments Arguments, RestartRecord Record);

/// <summary>restart_syscall(2), and the clones that use it to wait.</summary>
internal static class SyscallRestart
{
    /// <summary>
    /// A child starts only when its parent's thread resumes, and a vfork parent must not run guest code before the child is done with the memory they
    /// share. So the parent goes back onto its own system call instruction, with the number of restart_syscall, and waits in that call.
    /// </summary>
    public static SyscallResult Park(Task parent, ParkedClone parked)
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
    public static SyscallResult Resume(Task task)
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

    private static SyscallResult FinishClone(Task task, ParkedClone parked)
    {
        if (parked.Event != 0)
        {
            if (!task.IsTrapped)
            {
                return task.RequireRegisters();
            }

            if (task.Kernel.TraceEvents.StopForClone(task, parked))
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

    /// <summary>Any other call than restart_syscall forgets what it would have gone on with.</summary>
    public static void LeaveBlock(Task task)
    {
        RestartBlock block = task.RestartBlock!;
        if (task.SyscallNumber == Nr.restart_syscall)
        {
            if (task.Restart == block.Record)
            {
                // In use: the record is not to be cleared.
                task.Restart = new RestartRecord();
            }

            return;
        }

        block.Record.ReleaseFile();
        task.RestartBlock = null;
        task.Restart = task.Restart == block.Record ? new RestartRecord() : task.Restart;
    }
}

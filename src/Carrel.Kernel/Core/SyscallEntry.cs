using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The way of a system call to its handler (syscall_enter_from_user_mode() and do_syscall_64()).</summary>
internal sealed class SyscallEntry(LinuxKernel kernel)
{
    /// <summary>Counts system calls: what was asked of the host during one need not be asked again during it.</summary>
    public long Serial { get; private set; }

    public void Begin(Task task, int number, in SyscallArguments arguments)
    {
        Serial++;
        task.SyscallNumber = number;
        task.SyscallArguments = arguments;
        if (task.RestartBlock is not null)
        {
            SyscallRestart.LeaveBlock(task);
        }

        task.Restart.Clear();
        // A call that came back only to wait or to be run by the host has been checked.
        task.IsSeccompDue = task.SeccompMode != 0 && task.Parked is null && !task.IsNativeRetry;
        task.IsDispatchDue = task.UserDispatch is not null && task.Parked is null && !task.IsNativeRetry;
        kernel.Tracer?.OnEnter(task);
    }

    /// <summary>A new call: a tracer may want to see it first.</summary>
    public void Enter(Task task)
    {
        bool isNew = task.Parked is null && !task.IsNativeRetry;
        task.IsNativeRetry = false;
        if (!isNew || task.IsDispatchDue || !kernel.TraceStops.StopAtSyscall(task, Ptrace.TraceStage.SyscallEntry))
        {
            RunHandler(task);
        }
    }

    /// <summary>Runs the handler of the call in progress (for the first time or again) and acts on its result.</summary>
    public void RunHandler(Task task)
    {
        kernel.Current = task;
        task.State = TaskState.Running;
        task.WantsRegisters = false;
        task.Sleep.Clear();
        if (task.IsDispatchDue)
        {
            // It comes before tracer and filters (syscall_trace_enter()).
            task.IsDispatchDue = false;
            if (!task.UserDispatch!.Passes(task) || kernel.TraceStops.StopAtSyscall(task, Ptrace.TraceStage.SyscallEntry))
            {
                return;
            }
        }

        if (task.IsSeccompDue)
        {
            task.IsSeccompDue = false;
            if (!kernel.SeccompCheck.Passes(task))
            {
                return;
            }
        }

        SyscallResult result = Syscalls.SyscallTable.Invoke(task, task.SyscallNumber, task.SyscallArguments);
        if (task.State is TaskState.Zombie or TaskState.Dead or TaskState.Traced)
        {
            task.Restart.ReleaseFile();
            return;
        }

        if (result.IsBlocked)
        {
            task.State = TaskState.Blocked;
            task.Group.VoluntarySwitches++;
            // A wake-up, a signal or the deadline may have come while the handler registered itself.
            if (task.IsInterrupted && !task.Sleep.IsUninterruptible)
            {
                kernel.Scheduler.MakeReady(task);
            }

            return;
        }

        task.Sleep.Clear();
        task.Restart.ReleaseFile();
        kernel.Tracer?.OnExit(task, result);
        kernel.ReturnPath.FinishSyscall(task, result);
    }
}

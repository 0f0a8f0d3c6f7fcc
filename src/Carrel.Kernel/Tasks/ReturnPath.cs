using Carrel.Abi;
using Carrel.Kernel.Ptrace;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>
/// The way back to guest code (exit_to_user_mode_loop(), get_signal() and arch_do_signal_or_restart()): signals, stops and ends come first,
/// then the result of the system call is given.
/// </summary>
internal sealed class ReturnPath(LinuxKernel kernel)
{
    public void FinishSyscall(Task task, SyscallResult result)
    {
        if (result.IsNoReturn)
        {
            // A vfork parent has been resumed already; otherwise the registers are final (execve, rt_sigreturn).
            if (task.Thread.State != GuestThreadState.Running)
            {
                // A tracer sees the end of an execve as a return of 0; rt_sigreturn has none.
                task.HasResult = task.SyscallNumber is Nr.execve or Nr.execveat && task.Tracing is { StopsAtSyscalls: true };
                task.Result = 0;
                if (!kernel.TraceStops.StopAtSyscall(task, TraceStage.SyscallExit))
                {
                    ReturnToGuest(task);
                }
            }

            return;
        }

        if (result.IsNative)
        {
            ContinueNatively(task);
            return;
        }

        task.HasResult = true;
        task.Result = result.Value;
        if (task.WantsRegisters && task.Thread.State == GuestThreadState.InSyscall)
        {
            task.Thread.CompleteAndTrap(-(long)Errno.EINTR);
            return;
        }

        if (!IsInterruption(result.Value))
        {
            task.Signals.RestoreMask();
        }

        if (!kernel.TraceStops.StopAtSyscall(task, TraceStage.SyscallExit))
        {
            ReturnToGuest(task);
        }
    }

    /// <summary>The host runs the call. A trapped thread has to make it again, by the way of a notification.</summary>
    private static void ContinueNatively(Task task)
    {
        task.HasResult = false;
        if (task.Thread.State == GuestThreadState.Trapped)
        {
            ref Registers registers = ref task.Thread.Registers;
            registers.Rax = (ulong)task.SyscallNumber;
            registers.Rip -= 2;
            task.IsNativeRetry = true;
            task.Thread.Resume();
            return;
        }

        bool isTraced = task.Tracing is { StopsAtSyscalls: true };
        task.PendingStage = isTraced ? TraceStage.SyscallExit : TraceStage.None;
        if (isTraced || task.Signals.IsPending)
        {
            task.Thread.Kick();
        }

        task.Thread.ContinueNatively();
    }

    /// <summary>The thread waits for an answer, by InSyscall or Trapped: gives it, unless it stops or ends here.</summary>
    public void ReturnToGuest(Task task)
    {
        task.State = TaskState.Running;
        if (task.Signals.IsPending || task.HasResult || task.Signals.SavedMask is not null)
        {
            if (!DoSignals(task))
            {
                return;
            }
        }

        Answer(task);
    }

    /// <summary>Handles what waits. False: the task stopped, ended, goes round by a trap, or runs its handler again.</summary>
    private bool DoSignals(Task task)
    {
        ThreadGroup group = task.Group;
        TaskSignals signals = task.Signals;
        while (signals.IsPending)
        {
            if (signals.IsDying)
            {
                kernel.TaskExit.ExitTask(task, group.IsExiting ? group.ExitCode : Signal.SIGKILL);
                return false;
            }

            if (task.Parked is { } || task.IsNativeRetry)
            {
                // In the middle of a call, and a vfork's stack is lent to the child: no frame, no stop before the call is over.
                break;
            }

            if ((signals.IsStopPending || signals.IsTrapPending) && task.Tracing is not null)
            {
                if (!NeedsRegisters(task) && !kernel.TraceEvents.StopForGroup(task))
                {
                    continue;
                }

                return false;
            }

            if (signals.IsStopPending)
            {
                kernel.JobControl.StopTask(task);
                return false;
            }

            int signal = signals.PeekDeliverable();
            if (signal == 0)
            {
                break;
            }

            // A frame needs the registers, and a tracer wants to see them: come back with them.
            bool isTraced = task.Tracing is not null && signal != Signal.SIGKILL;
            if ((isTraced || group.Actions[signal].Handler is not (Signal.SIG_DFL or Signal.SIG_IGN)) && NeedsRegisters(task))
            {
                return false;
            }

            signals.TryDequeue(~signals.Blocked, out SigInfo info);
            if (isTraced && kernel.TraceStops.Stop(task, TraceStage.Signal, signal, 0, info))
            {
                return false;
            }

            if (!kernel.SignalDelivery.Deliver(task, info))
            {
                return false;
            }
        }

        // A call that only fetched its registers goes on; no tracer is to see that, least of all as a call that begins again for ever.
        if (task.HasResult && IsRestart(task.Result) && SeesRestart(task) && task.IsTrapped && !task.WantsRegisters)
        {
            RestartVisibly(task);
        }
        else if (task.HasResult && IsRestart(task.Result))
        {
            // No handler came between: run the call again where it stood, with its record (deadline, progress).
            task.State = TaskState.Blocked;
            kernel.Scheduler.MakeReady(task);
            return false;
        }

        signals.RestoreMask();
        return true;
    }

    /// <summary>Makes the thread come by a trap if it is not trapped.</summary>
    private static bool NeedsRegisters(Task task)
    {
        if (task.Thread.State != GuestThreadState.InSyscall)
        {
            return false;
        }

        task.Thread.CompleteAndTrap(-(long)Errno.EINTR);
        return true;
    }

    /// <summary>A tracer that stops at system calls, or has filters do so.</summary>
    private static bool SeesRestart(Task task) => task.Tracing is { } tracing
        && (tracing.StopsAtSyscalls || (task.SeccompFilter is not null && tracing.Has(PtraceRequest.PTRACE_O_TRACESECCOMP)));

    /// <summary>Restarts a call through the guest, as Linux always does: its tracer expects to see it begin again.</summary>
    private static void RestartVisibly(Task task)
    {
        ref Registers registers = ref task.Thread.Registers;
        registers.Rip -= 2;
        registers.Rax = (ulong)task.SyscallNumber;
        if ((Errno)(-task.Result) == Errno.ERESTART_RESTARTBLOCK)
        {
            registers.Rax = Nr.restart_syscall;
            if (task.RestartBlock is null)
            {
                task.RestartBlock = new RestartBlock(task.SyscallNumber, task.SyscallArguments, task.Restart);
                task.Restart = new RestartRecord();
            }
        }

        task.HasResult = false;
    }

    private static void Answer(Task task)
    {
        bool hasResult = task.HasResult;
        task.HasResult = false;
        if (task.Thread.State == GuestThreadState.InSyscall)
        {
            task.Thread.Complete(task.Result);
            return;
        }

        if (task.Thread.State == GuestThreadState.Trapped)
        {
            if (hasResult)
            {
                task.Thread.Registers.Rax = (ulong)task.Result;
            }

            if (task.Tracing is { IsStepping: true })
            {
                task.Thread.Registers.Rflags |= TraceStops.TrapFlag;
            }

            task.Thread.Resume();
        }
    }

    internal static bool IsRestart(long result) => (Errno)(-result) is
        Errno.ERESTARTSYS or Errno.ERESTARTNOINTR or Errno.ERESTARTNOHAND or Errno.ERESTART_RESTARTBLOCK;

    private static bool IsInterruption(long result) => result == -(long)Errno.EINTR || IsRestart(result);
}

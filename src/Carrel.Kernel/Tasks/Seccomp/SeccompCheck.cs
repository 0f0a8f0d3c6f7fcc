using System;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

public sealed partial class Task
{
    /// <summary>SECCOMP_MODE_*.</summary>
    public int SeccompMode { get; internal set; }

    /// <summary>The newest filter, if <see cref="SeccompMode"/> is filter.</summary>
    public SeccompFilter? SeccompFilter { get; internal set; }

    /// <summary>The call in progress has not been put to the filters yet.</summary>
    internal bool IsSeccompDue { get; set; }

    /// <summary>The call waits for the answer of a filter's listener.</summary>
    internal SeccompNotification? SeccompNotification { get; set; }

    /// <summary>The tracer has decided: the filters look at what it made of the call, and do not hand it over again.</summary>
    internal bool IsSeccompRecheck { get; set; }
}

/// <summary>What a guest's own filters make of a system call (__secure_computing() of kernel/seccomp.c).</summary>
internal sealed class SeccompCheck(LinuxKernel kernel)
{
    private const long MaxErrno = 4095;

    /// <summary>True if the handler may run; otherwise the call has been dealt with.</summary>
    public bool Passes(Task task)
    {
        if (task.Tracing?.Has(PtraceRequest.PTRACE_O_SUSPEND_SECCOMP) ?? false)
        {
            Withdraw(task);
            return true;
        }

        if (task.SeccompMode == Seccomp.SECCOMP_MODE_STRICT)
        {
            if (task.SyscallNumber is Nr.read or Nr.write or Nr.exit or Nr.rt_sigreturn)
            {
                return true;
            }

            kernel.TaskExit.ExitTask(task, Signal.SIGKILL);
            return false;
        }

        if (task.SeccompNotification is { } asked)
        {
            return AwaitAnswer(task, asked);
        }

        SeccompFilter filter = task.SeccompFilter!;
        bool hasRegisters = task.IsTrapped;
        if (filter.ReadsInstructionPointer && !hasRegisters)
        {
            CheckAgainWithRegisters(task);
            return false;
        }

        SeccompData data = Describe(task);
        uint verdict = filter.Run(MemoryMarshal.Cast<SeccompData, uint>(new ReadOnlySpan<SeccompData>(in data)), out SeccompFilter match);
        uint value = verdict & Seccomp.SECCOMP_RET_DATA;
        switch (verdict & Seccomp.SECCOMP_RET_ACTION_FULL)
        {
            case Seccomp.SECCOMP_RET_ALLOW or Seccomp.SECCOMP_RET_LOG:
                return true;
            case Seccomp.SECCOMP_RET_ERRNO:
                return Refuse(task, -Math.Min(value, MaxErrno));
            case Seccomp.SECCOMP_RET_TRACE when task.Tracing?.Has(PtraceRequest.PTRACE_O_TRACESECCOMP) ?? false:
                if (task.IsSeccompRecheck)
                {
                    task.IsSeccompRecheck = false;
                    return true;
                }

                if (!hasRegisters)
                {
                    CheckAgainWithRegisters(task);
                    return false;
                }

                task.Thread.Registers.Rax = unchecked((ulong)-(long)Errno.ENOSYS);
                return !kernel.TraceStops.Notify(task, Ptrace.TraceStage.Seccomp, Signal.SIGTRAP | PtraceRequest.PTRACE_EVENT_SECCOMP << 8, value);
            case Seccomp.SECCOMP_RET_USER_NOTIF when match.Notifier is { IsClosed: false } notifier:
                if (!hasRegisters)
                {
                    CheckAgainWithRegisters(task);
                    return false;
                }

                task.SeccompNotification = notifier.Ask(task, data);
                return AwaitAnswer(task, task.SeccompNotification);
            case Seccomp.SECCOMP_RET_TRACE or Seccomp.SECCOMP_RET_USER_NOTIF:
                // Nobody is there to decide.
                return Refuse(task, Errno.ENOSYS);
            case Seccomp.SECCOMP_RET_TRAP when !hasRegisters:
                CheckAgainWithRegisters(task);
                return false;
            case Seccomp.SECCOMP_RET_TRAP:
                // syscall_rollback(): the handler finds the number in rax, as if the call had not begun.
                task.Thread.Registers.Rax = (uint)task.SyscallNumber;
                task.Signals.Force(SysInfo(task, value));
                task.HasResult = false;
                kernel.ReturnPath.ReturnToGuest(task);
                return false;
            case Seccomp.SECCOMP_RET_KILL_THREAD when !TaskExit.IsLastLive(task.Group, task):
                kernel.TaskExit.ExitTask(task, Signal.SIGSYS);
                return false;
            default:
                kernel.TaskExit.BeginGroupExit(task.Group, Signal.SIGSYS, except: task);
                kernel.TaskExit.ExitTask(task, task.Group.ExitCode);
                return false;
        }
    }

    private bool Refuse(Task task, SyscallResult result)
    {
        if (ReturnPath.IsRestart(result.Value))
        {
            // A filter or listener cannot have a refused call made again: without a signal there is nothing special about these numbers.
            if (task.IsTrapped && !task.IsInterrupted)
            {
                task.Thread.Registers.Rax = (ulong)result.Value;
                task.HasResult = false;
                kernel.ReturnPath.ReturnToGuest(task);
                return false;
            }

            result = Errno.EINTR;
        }

        kernel.Tracer?.OnExit(task, result);
        kernel.ReturnPath.FinishSyscall(task, result);
        return false;
    }

    private void CheckAgainWithRegisters(Task task)
    {
        task.IsSeccompDue = true;
        kernel.ReturnPath.FinishSyscall(task, task.RequireRegisters());
    }

    /// <summary>The wait of seccomp_do_user_notification(): for an answer, or for a signal that may end it.</summary>
    private bool AwaitAnswer(Task task, SeccompNotification asked)
    {
        if (asked.State == SeccompNotificationState.Replied)
        {
            Withdraw(task);
            return asked.Continues || Refuse(task, asked.Result);
        }

        // Whether it waits on or begins again after a stop: the listener is asked, not the handler run.
        task.IsSeccompDue = true;
        if (asked.IsKillable ? task.Signals.IsKilled : task.IsInterrupted)
        {
            Withdraw(task);
            return Interrupt(task);
        }

        task.Sleep.Add(asked.Answered);
        task.Sleep.IsUninterruptible = asked.IsKillable;
        task.State = TaskState.Blocked;
        task.Group.VoluntarySwitches++;
        return false;
    }

    private static void Withdraw(Task task)
    {
        task.SeccompNotification?.Withdraw();
        task.SeccompNotification = null;
    }

    private bool Interrupt(Task task)
    {
        kernel.ReturnPath.FinishSyscall(task, Errno.ERESTARTSYS);
        return false;
    }

    /// <summary>seccomp_filter_release(): the task ends.</summary>
    public static void OnExit(Task task)
    {
        Withdraw(task);
        task.SeccompFilter?.DropUser();
    }

    private static SeccompData Describe(Task task)
    {
        SyscallArguments arguments = task.SyscallArguments;
        var data = new SeccompData
        {
            Nr = task.SyscallNumber,
            Arch = AuditArch.AUDIT_ARCH_X86_64,
            InstructionPointer = task.IsTrapped ? task.Thread.Registers.Rip : 0,
        };
        ReadOnlySpan<ulong> all = [arguments.A0, arguments.A1, arguments.A2, arguments.A3, arguments.A4, arguments.A5];
        all.CopyTo(data.Args);
        return data;
    }

    private static SigInfo SysInfo(Task task, uint value) => new()
    {
        Signo = Signal.SIGSYS,
        Code = Si.SYS_SECCOMP,
        Errno = (int)value,
        CallAddr = task.Thread.Registers.Rip,
        Syscall = task.SyscallNumber,
        Arch = AuditArch.AUDIT_ARCH_X86_64,
    };
}

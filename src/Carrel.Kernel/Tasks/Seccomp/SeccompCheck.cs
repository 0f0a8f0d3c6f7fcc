using System;
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
        if (task.SeccompMode == Seccomp.SECCOMP_MODE_STRICT)
        {
            if (task.SyscallNumber is Nr.read or Nr.write or Nr.exit or Nr.rt_sigreturn)
            {
                return true;
            }

            kernel.TaskExit.ExitTask(task, Signal.SIGKILL);
            return false;
        }

        SeccompFilter filter = task.SeccompFilter!;
        bool hasRegisters = task.IsTrapped;
        if (filter.ReadsInstructionPointer && !hasRegisters)
        {
            CheckAgainWithRegisters(task);
            return false;
        }

        uint verdict = filter.Run(Describe(task));
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
        kernel.Tracer?.OnExit(task, result);
        kernel.ReturnPath.FinishSyscall(task, result);
        return false;
    }

    private void CheckAgainWithRegisters(Task task)
    {
        task.IsSeccompDue = true;
        kernel.ReturnPath.FinishSyscall(task, task.RequireRegisters());
    }

    /// <summary>struct seccomp_data as words.</summary>
    private static uint[] Describe(Task task)
    {
        SyscallArguments arguments = task.SyscallArguments;
        ulong ip = task.IsTrapped ? task.Thread.Registers.Rip : 0;
        var words = new uint[16];
        words[0] = (uint)task.SyscallNumber;
        words[1] = AuditArch.AUDIT_ARCH_X86_64;
        ReadOnlySpan<ulong> longs = [ip, arguments.A0, arguments.A1, arguments.A2, arguments.A3, arguments.A4, arguments.A5];
        for (int i = 0; i < longs.Length; i++)
        {
            words[2 + (2 * i)] = (uint)longs[i];
            words[3 + (2 * i)] = (uint)(longs[i] >> 32);
        }

        return words;
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

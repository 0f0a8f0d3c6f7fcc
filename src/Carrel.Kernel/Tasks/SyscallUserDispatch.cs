using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

public sealed partial class Task
{
    /// <summary>prctl(PR_SET_SYSCALL_USER_DISPATCH); null when it is off. Neither children nor new programs inherit it.</summary>
    internal SyscallUserDispatch? UserDispatch { get; set; }

    /// <summary>The call in progress has not been held against it yet.</summary>
    internal bool IsDispatchDue { get; set; }
}

/// <summary>
/// A thread's system calls as SIGSYS to itself (kernel/entry/syscall_user_dispatch.c): those from outside a range of code, while a byte of guest memory says so.
/// </summary>
/// <param name="Offset">Calls from here on for <paramref name="Length"/> bytes are always made.</param>
/// <param name="Length">Bytes of code.</param>
/// <param name="Selector">The byte's address; 0: always blocked.</param>
internal sealed record SyscallUserDispatch(ulong Offset, ulong Length, ulong Selector)
{
    /// <summary>task_set_syscall_user_dispatch().</summary>
    public static Errno Set(Task task, ulong mode, ulong offset, ulong length, ulong selector)
    {
        switch (mode)
        {
            case PrctlOption.PR_SYS_DISPATCH_OFF:
                if ((offset | length | selector) != 0)
                {
                    return Errno.EINVAL;
                }

                task.UserDispatch = null;
                return Errno.OK;
            case PrctlOption.PR_SYS_DISPATCH_ON:
                // No range that ends before it begins.
                if (offset != 0 && offset + length <= offset)
                {
                    return Errno.EINVAL;
                }

                if (selector != 0 && !task.Mm.IsUserRange(selector, 1))
                {
                    return Errno.EFAULT;
                }

                task.UserDispatch = new SyscallUserDispatch(offset, length, selector);
                return Errno.OK;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>True if the call may go on; otherwise it has become a signal, or its thread comes back with registers.</summary>
    public bool Passes(Task task)
    {
        byte state = PrctlOption.SYSCALL_DISPATCH_FILTER_BLOCK;
        bool isReadable = Selector == 0 || new UserPtr<byte>(Selector).TryRead(task, out state);
        // Where a call comes from is known only with all registers; most need not be asked.
        if (isReadable && state == PrctlOption.SYSCALL_DISPATCH_FILTER_ALLOW)
        {
            return true;
        }

        if (!task.IsTrapped)
        {
            task.IsDispatchDue = true;
            task.Kernel.ReturnPath.FinishSyscall(task, task.RequireRegisters());
            return false;
        }

        ulong ip = task.Thread.Registers.Rip;
        if (ip - Offset < Length)
        {
            return true;
        }

        bool isBlocked = isReadable && state == PrctlOption.SYSCALL_DISPATCH_FILTER_BLOCK;
        if (!isBlocked)
        {
            // force_exit_sig(): a selector that is not there or says neither.
            int signal = isReadable ? Signal.SIGSYS : Signal.SIGSEGV;
            task.Kernel.TaskExit.BeginGroupExit(task.Group, signal, except: task);
            task.Kernel.TaskExit.ExitTask(task, task.Group.ExitCode);
            return false;
        }

        task.Thread.Registers.Rax = (uint)task.SyscallNumber;
        task.Signals.Force(new SigInfo
        {
            Signo = Signal.SIGSYS,
            Code = Si.SYS_USER_DISPATCH,
            CallAddr = ip,
            Syscall = task.SyscallNumber,
            Arch = AuditArch.AUDIT_ARCH_X86_64,
        });
        task.HasResult = false;
        task.Kernel.ReturnPath.ReturnToGuest(task);
        return false;
    }
}

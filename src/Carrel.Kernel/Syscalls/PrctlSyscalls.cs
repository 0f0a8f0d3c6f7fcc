using System;
using System.Text;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>prctl(2): kernel/sys.c and cap_task_prctl(). What is not here gives EINVAL, as an option that the kernel was built without.</summary>
public static class PrctlSyscalls
{
    private const int CommSize = 16;

    [Syscall(Nr.prctl, Missing = "PR_SET_VMA, PR_SCHED_CORE, speculation and machine check options")]
    public static SyscallResult Prctl(Task task, int option, ulong a2, ulong a3, ulong a4, ulong a5)
    {
        switch (option)
        {
            case PrctlOption.PR_CAPBSET_READ or PrctlOption.PR_CAPBSET_DROP or PrctlOption.PR_SET_SECUREBITS or PrctlOption.PR_GET_SECUREBITS
                or PrctlOption.PR_GET_KEEPCAPS or PrctlOption.PR_SET_KEEPCAPS or PrctlOption.PR_CAP_AMBIENT:
                return PrctlCapabilities.Run(task, option, a2, a3, a4, a5);
            case PrctlOption.PR_SET_PDEATHSIG:
                if (a2 > Signal.NSIG)
                {
                    return Errno.EINVAL;
                }

                task.ParentDeathSignal = (int)a2;
                return 0;
            case PrctlOption.PR_GET_PDEATHSIG:
                return Put(task, a2, task.ParentDeathSignal);
            case PrctlOption.PR_GET_DUMPABLE:
                return task.Mm.Dumpable;
            case PrctlOption.PR_SET_DUMPABLE:
                if (a2 > 1)
                {
                    return Errno.EINVAL;
                }

                task.Mm.Dumpable = (int)a2;
                return 0;
            case PrctlOption.PR_GET_TIMING:
                return 0;
            case PrctlOption.PR_SET_TIMING:
                return a2 == 0 ? 0 : Errno.EINVAL;
            case PrctlOption.PR_SET_NAME:
                return SetName(task, a2);
            case PrctlOption.PR_GET_NAME:
                return GetName(task, a2);
            case PrctlOption.PR_GET_SECCOMP:
                return task.SeccompMode;
            case PrctlOption.PR_SET_SECCOMP:
                return SeccompSyscalls.FromPrctl(task, a2, a3);
            case PrctlOption.PR_GET_TSC:
                // A property of the host thread; the host writes the word itself.
                return Put(task, a2, 0).Failed ? Errno.EFAULT : SyscallResult.RunNatively;
            case PrctlOption.PR_SET_TSC:
                return a2 is PrctlOption.PR_TSC_ENABLE or PrctlOption.PR_TSC_SIGSEGV ? SyscallResult.RunNatively : Errno.EINVAL;
            case PrctlOption.PR_SET_MM:
                return PrctlMemory.Run(task, a2, a3, a4, a5);
            case PrctlOption.PR_GET_TIMERSLACK:
                return Math.Min(task.TimerSlack, long.MaxValue);
            case PrctlOption.PR_SET_TIMERSLACK:
                task.TimerSlack = (long)a2 <= 0 ? task.DefaultTimerSlack : a2;
                return 0;
            case PrctlOption.PR_SET_CHILD_SUBREAPER:
                task.Group.IsSubreaper = a2 != 0;
                return 0;
            case PrctlOption.PR_GET_CHILD_SUBREAPER:
                return Put(task, a2, task.Group.IsSubreaper ? 1 : 0);
            case PrctlOption.PR_GET_TID_ADDRESS:
                return new UserPtr<ulong>(a2).TryWrite(task, task.ClearChildTid) ? 0 : Errno.EFAULT;
            case PrctlOption.PR_SET_NO_NEW_PRIVS:
                if (a2 != 1 || (a3 | a4 | a5) != 0)
                {
                    return Errno.EINVAL;
                }

                task.NoNewPrivileges = true;
                return 0;
            case PrctlOption.PR_GET_NO_NEW_PRIVS:
                return (a2 | a3 | a4 | a5) != 0 ? Errno.EINVAL : task.NoNewPrivileges ? 1 : 0;
            case PrctlOption.PR_SET_THP_DISABLE:
                if ((a3 | a4 | a5) != 0)
                {
                    return Errno.EINVAL;
                }

                task.Group.IsHugePageDisabled = a2 != 0;
                return 0;
            case PrctlOption.PR_GET_THP_DISABLE:
                return (a2 | a3 | a4 | a5) != 0 ? Errno.EINVAL : task.Group.IsHugePageDisabled ? 1 : 0;
            case PrctlOption.PR_SET_IO_FLUSHER:
                return SetIoFlusher(task, a2, a3 | a4 | a5);
            case PrctlOption.PR_GET_IO_FLUSHER:
                return !task.IsCapable(Capability.CAP_SYS_RESOURCE) ? Errno.EPERM : (a2 | a3 | a4 | a5) != 0 ? Errno.EINVAL : task.IsIoFlusher ? 1 : 0;
            case PrctlOption.PR_SET_SYSCALL_USER_DISPATCH:
                return SyscallUserDispatch.Set(task, a2, a3, a4, a5);
            case PrctlOption.PR_GET_AUXV:
                return GetAuxv(task, a2, a3, a4 | a5);
            case PrctlOption.PR_SET_MDWE:
                return SetMemoryDenyWriteExec(task.Mm, a2, a3 | a4 | a5);
            case PrctlOption.PR_GET_MDWE:
                return (a2 | a3 | a4 | a5) != 0 ? Errno.EINVAL : task.Mm.DenyWriteExec;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>prctl_set_mdwe(): what was once set stays.</summary>
    private static SyscallResult SetMemoryDenyWriteExec(MemoryManager mm, ulong bits, ulong rest)
    {
        const ulong Refuse = PrctlOption.PR_MDWE_REFUSE_EXEC_GAIN, NoInherit = PrctlOption.PR_MDWE_NO_INHERIT;
        if (rest != 0 || (bits & ~(Refuse | NoInherit)) != 0 || bits == NoInherit)
        {
            return Errno.EINVAL;
        }

        if (mm.DenyWriteExec != 0 && mm.DenyWriteExec != bits)
        {
            return Errno.EPERM;
        }

        mm.DenyWriteExec = (uint)bits;
        return 0;
    }

    private static SyscallResult Put(Task task, ulong address, int value) => new UserPtr<int>(address).TryWrite(task, value) ? 0 : Errno.EFAULT;

    private static SyscallResult SetName(Task task, ulong address)
    {
        // strncpy_from_user(): up to 15 bytes count, the rest is cut off.
        var bytes = new byte[CommSize - 1];
        int got = (int)task.Mm.ReadPartial(address, bytes);
        int end = Array.IndexOf(bytes, (byte)0, 0, got);
        if (end < 0 && got < bytes.Length)
        {
            return Errno.EFAULT;
        }

        task.Name = Encoding.Latin1.GetString(bytes, 0, end < 0 ? got : end);
        return 0;
    }

    private static SyscallResult GetName(Task task, ulong address)
    {
        var bytes = new byte[CommSize];
        Encoding.Latin1.GetBytes(task.Name, bytes);
        return task.Mm.Write(address, bytes) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult SetIoFlusher(Task task, ulong value, ulong rest)
    {
        if (!task.IsCapable(Capability.CAP_SYS_RESOURCE))
        {
            return Errno.EPERM;
        }

        if (rest != 0 || value > 1)
        {
            return Errno.EINVAL;
        }

        task.IsIoFlusher = value == 1;
        return 0;
    }

    private static SyscallResult GetAuxv(Task task, ulong address, ulong length, ulong rest)
    {
        if (rest != 0)
        {
            return Errno.EINVAL;
        }

        byte[] auxv = task.Mm.Layout.Auxv;
        int size = (int)Math.Min((ulong)auxv.Length, length);
        return task.Mm.Write(address, auxv.AsSpan(0, size)) ? auxv.Length : Errno.EFAULT;
    }
}

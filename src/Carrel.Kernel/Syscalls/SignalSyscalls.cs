using System;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>Signal actions, masks and stacks: sigaction(2), sigprocmask(2), sigpending(2), sigsuspend(2), sigtimedwait(2), sigaltstack(2), sigreturn(2).</summary>
public static class SignalSyscalls
{
    private const ulong SetSize = 8;

    private const SigAction KnownFlags = SigAction.SA_NOCLDSTOP | SigAction.SA_NOCLDWAIT | SigAction.SA_SIGINFO | SigAction.SA_ONSTACK
        | SigAction.SA_RESTART | SigAction.SA_NODEFER | SigAction.SA_RESETHAND | SigAction.SA_RESTORER | SigAction.SA_EXPOSE_TAGBITS;

    [Syscall(Nr.rt_sigaction)]
    public static SyscallResult RtSigaction(Task task, int signal, UserPtr<KernelSigaction> action, UserPtr<KernelSigaction> old, ulong setSize)
    {
        if (setSize != SetSize)
        {
            return Errno.EINVAL;
        }

        KernelSigaction wanted = default;
        if (!action.IsNull && !action.TryRead(task, out wanted))
        {
            return Errno.EFAULT;
        }

        if (!SignalMask.IsValid(signal) || (!action.IsNull && SignalMask.Has(SignalMask.KernelOnly, signal)))
        {
            return Errno.EINVAL;
        }

        KernelSigaction before = task.Group.Actions[signal];
        if (!action.IsNull)
        {
            SetAction(task, signal, wanted);
        }

        return !old.IsNull && !old.TryWrite(task, before) ? Errno.EFAULT : 0;
    }

    private static void SetAction(Task task, int signal, KernelSigaction action)
    {
        // Clearing unknown bits tells the caller what is supported (SA_UNSUPPORTED).
        action.Flags &= KnownFlags;
        action.Mask &= ~SignalMask.KernelOnly;
        ThreadGroup group = task.Group;
        group.Actions[signal] = action;
        // POSIX: setting an action that ignores the signal discards pending ones, blocked or not.
        if (group.Actions.IsIgnored(signal))
        {
            ulong mask = SignalMask.Of(signal);
            group.SharedPending.Flush(mask);
            foreach (Task member in group.Tasks)
            {
                member.Signals.Pending.Flush(mask);
            }
        }
    }

    [Syscall(Nr.rt_sigprocmask)]
    public static SyscallResult RtSigprocmask(Task task, int how, UserPtr<ulong> set, UserPtr<ulong> old, ulong setSize)
    {
        if (setSize != SetSize)
        {
            return Errno.EINVAL;
        }

        ulong before = task.Signals.Blocked;
        if (!set.IsNull)
        {
            if (!set.TryRead(task, out ulong mask))
            {
                return Errno.EFAULT;
            }

            mask &= ~SignalMask.KernelOnly;
            switch (how)
            {
                case SigmaskHow.SIG_BLOCK:
                    task.Signals.SetBlocked(before | mask);
                    break;
                case SigmaskHow.SIG_UNBLOCK:
                    task.Signals.SetBlocked(before & ~mask);
                    break;
                case SigmaskHow.SIG_SETMASK:
                    task.Signals.SetBlocked(mask);
                    break;
                default:
                    return Errno.EINVAL;
            }
        }

        return !old.IsNull && !old.TryWrite(task, before) ? Errno.EFAULT : 0;
    }

    [Syscall(Nr.rt_sigpending)]
    public static SyscallResult RtSigpending(Task task, UserPtr<ulong> set, ulong setSize)
    {
        if (setSize > SetSize)
        {
            return Errno.EINVAL;
        }

        ulong pending = task.Signals.AllPending & task.Signals.Blocked;
        return task.Mm.Write(set.Address, BitConverter.GetBytes(pending).AsSpan(0, (int)setSize)) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.rt_sigsuspend)]
    public static SyscallResult RtSigsuspend(Task task, UserPtr<ulong> set, ulong setSize)
    {
        if (setSize != SetSize)
        {
            return Errno.EINVAL;
        }

        if (!task.Restart.Started)
        {
            if (!set.TryRead(task, out ulong mask))
            {
                return Errno.EFAULT;
            }

            task.Restart.Started = true;
            task.Restart.Progress = 0;
            task.Restart.State = mask;
        }

        task.Signals.SetTemporaryMask((ulong)task.Restart.State!);
        return task.Block(long.MaxValue, default, Errno.ERESTARTNOHAND);
    }

    [Syscall(Nr.pause)]
    public static SyscallResult Pause(Task task) => task.Block(long.MaxValue, default, Errno.ERESTARTNOHAND);

    [Syscall(Nr.rt_sigtimedwait)]
    public static SyscallResult RtSigtimedwait(Task task, UserPtr<ulong> set, UserPtr<SigInfo> info, UserPtr<TimeSpec> timeout, ulong setSize)
    {
        if (setSize != SetSize)
        {
            return Errno.EINVAL;
        }

        TaskSignals signals = task.Signals;
        RestartRecord record = task.Restart;
        if (!record.Started)
        {
            if (!set.TryRead(task, out ulong wanted))
            {
                return Errno.EFAULT;
            }

            record.State = wanted & ~SignalMask.KernelOnly;
            record.Deadline = long.MaxValue;
            if (!timeout.IsNull)
            {
                if (!timeout.TryRead(task, out TimeSpec limit))
                {
                    return Errno.EFAULT;
                }

                if (limit.Sec < 0 || (ulong)limit.Nsec >= KernelClock.NanosecondsPerSecond)
                {
                    return Errno.EINVAL;
                }

                record.Deadline = Deadline(task, limit);
            }

            record.Started = true;
        }
        else
        {
            CloseMask(signals);
        }

        ulong these = (ulong)record.State!;
        if (signals.TryDequeue(these, out SigInfo found))
        {
            return !info.IsNull && !info.TryWrite(task, found) ? Errno.EFAULT : found.Signo;
        }

        // While it waits the signals count as unblocked, so that senders wake this thread and do not drop what is ignored.
        signals.RealBlocked = signals.Blocked;
        signals.SetBlocked(signals.Blocked & ~these);
        SyscallResult result = task.Block(record.Deadline, Errno.EAGAIN, Errno.EINTR);
        if (!result.IsBlocked)
        {
            CloseMask(signals);
        }

        return result;
    }

    private static void CloseMask(TaskSignals signals)
    {
        signals.SetBlocked(signals.RealBlocked);
        signals.RealBlocked = 0;
    }

    private static long Deadline(Task task, TimeSpec limit)
    {
        long now = task.Kernel.Clock.Monotonic;
        // KTIME_MAX: further than the clock can say is for ever.
        return limit.Sec > (long.MaxValue - now) / KernelClock.NanosecondsPerSecond - 1
            ? long.MaxValue
            : now + (limit.Sec * KernelClock.NanosecondsPerSecond) + limit.Nsec;
    }

    [Syscall(Nr.sigaltstack)]
    public static SyscallResult Sigaltstack(Task task, UserPtr<StackT> stack, UserPtr<StackT> old)
    {
        TaskSignals signals = task.Signals;
        if (signals.AlternateStack.Size != 0 && !task.IsTrapped)
        {
            // Whether the thread runs on it is told by its stack pointer.
            return task.RequireRegisters();
        }

        StackT wanted = default;
        if (!stack.IsNull && !stack.TryRead(task, out wanted))
        {
            return Errno.EFAULT;
        }

        StackT before = signals.AlternateStack;
        ulong sp = task.IsTrapped ? task.Thread.Registers.Rsp : 0;
        before.Flags = SignalFrame.StackFlags(before, sp) | (before.Flags & unchecked((int)SignalStack.SS_FLAG_BITS));
        if (!stack.IsNull)
        {
            Errno error = SignalFrame.SetAlternateStack(task, wanted, sp, SignalStack.MINSIGSTKSZ);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        return !old.IsNull && !old.TryWrite(task, before) ? Errno.EFAULT : 0;
    }

    [Syscall(Nr.rt_sigreturn)]
    public static SyscallResult RtSigreturn(Task task)
    {
        if (!task.IsTrapped)
        {
            return Errno.ENOSYS;
        }

        if (!SignalFrame.Restore(task))
        {
            task.Signals.Force(SignalInfo.Kernel(Signal.SIGSEGV));
        }

        return SyscallResult.NoReturn;
    }

    [Syscall(Nr.restart_syscall)]
    public static SyscallResult RestartSyscall(Task task) => SyscallRestart.Resume(task);
}

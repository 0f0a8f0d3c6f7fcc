using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>One signal taken by its thread: ignored, handled in guest code, or its default action (the end of get_signal(), handle_signal()).</summary>
internal sealed class SignalDelivery(LinuxKernel kernel)
{
    /// <summary>One signal's action. False: the task has ended.</summary>
    public bool Deliver(Task task, in SigInfo info)
    {
        int signal = info.Signo;
        ThreadGroup group = task.Group;
        ref KernelSigaction action = ref group.Actions[signal];
        if (action.Handler == Signal.SIG_IGN)
        {
            return true;
        }

        if (action.Handler != Signal.SIG_DFL)
        {
            kernel.Tracer?.OnSignal(task, info);
            KernelSigaction taken = action;
            if ((taken.Flags & SigAction.SA_RESETHAND) != 0)
            {
                action.Handler = Signal.SIG_DFL;
            }

            HandleSignal(task, info, taken);
            return true;
        }

        if (SignalMask.Has(SignalMask.Ignore, signal))
        {
            return true;
        }

        if (group.IsUnkillable && !SignalMask.Has(SignalMask.KernelOnly, signal))
        {
            return true;
        }

        kernel.Tracer?.OnSignal(task, info);
        if (SignalMask.Has(SignalMask.Stop, signal))
        {
            // An orphaned process group has nobody to continue it: only SIGSTOP stops there.
            if (signal == Signal.SIGSTOP || !group.ProcessGroup.IsOrphaned())
            {
                kernel.JobControl.BeginGroupStop(task, signal);
            }

            return true;
        }

        kernel.TaskExit.BeginGroupExit(group, signal, except: task);
        kernel.TaskExit.ExitTask(task, group.ExitCode);
        return false;
    }

    /// <summary>handle_signal(): the restart decision, then the frame.</summary>
    private static void HandleSignal(Task task, in SigInfo info, in KernelSigaction action)
    {
        if (task.HasResult)
        {
            ref Registers registers = ref task.Thread.Registers;
            registers.Rax = (ulong)task.Result;
            switch ((Errno)(-task.Result))
            {
                case Errno.ERESTART_RESTARTBLOCK:
                case Errno.ERESTARTNOHAND:
                case Errno.ERESTARTSYS when (action.Flags & SigAction.SA_RESTART) == 0:
                    registers.Rax = unchecked((ulong)-(long)Errno.EINTR);
                    break;
                case Errno.ERESTARTSYS:
                case Errno.ERESTARTNOINTR:
                    registers.Rax = (ulong)task.SyscallNumber;
                    registers.Rip -= 2;
                    break;
            }

            task.HasResult = false;
        }

        if (SignalFrame.Setup(task, info, action))
        {
            // signal_delivered(): the frame holds the old mask, also that of a sigsuspend.
            ulong blocked = task.Signals.Blocked | action.Mask;
            task.Signals.SavedMask = null;
            task.Signals.SetBlocked((action.Flags & SigAction.SA_NODEFER) != 0 ? blocked : blocked | SignalMask.Of(info.Signo));
        }
        else
        {
            task.Signals.ForceSegv(info.Signo);
        }
    }
}

using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>A task's signal state: mask, private pending signals, alternate stack (the signal part of Linux's task_struct).</summary>
public sealed partial class TaskSignals
{
    private readonly Task _task;

    internal TaskSignals(Task task)
    {
        _task = task;
        Pending = new PendingSignals(task.Kernel.Users);
    }

    /// <summary>Signals for this thread alone.</summary>
    public PendingSignals Pending { get; }

    /// <summary>The signal mask.</summary>
    public ulong Blocked { get; private set; }

    /// <summary>While rt_sigtimedwait has opened the mask: what it was (real_blocked).</summary>
    internal ulong RealBlocked { get; set; }

    /// <summary>The mask that a call such as ppoll or sigsuspend replaced for its duration (saved_sigmask with its restore flag).</summary>
    internal ulong? SavedMask { get; set; }

    /// <summary>The alternate stack, sigaltstack(2): Flags holds SS_AUTODISARM or SS_DISABLE.</summary>
    internal StackT AlternateStack { get; set; } = new() { Flags = SignalStack.SS_DISABLE };

    /// <summary>signal_pending(): a signal that is not blocked waits, or the task must stop or die.</summary>
    public bool IsPending =>
        ((Pending.Set | _task.Group.SharedPending.Set) & ~Blocked) != 0 || IsStopPending || IsTrapPending || IsDying;

    /// <summary>task_sigpending() without regard to <paramref name="signal"/>, which has just been queued.</summary>
    internal bool IsPendingBefore(int signal) =>
        ((Pending.Set | _task.Group.SharedPending.Set) & ~Blocked & ~SignalMask.Of(signal)) != 0 || IsStopPending || IsDying;

    /// <summary>fatal_signal_pending().</summary>
    public bool IsKilled => (Pending.Set & SignalMask.Kill) != 0 || IsDying;

    /// <summary>The whole group exits, or another thread of it executes a program.</summary>
    internal bool IsDying => _task.Group.IsExiting || (_task.Group.ExecTask is { } other && other != _task);

    /// <summary>Signals that wait and that the mask lets through, and those it does not (sigpending(2)).</summary>
    public ulong AllPending => Pending.Set | _task.Group.SharedPending.Set;

    /// <summary>set_current_blocked().</summary>
    public void SetBlocked(ulong mask)
    {
        mask &= ~SignalMask.KernelOnly;
        ulong newlyBlocked = mask & ~Blocked;
        Blocked = mask;
        if (newlyBlocked != 0 && _task.Group.Tasks.Count > 1)
        {
            RetargetShared(newlyBlocked);
        }
    }

    /// <summary>
    /// set_user_sigmask(): replaces the mask until the system call in progress has returned; a handler that ends the call runs under the
    /// new mask and restores the old one. Calling it again when the handler is run again has no effect.
    /// </summary>
    public void SetTemporaryMask(ulong mask)
    {
        SavedMask ??= Blocked;
        SetBlocked(mask);
    }

    /// <summary>restore_saved_sigmask().</summary>
    internal void RestoreMask()
    {
        if (SavedMask is { } mask)
        {
            SavedMask = null;
            SetBlocked(mask);
        }
    }

    /// <summary>A process-wide signal that this thread no longer takes: tells another thread that does (retarget_shared_pending()).</summary>
    internal void RetargetShared(ulong mask)
    {
        ulong waiting = _task.Group.SharedPending.Set & mask;
        for (int i = 0; i < _task.Group.Tasks.Count && waiting != 0; i++)
        {
            Task other = _task.Group.Tasks[i];
            if (other != _task && !other.IsExiting && (waiting & ~other.Signals.Blocked) != 0)
            {
                waiting &= other.Signals.Blocked;
                other.Kernel.Signals.Wake(other, isFatal: false);
            }
        }
    }

    /// <summary>Takes out a waiting signal of <paramref name="mask"/>, private ones first (dequeue_signal(); signalfd, rt_sigtimedwait).</summary>
    public bool TryDequeue(ulong mask, out SigInfo info)
    {
        int signal = SignalMask.First(Pending.Set & mask);
        PendingSignals source = Pending;
        if (signal == 0)
        {
            source = _task.Group.SharedPending;
            signal = SignalMask.First(source.Set & mask);
        }

        if (signal == 0)
        {
            info = default;
            return false;
        }

        info = source.Take(signal);
        if (SignalMask.Has(SignalMask.Stop, signal))
        {
            StopDequeued = true;
        }

        return true;
    }

    /// <summary>The signal that <see cref="TryDequeue"/> would take for delivery, 0 if none.</summary>
    internal int PeekDeliverable()
    {
        // Synchronous private signals come before anything (dequeue_synchronous_signal()).
        int signal = SignalMask.First(Pending.Set & ~Blocked);
        return signal != 0 ? signal : SignalMask.First(_task.Group.SharedPending.Set & ~Blocked);
    }

    /// <summary>A group stop asks this thread to stop (JOBCTL_STOP_PENDING).</summary>
    internal bool IsStopPending { get; set; }

    /// <summary>The tracer wants the thread held (JOBCTL_TRAP_STOP).</summary>
    internal bool IsTrapPending { get; set; }

    /// <summary>The stop counts this thread (JOBCTL_STOP_CONSUME).</summary>
    internal bool IsStopCounted { get; set; }

    /// <summary>A stop signal was taken out and no SIGCONT came since (JOBCTL_STOP_DEQUEUED).</summary>
    internal bool StopDequeued { get; set; }

    internal void ClearStop()
    {
        IsStopPending = false;
        IsStopCounted = false;
        StopDequeued = false;
    }

    /// <summary>fork and clone: the child's state.</summary>
    internal void InheritFrom(TaskSignals parent, bool keepsAlternateStack)
    {
        // A clone during a temporary mask cannot happen: no such call clones.
        Blocked = parent.Blocked;
        if (keepsAlternateStack)
        {
            AlternateStack = parent.AlternateStack;
        }
    }

    /// <summary>SIGPIPE to the task itself (send_sig()).</summary>
    public void SendSigpipe() => SendToSelf(Signal.SIGPIPE);

    /// <summary>
    /// SIGPIPE from a reader outside the carrel. It ends init, too, as it would end the program without a carrel: in `carrel do -- yes | head` nobody but the
    /// program knows that the reader is gone.
    /// </summary>
    public void SendSigpipeFromOutside()
    {
        if (_task.Group.Actions[Signal.SIGPIPE].Handler == Signal.SIG_DFL && !SignalMask.Has(Blocked, Signal.SIGPIPE))
        {
            _task.Group.IsUnkillable = false;
        }

        SendSigpipe();
    }

    /// <summary>send_sig(sig, current, 0).</summary>
    internal void SendToSelf(int signal) => _task.Kernel.Signals.Send(_task, SignalInfo.User(signal, _task));

    /// <summary>SIGKILL from the kernel, also for init.</summary>
    public void Kill() => _task.Kernel.TaskExit.BeginGroupExit(_task.Group, Signal.SIGKILL, except: null);
}

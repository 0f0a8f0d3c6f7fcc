using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Sending: send_signal_locked(), prepare_signal() and complete_signal() of kernel/signal.c.</summary>
public sealed class SignalSender(LinuxKernel kernel)
{
    /// <summary>Sends to a process; any of its threads may take it. EAGAIN if a queued real-time signal finds no room.</summary>
    /// <param name="group">The process.</param>
    /// <param name="info">The signal, complete with sender.</param>
    /// <param name="isForced">From outside the pid namespace: SIGKILL and SIGSTOP work on init, too.</param>
    public Errno Send(ThreadGroup group, in SigInfo info, bool isForced = false)
    {
        Task target = group.FirstLiveTask ?? group.Leader;
        return Send(target, info, group.SharedPending, isForced);
    }

    /// <summary>Sends to one thread.</summary>
    public Errno Send(Task task, in SigInfo info, bool isForced = false) => Send(task, info, task.Signals.Pending, isForced);

    /// <summary>Sends to all processes of a group, without permission checks (kill_pgrp()). ESRCH if it is empty.</summary>
    public Errno Send(ProcessGroup group, in SigInfo info)
    {
        Errno error = Errno.ESRCH;
        foreach (ThreadGroup member in group.Members.ToArray())
        {
            Errno result = Send(member, info);
            error = error == Errno.OK ? Errno.OK : result;
        }

        return error;
    }

    /// <summary>Queues a preallocated signal (send_sigqueue()). False: it still waits from the last time, count an overrun.</summary>
    /// <param name="group">The process; its first live thread if <paramref name="thread"/> is null.</param>
    /// <param name="thread">SIGEV_THREAD_ID: that thread alone.</param>
    public bool SendPreallocated(ThreadGroup group, Task? thread, PreallocatedSignal signal)
    {
        if (signal.IsQueued)
        {
            return false;
        }

        Task? target = thread ?? group.FirstLiveTask;
        if (target is null || target.IsExiting)
        {
            return true;
        }

        int number = signal.Info.Signo;
        if (Prepare(target, number, isForced: false))
        {
            (thread is null ? group.SharedPending : thread.Signals.Pending).Add(signal);
            group.SignalArrived.WakeAll(PollEvents.POLLIN);
            Complete(target, number, isForGroup: thread is null);
        }

        return true;
    }

    /// <summary>Takes a preallocated signal back out of the queue it may lie in.</summary>
    public static void WithdrawPreallocated(ThreadGroup group, Task? thread, PreallocatedSignal signal)
    {
        group.SharedPending.Withdraw(signal);
        thread?.Signals.Pending.Withdraw(signal);
    }

    /// <summary>A signal for the carrel's first process from outside (the command line's SIGTERM, Ctrl-C): its default action counts, even for init.</summary>
    public void SendToInitFromOutside(int signal)
    {
        if (kernel.Init is not { IsExiting: false } init || !SignalMask.IsValid(signal))
        {
            return;
        }

        // A shell user expects Ctrl-C to end the program in the carrel: drop the protection when the default action is to end.
        if (init.Actions[signal].Handler == Signal.SIG_DFL && !SignalMask.Has(SignalMask.Ignore, signal))
        {
            init.IsUnkillable = false;
        }

        Send(init, new SigInfo { Signo = signal, Code = Si.SI_USER }, isForced: true);
    }

    public Errno Send(Task target, in SigInfo info, PendingSignals pending, bool isForced)
    {
        int signal = info.Signo;
        ThreadGroup group = target.Group;
        if (group.IsReaped || !Prepare(target, signal, isForced))
        {
            return Errno.OK;
        }

        // Standard signals do not pile up (legacy_queue()).
        if (signal < Signal.SIGRTMIN && SignalMask.Has(pending.Set, signal))
        {
            return Errno.OK;
        }

        bool isForGroup = pending == group.SharedPending;
        if (signal == Signal.SIGKILL)
        {
            pending.AddBare(signal);
        }
        else
        {
            uint uid = target.Credentials.Uid;
            bool mayExceed = signal < Signal.SIGRTMIN && info.Code >= 0;
            SigInfo seen = target.Pids.Level > 0 && SignalInfo.NamesSender(info) ? info with { Pid = target.Pids.Seen(info.Pid) } : info;
            if (SignalInfo.NamesSender(info))
            {
                seen.Uid = target.Credentials.User.Uids.Show(seen.Uid);
            }

            if (kernel.Users.TryChargeSignal(uid, group.Limits[Rlimit.RLIMIT_SIGPENDING].Cur, mayExceed))
            {
                pending.Add(seen, uid);
            }
            else if (signal >= Signal.SIGRTMIN && info.Code != Si.SI_USER)
            {
                return Errno.EAGAIN;
            }
            else
            {
                pending.AddBare(signal);
            }
        }

        group.SignalArrived.WakeAll(PollEvents.POLLIN);
        Complete(target, signal, isForGroup);
        return Errno.OK;
    }

    /// <summary>Side effects of stop signals and SIGCONT on arrival. False: the signal is ignored and not queued.</summary>
    private bool Prepare(Task target, int signal, bool isForced)
    {
        ThreadGroup group = target.Group;
        if (group.IsExiting)
        {
            return false;
        }

        if (SignalMask.Has(SignalMask.Stop, signal))
        {
            FlushFromGroup(group, SignalMask.Continue);
        }
        else if (signal == Signal.SIGCONT)
        {
            FlushFromGroup(group, SignalMask.Stop);
            kernel.JobControl.ContinueGroup(group);
        }

        return !IsIgnored(target, signal, isForced);
    }

    private static void FlushFromGroup(ThreadGroup group, ulong mask)
    {
        group.SharedPending.Flush(mask);
        foreach (Task task in group.Tasks)
        {
            task.Signals.Pending.Flush(mask);
        }
    }

    /// <summary>sig_ignored(): blocked signals are never ignored, the action may change before they are unblocked.</summary>
    private static bool IsIgnored(Task target, int signal, bool isForced)
    {
        if (SignalMask.Has(target.Signals.Blocked | target.Signals.RealBlocked, signal))
        {
            return false;
        }

        // A tracer sees what its tracee ignores.
        if (target.Tracing is not null && signal != Signal.SIGKILL)
        {
            return false;
        }

        bool isKernelOnly = SignalMask.Has(SignalMask.KernelOnly, signal);
        if (target.Group.IsUnkillable && target.Group.Actions[signal].Handler == Signal.SIG_DFL && !(isForced && isKernelOnly))
        {
            return true;
        }

        return target.Group.Actions.IsIgnored(signal);
    }

    /// <summary>Finds a thread that takes the signal and wakes it; a fatal one begins the group's exit at once.</summary>
    private void Complete(Task target, int signal, bool isForGroup)
    {
        ThreadGroup group = target.Group;
        Task? chosen = null;
        if (Wants(target, signal))
        {
            chosen = target;
        }
        else if (isForGroup)
        {
            foreach (Task task in group.Tasks)
            {
                if (Wants(task, signal))
                {
                    chosen = task;
                    break;
                }
            }
        }

        if (chosen is null)
        {
            // All block it or are busy: whoever unblocks it or comes by takes it.
            return;
        }

        if (IsFatal(group, signal) && (signal == Signal.SIGKILL || target.Tracing is null) && !SignalMask.Has(chosen.Signals.RealBlocked, signal))
        {
            kernel.TaskExit.BeginGroupExit(group, signal, except: null);
            return;
        }

        Wake(chosen, isFatal: signal == Signal.SIGKILL);
    }

    private static bool Wants(Task task, int signal)
    {
        if (SignalMask.Has(task.Signals.Blocked, signal) || task.IsExiting)
        {
            return false;
        }

        // A thread that is on its way to its signals leaves the next one to others. Signals that merely wait do not show that: they may be
        // on another thread's way, and that thread need not take this one.
        return signal == Signal.SIGKILL || task.State switch
        {
            TaskState.Stopped or TaskState.Traced => false,
            TaskState.Blocked when task.Sleep.IsUninterruptible => !task.Signals.IsPendingBefore(signal),
            TaskState.Blocked => !task.IsReady,
            _ => true,
        };
    }

    private static bool IsFatal(ThreadGroup group, int signal) =>
        !SignalMask.Has(SignalMask.Ignore | SignalMask.Stop, signal) && group.Actions[signal].Handler == Signal.SIG_DFL;

    /// <summary>signal_wake_up(): brings the task to its return path.</summary>
    public void Wake(Task task, bool isFatal)
    {
        switch (task.State)
        {
            case TaskState.Running when task.Thread.State == Machine.GuestThreadState.Running:
                task.Thread.Kick();
                break;
            case TaskState.Blocked when isFatal || !task.Sleep.IsUninterruptible:
                kernel.Scheduler.MakeReady(task);
                break;
            case TaskState.Stopped or TaskState.Traced when isFatal:
                kernel.Scheduler.Resume(task);
                break;
        }
    }
}

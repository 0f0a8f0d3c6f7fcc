using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The end of tasks and processes (kernel/exit.c).</summary>
public sealed partial class LinuxKernel
{
    /// <summary>How long threads of an ending process have to come by before their address space is ended under them.</summary>
    private const long ExitGraceNanoseconds = 2 * KernelClock.NanosecondsPerSecond;

    /// <summary>do_group_exit() for everybody but <paramref name="except"/>: each thread exits on its way back to guest code.</summary>
    internal void BeginGroupExit(ThreadGroup group, int exitCode, Task? except)
    {
        if (group.IsExiting)
        {
            return;
        }

        group.IsExiting = true;
        group.ExitCode = exitCode;
        group.StopCount = 0;
        bool isRunning = false;
        foreach (Task task in group.Tasks)
        {
            task.Signals.ClearStop();
            if (task == except || task.IsExiting)
            {
                continue;
            }

            task.Signals.Pending.AddBare(Signal.SIGKILL);
            if (task.Thread.State == GuestThreadState.Dead)
            {
                Defer(() => ExitLost(task));
                continue;
            }

            isRunning |= task.State == TaskState.Running;
            WakeForSignal(task, isFatal: true);
        }

        if (isRunning)
        {
            ArmExitWatch(group);
        }
    }

    /// <summary>A guest cannot hold a thread back from its end: what has not come by in time loses its address space.</summary>
    private void ArmExitWatch(ThreadGroup group)
    {
        var timer = new KernelTimer(Timers, () =>
        {
            foreach (Task task in group.Tasks)
            {
                if (!task.IsExiting && task.Thread.State != GuestThreadState.Dead)
                {
                    KillSpace(task.Thread.Space);
                    return;
                }
            }
        });
        timer.Set(Clock.Monotonic + ExitGraceNanoseconds);
        group.ExitWatch = timer;
    }

    /// <summary>exit_group(2).</summary>
    internal void ExitGroup(Task task, int exitCode)
    {
        ThreadGroup group = task.Group;
        if (group.IsExiting)
        {
            exitCode = group.ExitCode;
        }
        else if (group.ExecTask is { } other && other != task)
        {
            exitCode = 0;
        }
        else
        {
            BeginGroupExit(group, exitCode, except: task);
        }

        ExitTask(task, exitCode);
    }

    /// <summary>do_exit(): ends one task. Its thread runs no guest code again.</summary>
    internal void ExitTask(Task task, int exitCode)
    {
        if (StopForExit(task, exitCode))
        {
            return;
        }

        ThreadGroup group = task.Group;
        Current = task;
        ExitSignals(task);
        task.ExitCode = exitCode;
        bool isGroupDead = IsLastLive(group, task);
        if (isGroupDead && !group.IsExiting)
        {
            // The last thread's status is the process's (exit(2) of the last thread).
            group.ExitCode = exitCode;
        }

        Tracer?.OnTaskExit(task, exitCode);
        if (isGroupDead)
        {
            group.ExitWatch?.Cancel();
            OnGroupDying(group, task);
        }

        ReleaseMemory(task);
        if (isGroupDead)
        {
            group.CountTimeOf(null);
            task.Mm.DropUser();
        }

        Carrel.Kernel.Ipc.TaskIpcState.OnExit(task);
        task.State = TaskState.Zombie;
        task.Sleep.Clear();
        if (task.Thread.State != GuestThreadState.Dead)
        {
            task.Thread.Exit();
        }

        task.Files.Release(task);
        task.Fs.Release();
        if (isGroupDead && group.IsSessionLeader)
        {
            LeaveTerminal(group);
        }

        ExitNotify(task, isGroupDead);
    }

    private static bool IsLastLive(ThreadGroup group, Task task)
    {
        foreach (Task other in group.Tasks)
        {
            if (other != task && !other.IsExiting)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>exit_signals(): others take over the signals and the stop this task was counted in.</summary>
    private void ExitSignals(Task task)
    {
        ThreadGroup group = task.Group;
        task.IsExiting = true;
        if (group.Tasks.Count == 1 || group.IsExiting)
        {
            return;
        }

        task.Signals.RetargetShared(~task.Signals.Blocked);
        if (task.Signals.IsStopPending && ParticipateInStop(task))
        {
            NotifyParentOfStop(group, Cld.CLD_STOPPED, group.StopSignal);
        }
    }

    /// <summary>mm_release(): what user space waits for when a thread lets go of its memory, at exit and execve.</summary>
    internal void ReleaseMemory(Task task)
    {
        task.Signals.AlternateStack = new StackT { Flags = SignalStack.SS_DISABLE };
        ReleaseFutexes(task);
        if (task.ClearChildTid != 0)
        {
            // Not for a process killed alone in its memory: nobody is left to read it (mm_users > 1).
            if (task.Mm.UserCount > 1 || task.Group.Tasks.Count > 1)
            {
                new UserPtr<int>(task.ClearChildTid).TryWrite(task, 0);
                WakeFutex(task, task.ClearChildTid);
            }

            task.ClearChildTid = 0;
        }

        task.VforkParent?.Complete();
        task.VforkParent = null;
    }

    /// <summary>exit_notify(): children find a new parent, the own parent is told.</summary>
    private void ExitNotify(Task task, bool isGroupDead)
    {
        ThreadGroup group = task.Group;
        DetachAll(task);
        ForgetChildren(task);
        if (isGroupDead)
        {
            HangUpOrphans(group.ProcessGroup, group, null);
        }

        if (task != group.Leader && !TellTracer(task))
        {
            RemoveTask(task);
        }

        group.ThreadGone.WakeAll();
        if (isGroupDead)
        {
            group.IsZombie = true;
            if (group == Init)
            {
                int status = group.ExitCode;
                Stop((status & 0x7f) != 0 ? 128 + (status & 0x7f) : status >> 8 & 0xff, null);
                return;
            }

            group.Ended.WakeAll();
            if (!TellTracer(group.Leader) && NotifyParent(group))
            {
                Reap(group);
            }
        }
    }

    /// <summary>The end of a tracee is told to its tracer; a parent hears of it when the tracer has taken note. False: nobody else traces it.</summary>
    private bool TellTracer(Task task)
    {
        if (task.Tracing is not { } tracing)
        {
            return false;
        }

        ThreadGroup group = task.Group;
        ThreadGroup tracer = tracing.Tracer.Group;
        if (task == group.Leader && tracer == group.Parent)
        {
            return false;
        }

        KernelSigaction action = tracer.Actions[Signal.SIGCHLD];
        if (action.Handler == Signal.SIG_IGN || (action.Flags & SigAction.SA_NOCLDWAIT) != 0)
        {
            task.Tracing = null;
            tracing.Tracer.Tracees.Remove(task);
            return false;
        }

        int code = task == group.Leader ? group.ExitCode : task.ExitCode;
        int status = code & 0x7f;
        SendSignal(tracer, group.ChildInfo(Signal.SIGCHLD, status != 0 ? Cld.CLD_KILLED : Cld.CLD_EXITED, status != 0 ? status : code >> 8) with { Pid = task.Tid });
        tracer.ChildChanged.WakeAll();
        return true;
    }

    /// <summary>Takes a task out of its group and of the table.</summary>
    private void RemoveTask(Task task)
    {
        task.State = TaskState.Dead;
        task.Tracing?.Tracer.Tracees.Remove(task);
        task.Tracing = null;
        task.Signals.Pending.Flush(ulong.MaxValue);
        task.Group.Tasks.Remove(task);
        task.PidEntry.Task = null;
        Pids.TaskCount--;
        Users.UnchargeTask(task.Credentials.Uid);
        Pids.Trim(task.PidEntry);
    }

    /// <summary>do_notify_parent(). True: nobody will wait for it, so it is reaped at once.</summary>
    private bool NotifyParent(ThreadGroup group)
    {
        if (group.Parent is not { } parent)
        {
            return true;
        }

        int signal = group.ExitSignal;
        bool isAutoReaped = false;
        if (signal == Signal.SIGCHLD)
        {
            KernelSigaction action = parent.Actions[Signal.SIGCHLD];
            isAutoReaped = action.Handler == Signal.SIG_IGN || (action.Flags & SigAction.SA_NOCLDWAIT) != 0;
            if (action.Handler == Signal.SIG_IGN)
            {
                signal = 0;
            }
        }

        if (signal != 0)
        {
            int status = group.ExitCode & 0x7f;
            SendSignal(parent, status != 0
                ? group.ChildInfo(signal, (group.ExitCode & 0x80) != 0 ? Cld.CLD_DUMPED : Cld.CLD_KILLED, status)
                : group.ChildInfo(signal, Cld.CLD_EXITED, group.ExitCode >> 8));
        }

        parent.ChildChanged.WakeAll();
        return isAutoReaped;
    }

    /// <summary>release_task() of a zombie process: its numbers become free.</summary>
    internal void Reap(ThreadGroup group)
    {
        group.IsReaped = true;
        group.SharedPending.Flush(ulong.MaxValue);
        group.Parent?.Children.Remove(group);
        foreach (Task task in group.Tasks.ToArray())
        {
            RemoveTask(task);
        }

        group.PidEntry.Group = null;
        group.ProcessGroup.Remove(group);
        Pids.Trim(group.PidEntry);
    }

    /// <summary>Ends an address space under its threads.</summary>
    private void KillSpace(AddressSpace space)
    {
        _killedSpaces.Add(space);
        space.Kill();
    }

    private readonly HashSet<AddressSpace> _killedSpaces = [];

    /// <summary>The host side of an address space is gone: processes that were still in it, which nobody asked to end, die as by SIGKILL.</summary>
    private void OnAddressSpaceDied(AddressSpace space, bool expected)
    {
        if (space == _dyingOfMemory)
        {
            _dyingOfMemory = null;
        }

        if (!_killedSpaces.Remove(space) && expected)
        {
            return;
        }

        var lost = new List<Task>();
        foreach (ThreadGroup group in Pids.Groups)
        {
            foreach (Task task in group.Tasks)
            {
                if (!task.IsExiting && task.Thread.Space == space)
                {
                    lost.Add(task);
                }
            }
        }

        if (lost.Count > 0 && !expected)
        {
            Host.Log($"{lost[0]}: its address space died on the host");
        }

        foreach (Task task in lost)
        {
            BeginGroupExit(task.Group, Signal.SIGKILL, except: task);
        }

        foreach (Task task in lost)
        {
            ExitLost(task);
        }
    }

    /// <summary>The host could not make the thread; its process cannot go on without it.</summary>
    private void LoseSpawned(Task task)
    {
        BeginGroupExit(task.Group, Signal.SIGKILL, except: task);
        ExitLost(task);
    }

    /// <summary>The task's host thread is no more.</summary>
    private void ExitLost(Task task)
    {
        if (!task.IsExiting)
        {
            ExitTask(task, task.Group.IsExiting ? task.Group.ExitCode : Signal.SIGKILL);
        }
    }
}

using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The end of tasks and processes (kernel/exit.c).</summary>
internal sealed class TaskExit(LinuxKernel kernel)
{
    /// <summary>How long threads of an ending process have to come by before their address space is ended under them.</summary>
    private const long ExitGraceNanoseconds = 2 * KernelClock.NanosecondsPerSecond;

    /// <summary>do_group_exit() for everybody but <paramref name="except"/>: each thread exits on its way back to guest code.</summary>
    public void BeginGroupExit(ThreadGroup group, int exitCode, Task? except)
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
                kernel.Scheduler.Defer(() => ExitLost(task));
                continue;
            }

            isRunning |= task.State == TaskState.Running;
            kernel.Signals.Wake(task, isFatal: true);
        }

        if (isRunning)
        {
            ArmWatch(group);
        }
    }

    /// <summary>A guest cannot hold a thread back from its end: what has not come by in time loses its address space.</summary>
    public void ArmWatch(ThreadGroup group)
    {
        var timer = new KernelTimer(kernel.Timers, () =>
        {
            foreach (Task task in group.Tasks)
            {
                if (!task.IsExiting && task.Thread.State != GuestThreadState.Dead)
                {
                    kernel.LostSpaces.Kill(task.Thread.Space);
                    return;
                }
            }
        });
        timer.Set(kernel.Clock.Monotonic + ExitGraceNanoseconds);
        group.ExitWatch = timer;
    }

    /// <summary>exit_group(2).</summary>
    public void ExitGroup(Task task, int exitCode)
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
    public void ExitTask(Task task, int exitCode)
    {
        if (kernel.TraceEvents.StopForExit(task, exitCode))
        {
            return;
        }

        ThreadGroup group = task.Group;
        kernel.Current = task;
        ExitSignals(task);
        task.ExitCode = exitCode;
        bool isGroupDead = IsLastLive(group, task);
        if (isGroupDead && !group.IsExiting)
        {
            // The last thread's status is the process's (exit(2) of the last thread).
            group.ExitCode = exitCode;
        }

        kernel.Tracer?.OnTaskExit(task, exitCode);
        if (isGroupDead)
        {
            group.ExitWatch?.Cancel();
            group.StopTimers();
            group.NoteResident(task);
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
        SeccompCheck.OnExit(task);
        if (task.Thread.State != GuestThreadState.Dead)
        {
            task.Thread.Exit();
        }

        task.Files.Release(task);
        task.Fs.Release();
        task.Namespaces.Mounts.DropUser();
        if (isGroupDead && group.IsSessionLeader)
        {
            Reparenting.LeaveTerminal(group);
        }

        Notify(task, isGroupDead);
    }

    public static bool IsLastLive(ThreadGroup group, Task task)
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
        if (task.Signals.IsStopPending && JobControl.ParticipateInStop(task))
        {
            kernel.JobControl.NotifyParentOfStop(group, Cld.CLD_STOPPED, group.StopSignal);
        }
    }

    /// <summary>mm_release(): what user space waits for when a thread lets go of its memory, at exit and execve.</summary>
    public void ReleaseMemory(Task task)
    {
        task.Signals.AlternateStack = new StackT { Flags = SignalStack.SS_DISABLE };
        kernel.Futexes.OnTaskExit(task);
        if (task.ClearChildTid != 0)
        {
            // Not for a process killed alone in its memory: nobody is left to read it (mm_users > 1).
            if (task.Mm.UserCount > 1 || task.Group.Tasks.Count > 1)
            {
                new UserPtr<int>(task.ClearChildTid).TryWrite(task, 0);
                kernel.Futexes.Wake(task.Mm, task.ClearChildTid, 1);
                task.Mm.FlushRemote();
            }

            task.ClearChildTid = 0;
        }

        task.VforkParent?.Complete();
        task.VforkParent = null;
    }

    /// <summary>exit_notify(): children find a new parent, the own parent is told.</summary>
    private void Notify(Task task, bool isGroupDead)
    {
        ThreadGroup group = task.Group;
        if (isGroupDead && group.IsNamespaceInit && group != kernel.Init && !ClosePids(group.PidEntry.Table, task))
        {
            return;
        }

        kernel.TraceEvents.DetachAll(task);
        kernel.Reparenting.ForgetChildren(task);
        if (isGroupDead)
        {
            kernel.Reparenting.HangUpOrphans(group.ProcessGroup, group, null);
        }

        if (task != group.Leader && !kernel.Reaper.TellTracer(task))
        {
            kernel.Reaper.RemoveTask(task);
        }

        group.ThreadGone.WakeAll();
        if (isGroupDead)
        {
            group.IsZombie = true;
            WakeInits(group.PidEntry);
            if (group == kernel.Init)
            {
                int status = group.ExitCode;
                kernel.Stop((status & 0x7f) != 0 ? 128 + (status & 0x7f) : status >> 8 & 0xff, null);
                return;
            }

            group.Ended.WakeAll();
            if (group.IsWaitable)
            {
                kernel.Reaper.Announce(group);
            }
        }
    }

    /// <summary>
    /// zap_pid_ns_processes(): with its init all processes of a pid namespace end. False: the end of init is announced when they have.
    /// </summary>
    private bool ClosePids(PidTable table, Task init)
    {
        table.IsClosed = true;
        table.Waiting = init;
        foreach (ThreadGroup other in table.Groups)
        {
            if (other != init.Group)
            {
                kernel.Signals.Send(other, SignalInfo.Kernel(Signal.SIGKILL), isForced: true);
            }
        }

        if (table.HasLiveOthers)
        {
            return false;
        }

        table.Waiting = null;
        return true;
    }

    // A process has ended: perhaps it was the last one that the init of its namespace waited for.
    private void WakeInits(PidEntry pid)
    {
        foreach ((PidTable table, _) in pid.Numbers)
        {
            if (table is { Waiting: { } init, HasLiveOthers: false })
            {
                kernel.Scheduler.Defer(() =>
                {
                    if (table.Waiting == init)
                    {
                        Notify(init, isGroupDead: true);
                    }
                });
            }
        }
    }

    /// <summary>The host could not make the thread; its process cannot go on without it.</summary>
    public void LoseSpawned(Task task)
    {
        BeginGroupExit(task.Group, Signal.SIGKILL, except: task);
        ExitLost(task);
    }

    /// <summary>The task's host thread is no more.</summary>
    public void ExitLost(Task task)
    {
        if (!task.IsExiting)
        {
            ExitTask(task, task.Group.IsExiting ? task.Group.ExitCode : Signal.SIGKILL);
        }
    }
}

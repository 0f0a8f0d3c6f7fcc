using Carrel.Abi;
using Carrel.Kernel.Ptrace;
using Carrel.Kernel.Vfs;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>Making tasks (kernel_clone() and copy_process() of kernel/fork.c).</summary>
internal static class TaskFork
{
    /// <summary>Runs a request of a trapped task. On success the caller resumes with the child's tid, or parks until its vfork child is done.</summary>
    public static SyscallResult Clone(Task parent, in CloneRequest request)
    {
        LinuxKernel kernel = parent.Kernel;
        Errno error = Check(parent, request);
        if (error != Errno.OK)
        {
            return error;
        }

        if (parent.Signals.IsPending)
        {
            return Errno.ERESTARTNOINTR;
        }

        error = CheckLimits(parent, request);
        if (error != Errno.OK)
        {
            return error;
        }

        Result<Credentials> credentials = request.Has(CloneFlags.CLONE_NEWUSER) ? UserNamespace.Create(parent) : parent.Credentials;
        if (credentials.Failed)
        {
            return credentials.Error;
        }

        Result<NamespaceSet> namespaces = parent.Namespaces.ForClone(parent, request.Flags, credentials.Value);
        if (namespaces.Failed)
        {
            return namespaces.Error;
        }

        // Undo lists belong to the semaphores of one namespace; asked after who may make one.
        if (request.HasAll(CloneFlags.CLONE_NEWIPC | CloneFlags.CLONE_SYSVSEM))
        {
            return Errno.EINVAL;
        }

        PidTable table = namespaces.Value.PidsOfChildren(parent);
        if (request.Has(CloneFlags.CLONE_THREAD) && table != parent.Pids)
        {
            return Errno.EINVAL;
        }

        if (table.IsClosed)
        {
            return Errno.ENOMEM;
        }

        Result<PidEntry> pid = table.Allocate(request.WantedTids, credentials.Value);
        if (pid.Failed)
        {
            return pid.Error;
        }

        SyscallResult result = CopyProcess(parent, request, pid.Value, namespaces.Value, credentials.Value);
        PidTable.Trim(pid.Value);
        return result;
    }

    /// <summary>The checks at the head of copy_process().</summary>
    private static Errno Check(Task parent, in CloneRequest request)
    {
        if (request.HasAll(CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_FS)
            || request.HasAll(CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_FS)
            || (request.Has(CloneFlags.CLONE_THREAD) && !request.Has(CloneFlags.CLONE_SIGHAND))
            || (request.Has(CloneFlags.CLONE_SIGHAND) && !request.Has(CloneFlags.CLONE_VM))
            || (request.Has(CloneFlags.CLONE_PARENT) && (parent.Group.Parent is null || parent.Group.IsNamespaceInit))
            || (request.Has(CloneFlags.CLONE_THREAD) && request.Has(CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWPID))
            || request.HasAll(CloneFlags.CLONE_PIDFD | CloneFlags.CLONE_DETACHED))
        {
            return Errno.EINVAL;
        }

        return parent.IsTrapped ? Errno.OK : Errno.ENOSYS;
    }

    private static Errno CheckLimits(Task parent, in CloneRequest request)
    {
        LinuxKernel kernel = parent.Kernel;
        Credentials credentials = parent.Credentials;
        if ((ulong)kernel.Users.TaskCount(credentials.Uid) >= parent.Limit(Rlimit.RLIMIT_NPROC) && credentials.Uid != 0
            && !credentials.HasCapability(Capability.CAP_SYS_RESOURCE) && !credentials.HasCapability(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EAGAIN;
        }

        if (kernel.Pids.TaskCount >= kernel.Options.PidsLimit)
        {
            return Errno.EAGAIN;
        }

        // A process has a space of its own, or will soon (vfork).
        return request.Has(CloneFlags.CLONE_THREAD) || kernel.KernelMemory.HasRoomForSpace() ? Errno.OK : Errno.ENOMEM;
    }

    private static SyscallResult CopyProcess(Task parent, in CloneRequest request, PidEntry pid, NamespaceSet namespaces, Credentials credentials)
    {
        LinuxKernel kernel = parent.Kernel;
        int pidfd = -1;
        if (request.Has(CloneFlags.CLONE_PIDFD))
        {
            Result<int> reserved = parent.Files.Reserve(parent);
            if (reserved.Failed)
            {
                return reserved.Error;
            }

            pidfd = reserved.Value;
            if (!request.Pidfd.TryWrite(parent, pidfd))
            {
                parent.Files.CancelReserved(pidfd);
                return Errno.EFAULT;
            }
        }

        // Memory last: what the machine has queued for the caller's resumption cannot be taken back.
        Registers registers = parent.Thread.Registers;
        registers.Rax = 0;
        registers.Rsp = request.Stack != 0 ? request.Stack : registers.Rsp;
        ulong? fsBase = request.Has(CloneFlags.CLONE_SETTLS) ? request.Tls : null;
        MemoryManager mm = parent.Mm;
        GuestThread thread;
        if (request.Has(CloneFlags.CLONE_VM))
        {
            thread = parent.Thread.Space.SpawnThread(parent.Thread, registers, fsBase);
            if (!request.Has(CloneFlags.CLONE_THREAD))
            {
                mm.AddUser();
            }
        }
        else
        {
            Result<MemoryManager> copy = mm.Fork(parent.Thread, registers, fsBase, out GuestThread? forked);
            if (copy.Failed || forked is null)
            {
                if (pidfd >= 0)
                {
                    parent.Files.CancelReserved(pidfd);
                }

                return copy.Failed ? copy.Error : Errno.ENOMEM;
            }

            mm = copy.Value;
            thread = forked;
        }

        Task child = MakeTask(parent, request, pid, namespaces, credentials, mm, thread);
        if (pidfd >= 0)
        {
            parent.Files.InstallReserved(pidfd, PidFile.Open(kernel, child, request.Has(CloneFlags.CLONE_THREAD)), isCloseOnExec: true);
        }

        if (request.Has(CloneFlags.CLONE_PARENT_SETTID))
        {
            request.ParentTid.TryWrite(parent, child.TidFor(parent));
        }

        if (request.Has(CloneFlags.CLONE_CHILD_SETTID))
        {
            request.ChildTid.TryWrite(child, child.OwnTid);
        }

        int traceEvent = TraceEvents.CloneEventOf(parent, request.Flags, request.ExitSignal);
        if (traceEvent != 0 || (request.Has(CloneFlags.CLONE_PTRACE) && parent.Tracing is not null))
        {
            kernel.TraceEvents.OnChild(parent, child);
        }

        if (!request.Has(CloneFlags.CLONE_VFORK) && traceEvent == 0)
        {
            return child.TidFor(parent);
        }

        if (request.Has(CloneFlags.CLONE_VFORK))
        {
            child.VforkParent = new VforkWait();
        }

        return SyscallRestart.Park(parent, new ParkedClone(parent.SyscallNumber, child.TidFor(parent), child.VforkParent, traceEvent));
    }

    private static Task MakeTask(Task parent, in CloneRequest request, PidEntry pid, NamespaceSet namespaces, Credentials credentials, MemoryManager mm, GuestThread thread)
    {
        LinuxKernel kernel = parent.Kernel;
        bool isThread = request.Has(CloneFlags.CLONE_THREAD);
        ThreadGroup group = isThread ? parent.Group : MakeGroup(parent, request, pid);
        FdTable files = parent.Files;
        if (request.Has(CloneFlags.CLONE_FILES))
        {
            files.AddReference();
        }
        else
        {
            files = files.Clone();
        }

        FsContext fs = parent.Fs;
        if (request.Has(CloneFlags.CLONE_FS))
        {
            fs.AddReference();
        }
        else
        {
            fs = fs.Clone();
        }

        var child = new Task(kernel, group, pid.Number, thread, mm, files, fs, credentials)
        {
            PidEntry = pid,
            Name = parent.Name,
            Namespaces = namespaces,
            NoNewPrivileges = parent.NoNewPrivileges,
            Personality = parent.Personality,
            TimerSlack = parent.TimerSlack,
            DefaultTimerSlack = parent.TimerSlack,
            Scheduling = parent.Scheduling.ForChild(),
            StartTime = kernel.Clock.Boottime,
            ClearChildTid = request.Has(CloneFlags.CLONE_CHILD_CLEARTID) ? request.ChildTid.Address : 0,
            FsBase = request.Has(CloneFlags.CLONE_SETTLS) ? request.Tls : parent.FsBase,
            GsBase = parent.GsBase,
            SeccompMode = parent.SeccompMode,
            SeccompFilter = parent.SeccompFilter?.AddUser(),
            State = TaskState.Running,
        };
        child.Signals.InheritFrom(parent.Signals, keepsAlternateStack: !request.Has(CloneFlags.CLONE_VM) || request.Has(CloneFlags.CLONE_VFORK));
        thread.Owner = child;
        pid.Task = child;
        group.Tasks.Add(child);
        kernel.Pids.TaskCount++;
        kernel.Users.ChargeTask(child.Credentials.Uid);
        if (!isThread)
        {
            group.Leader = child;
            if (!request.Has(CloneFlags.CLONE_VM))
            {
                mm.LimitsOf = group;
            }

            group.CpuLimitChanged();
            group.CountTimeOf(request.Has(CloneFlags.CLONE_VM) ? null : thread.Space);
        }

        namespaces.Enter(child, request.Flags);
        Ipc.TaskIpcState.ShareSemaphoreUndo(parent, child, request.Flags);
        return child;
    }

    private static ThreadGroup MakeGroup(Task parent, in CloneRequest request, PidEntry pid)
    {
        ThreadGroup old = parent.Group;
        bool isSibling = request.Has(CloneFlags.CLONE_PARENT);
        SignalActions actions = old.Actions;
        if (request.Has(CloneFlags.CLONE_SIGHAND))
        {
            actions.UserCount++;
        }
        else
        {
            actions = actions.Copy();
            if (request.Has(CloneFlags.CLONE_CLEAR_SIGHAND))
            {
                actions.ResetHandlers();
            }
        }

        ThreadGroup father = isSibling ? old.Parent! : old;
        var group = new ThreadGroup(parent.Kernel, pid, old.ProcessGroup)
        {
            Actions = actions,
            Limits = old.Limits.Copy(),
            ExitSignal = isSibling ? old.ExitSignal : request.ExitSignal,
            Parent = father,
            ParentThread = isSibling ? old.ParentThread : parent,
            IsHugePageDisabled = old.IsHugePageDisabled,
            OomScoreAdjustment = old.OomScoreAdjustment,
        };
        pid.Group = group;
        if (pid.OwnNumber == 1)
        {
            pid.Table.Init = group;
            group.IsUnkillable = true;
        }

        father.Children.Add(group);
        old.ProcessGroup.Add(group);
        return group;
    }
}

using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>Process groups and sessions: setpgid(2), setsid(2), getsid(2).</summary>
public static class SessionSyscalls
{
    [Syscall(Nr.getpgrp)]
    public static SyscallResult Getpgrp(Task task) => task.Group.ProcessGroup.IdFor(task);

    [Syscall(Nr.getpgid)]
    public static SyscallResult Getpgid(Task task, int pid) => Find(task, pid) is { } group ? group.ProcessGroup.IdFor(task) : Errno.ESRCH;

    [Syscall(Nr.getsid)]
    public static SyscallResult Getsid(Task task, int pid) => Find(task, pid) is { } group ? group.Session.IdFor(task) : Errno.ESRCH;

    [Syscall(Nr.setpgid)]
    public static SyscallResult Setpgid(Task task, int pid, int pgid)
    {
        ThreadGroup self = task.Group;
        pid = pid == 0 ? self.PidFor(task) : pid;
        pgid = pgid == 0 ? pid : pgid;
        if (pgid < 0)
        {
            return Errno.EINVAL;
        }

        Task? target = task.Pids.FindTask(pid);
        if (target is null)
        {
            return Errno.ESRCH;
        }

        ThreadGroup group = target.Group;
        if (group.Leader != target)
        {
            return Errno.EINVAL;
        }

        if (group.Parent == self)
        {
            if (group.Session != self.Session)
            {
                return Errno.EPERM;
            }

            if (group.HasExecuted)
            {
                return Errno.EACCES;
            }
        }
        else if (group != self)
        {
            return Errno.ESRCH;
        }

        if (group.IsSessionLeader)
        {
            return Errno.EPERM;
        }

        ProcessGroup? destination = task.Pids.FindProcessGroup(pgid);
        if (pgid != pid && (destination is null || destination.Session != self.Session))
        {
            return Errno.EPERM;
        }

        if (destination != group.ProcessGroup)
        {
            ProcessGroup old = group.ProcessGroup;
            destination ??= new ProcessGroup(group.PidEntry, group.Session);
            old.Remove(group);
            destination.Add(group);
        }

        return 0;
    }

    [Syscall(Nr.setsid)]
    public static SyscallResult Setsid(Task task)
    {
        ThreadGroup group = task.Group;
        LinuxKernel kernel = task.Kernel;
        // A process group with the caller's pid as id cannot be taken over into a new session.
        if (group.IsSessionLeader || group.PidEntry.ProcessGroup is not null)
        {
            return Errno.EPERM;
        }

        ProcessGroup old = group.ProcessGroup;
        var session = new Session(kernel, group.PidEntry, group);
        var processGroup = new ProcessGroup(group.PidEntry, session);
        old.Remove(group);
        processGroup.Add(group);
        return session.IdFor(task);
    }

    private static ThreadGroup? Find(Task task, int pid) => pid == 0 ? task.Group : task.Pids.FindTask(pid)?.Group;
}

using Carrel.Abi;
using Carrel.Kernel.Loader;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>Processes that are started from outside of the carrel: its first one (kernel_init() of init/main.c), and others later.</summary>
public static class InitProcess
{
    /// <summary>Starts the carrel's first process. The file system, descriptors and limits are set up by the caller; on failure nothing runs.</summary>
    public static Errno Start(LinuxKernel kernel, InitSpec spec)
    {
        Result<Task> made = Create(kernel, spec);
        return made.Failed ? made.Error : Execute(made.Value, spec);
    }

    /// <summary>The carrel's first process as it is before it executes its program: others may be started already.</summary>
    public static Result<Task> Create(LinuxKernel kernel, InitSpec spec) => Make(kernel, spec, isInit: true);

    /// <summary>
    /// Starts another process, as setns(2) and fork(2) into the carrel's namespaces do: a session of its own, no parent in sight (getppid gives 0), and
    /// nobody inside waits for it.
    /// </summary>
    public static Result<ThreadGroup> StartForeign(LinuxKernel kernel, InitSpec spec) =>
        kernel.Pids.TaskCount >= kernel.Options.PidsLimit ? Errno.EAGAIN : StartNext(kernel, spec);

    private static Result<ThreadGroup> StartNext(LinuxKernel kernel, InitSpec spec)
    {
        Result<Task> made = Make(kernel, spec, isInit: false);
        Errno error = made.Failed ? made.Error : Execute(made.Value, spec);
        return error != Errno.OK ? error : made.Value.Group;
    }

    private static Result<Task> Make(LinuxKernel kernel, InitSpec spec, bool isInit)
    {
        Result<PidEntry> allocated = kernel.Pids.Allocate();
        if (allocated.Failed)
        {
            return allocated.Error;
        }

        PidEntry pid = allocated.Value;
        GuestThread thread = kernel.Platform.CreateAddressSpace();
        var session = new Session(kernel, pid, null);
        var processGroup = new ProcessGroup(pid, session);
        var group = new ThreadGroup(kernel, pid, processGroup) { Limits = spec.Limits.Copy(), IsUnkillable = isInit, OomScoreAdjustment = spec.OomScoreAdjustment };
        MemoryManager mm = MemoryManager.Create(kernel, thread.Space);
        mm.LimitsOf = group;
        var task = new Task(kernel, group, pid.Number, thread, mm, spec.Files, spec.Fs, spec.Credentials)
        {
            PidEntry = pid,
            Namespaces = isInit ? spec.Namespaces.WithIpc(kernel.Ipc) : spec.Namespaces,
            NoNewPrivileges = spec.NoNewPrivileges,
            Personality = spec.Personality,
            StartTime = kernel.Clock.Boottime,
            Name = "init",
            State = TaskState.Running,
        };
        thread.Owner = task;
        pid.Task = task;
        pid.Group = group;
        session.Leader = group;
        processGroup.Add(group);
        group.Leader = task;
        group.Tasks.Add(task);
        group.CountTimeOf(thread.Space);
        kernel.Pids.TaskCount++;
        kernel.Users.ChargeTask(task.Credentials.Uid);
        if (isInit)
        {
            kernel.Init = kernel.Pids.Init = group;
        }

        return task;
    }

    /// <summary>Executes the program of a process that was made and has run nothing; if that fails, the process is gone.</summary>
    public static Errno Execute(Task task, InitSpec spec)
    {
        LinuxKernel kernel = task.Kernel;
        Result<ProgramArguments> arguments = ProgramArguments.Of(task, spec.Path, spec.Arguments, spec.Environment);
        Result<ExecProgram> program = arguments.Failed
            ? arguments.Error
            : ExecProgram.Prepare(task, new Fd(At.AT_FDCWD), spec.Path, Vfs.LookupFlags.Follow, arguments.Value, isPathInaccessible: false);
        if (program.Failed)
        {
            Abandon(task);
            return program.Error;
        }

        if (spec.Seccomp is { } filter)
        {
            task.SeccompMode = Abi.Seccomp.SECCOMP_MODE_FILTER;
            task.SeccompFilter = new SeccompFilter(filter, null);
        }

        kernel.Execve.Commit(task, program.Value);
        if (task.State == TaskState.Running)
        {
            kernel.ReturnPath.ReturnToGuest(task);
        }

        return Errno.OK;
    }

    /// <summary>Takes back a process that has run nothing.</summary>
    private static void Abandon(Task task)
    {
        ThreadGroup group = task.Group;
        task.IsExiting = group.IsExiting = true;
        group.CountTimeOf(null);
        task.Mm.DropUser();
        task.State = TaskState.Zombie;
        task.Thread.Exit();
        task.Files.Release(task);
        task.Fs.Release();
        group.IsZombie = true;
        task.Kernel.Reaper.Reap(group);
    }
}

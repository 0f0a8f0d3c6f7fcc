using Carrel.Abi;
using Carrel.Kernel.Loader;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The carrel's first process (kernel_init() of init/main.c).</summary>
public static class InitProcess
{
    /// <summary>Starts the carrel's first process. The file system, descriptors and limits are set up by the caller; on failure nothing runs.</summary>
    public static Errno Start(LinuxKernel kernel, InitSpec spec)
    {
        PidEntry pid = kernel.Pids.Allocate()!;
        GuestThread thread = kernel.Platform.CreateAddressSpace();
        var session = new Session(kernel, pid, null);
        var processGroup = new ProcessGroup(pid, session);
        var group = new ThreadGroup(kernel, pid, processGroup) { Limits = spec.Limits.Copy(), IsUnkillable = true, OomScoreAdjustment = spec.OomScoreAdjustment };
        MemoryManager mm = MemoryManager.Create(kernel, thread.Space);
        mm.LimitsOf = group;
        var task = new Task(kernel, group, pid.Number, thread, mm, spec.Files, spec.Fs, spec.Credentials)
        {
            PidEntry = pid,
            Namespaces = spec.Namespaces.WithIpc(kernel.Ipc),
            NoNewPrivileges = spec.NoNewPrivileges,
            Personality = spec.Personality,
            StartTime = kernel.Clock.Boottime,
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
        kernel.Init = group;

        Result<ProgramArguments> arguments = ProgramArguments.Of(task, spec.Path, spec.Arguments, spec.Environment);
        Result<ExecProgram> program = arguments.Failed
            ? arguments.Error
            : ExecProgram.Prepare(task, new Fd(At.AT_FDCWD), spec.Path, Vfs.LookupFlags.Follow, arguments.Value, isPathInaccessible: false);
        if (program.Failed)
        {
            task.State = TaskState.Dead;
            thread.Exit();
            return program.Error;
        }

        kernel.Execve.Commit(task, program.Value);
        if (task.State == TaskState.Running)
        {
            kernel.ReturnPath.ReturnToGuest(task);
        }

        return Errno.OK;
    }
}

using Carrel.Abi;
using Carrel.Kernel.Loader;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>execve(2) and execveat(2).</summary>
public static class ExecSyscalls
{
    [Syscall(Nr.execve)]
    public static SyscallResult Execve(Task task, UserString path, UserPtr<ulong> argv, UserPtr<ulong> envp) =>
        Run(task, new Fd(At.AT_FDCWD), path, argv, envp, 0);

    [Syscall(Nr.execveat, Missing = "AT_EXECVE_CHECK")]
    public static SyscallResult Execveat(Task task, Fd directory, UserString path, UserPtr<ulong> argv, UserPtr<ulong> envp, int flags) =>
        Run(task, directory, path, argv, envp, flags);

    private static SyscallResult Run(Task task, Fd directory, UserString path, UserPtr<ulong> argv, UserPtr<ulong> envp, int flags)
    {
        if (!task.IsTrapped)
        {
            return Errno.ENOSYS;
        }

        // The program is prepared once; the handler runs again when the other threads are gone.
        if (task.Restart.State is not ExecProgram program)
        {
            Result<ExecProgram> prepared = Prepare(task, directory, path, argv, envp, flags);
            if (prepared.Failed)
            {
                return prepared.Error;
            }

            program = prepared.Value;
            task.Restart.State = program;
        }

        int oldTid = task.Tid;
        SyscallResult alone = task.Kernel.Execve.EndOtherThreads(task);
        if (alone.IsBlocked)
        {
            return alone;
        }

        if (alone.Failed)
        {
            program.Release();
            task.Restart.State = null;
            return alone;
        }

        task.Kernel.Execve.Commit(task, program);
        task.Kernel.TraceEvents.OnExec(task, oldTid);
        return SyscallResult.NoReturn;
    }

    private static Result<ExecProgram> Prepare(Task task, Fd directory, UserString path, UserPtr<ulong> argv, UserPtr<ulong> envp, int flags)
    {
        Result<string> name = path.ReadPath(task);
        if (name.Failed)
        {
            return name.Error;
        }

        bool allowsEmpty = (flags & At.AT_EMPTY_PATH) != 0;
        if (name.Value.Length == 0 && !allowsEmpty)
        {
            return Errno.ENOENT;
        }

        if ((flags & ~(At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH)) != 0)
        {
            return Errno.EINVAL;
        }

        // do_execveat_common(): the limit that a setuid went over counts now.
        if (task.IsOverProcessLimit && (ulong)task.Kernel.Users.TaskCount(task.Credentials.Uid) > task.Limit(Rlimit.RLIMIT_NPROC))
        {
            return Errno.EAGAIN;
        }

        task.IsOverProcessLimit = false;
        Result<ProgramArguments> arguments = ProgramArguments.Read(task, ExecProgram.NameFor(directory, name.Value), argv, envp);
        if (arguments.Failed)
        {
            return arguments.Error;
        }

        LookupFlags lookup = ((flags & At.AT_SYMLINK_NOFOLLOW) == 0 ? LookupFlags.Follow : 0) | (allowsEmpty ? LookupFlags.AllowEmpty : 0);
        bool isRelativeToFd = directory.Number != At.AT_FDCWD && !name.Value.StartsWith('/');
        bool isInaccessible = isRelativeToFd && task.Files.GetAny(directory).Succeeded && task.Files.IsCloseOnExec(directory.Number);
        return ExecProgram.Prepare(task, directory, name.Value, lookup, arguments.Value, isInaccessible);
    }
}

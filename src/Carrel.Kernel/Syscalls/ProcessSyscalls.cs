using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>Making and ending tasks: clone(2), fork(2), exit(2), gettid(2) and relatives.</summary>
public static class ProcessSyscalls
{
    // What legacy clone() knows beside the exit signal.
    private const CloneFlags LegacyFlags = (CloneFlags)0xffffffff;

    private const CloneFlags Clone3Flags = LegacyFlags | CloneFlags.CLONE_CLEAR_SIGHAND | CloneFlags.CLONE_INTO_CGROUP;

    private const int MaxPidNamespaceLevel = 32;

    [Syscall(Nr.fork)]
    public static SyscallResult Fork(Task task) => TaskFork.Clone(task, new CloneRequest { ExitSignal = Signal.SIGCHLD });

    [Syscall(Nr.vfork)]
    public static SyscallResult Vfork(Task task) =>
        TaskFork.Clone(task, new CloneRequest { Flags = CloneFlags.CLONE_VFORK | CloneFlags.CLONE_VM, ExitSignal = Signal.SIGCHLD });

    [Syscall(Nr.clone, Missing = "time namespaces; mounts are not locked in a new user namespace; CLONE_IO has no effect")]
    public static SyscallResult Clone(Task task, ulong flags, ulong stack, UserPtr<int> parentTid, UserPtr<int> childTid, ulong tls)
    {
        var all = (CloneFlags)(uint)flags;
        const CloneFlags PidfdAndTid = CloneFlags.CLONE_PIDFD | CloneFlags.CLONE_PARENT_SETTID;
        if ((all & PidfdAndTid) == PidfdAndTid)
        {
            // Both would be stored through the same pointer.
            return Errno.EINVAL;
        }

        return TaskFork.Clone(task, new CloneRequest
        {
            Flags = all & ~CloneFlags.CSIGNAL,
            ExitSignal = (int)(all & CloneFlags.CSIGNAL),
            Stack = stack,
            ParentTid = parentTid,
            ChildTid = childTid,
            Pidfd = parentTid,
            Tls = tls,
        });
    }

    [Syscall(Nr.clone3, Missing = "as clone; CLONE_INTO_CGROUP")]
    public static SyscallResult Clone3(Task task, UserPtr<CloneArgs> arguments, ulong size)
    {
        Result<CloneArgs> read = ReadArguments(task, arguments, size);
        if (read.Failed)
        {
            return read.Error;
        }

        CloneArgs args = read.Value;
        if (args.SetTidSize > MaxPidNamespaceLevel || (args.SetTid == 0) != (args.SetTidSize == 0)
            || (args.ExitSignal & ~(ulong)CloneFlags.CSIGNAL) != 0 || args.ExitSignal > Signal.NSIG)
        {
            return Errno.EINVAL;
        }

        var flags = (CloneFlags)args.Flags;
        const CloneFlags Sighand = CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_CLEAR_SIGHAND;
        if ((flags & ~Clone3Flags) != 0
            || (flags & (CloneFlags.CLONE_DETACHED | (CloneFlags.CSIGNAL & ~CloneFlags.CLONE_NEWTIME))) != 0
            || (flags & Sighand) == Sighand
            || ((flags & (CloneFlags.CLONE_THREAD | CloneFlags.CLONE_PARENT)) != 0 && args.ExitSignal != 0)
            || (args.Stack == 0) != (args.StackSize == 0)
            || (args.Stack != 0 && !task.Mm.IsUserRange(args.Stack, args.StackSize)))
        {
            return Errno.EINVAL;
        }

        if ((flags & CloneFlags.CLONE_INTO_CGROUP) != 0)
        {
            return args.Cgroup > int.MaxValue ? Errno.EINVAL : Errno.EBADF;
        }

        var tids = new int[args.SetTidSize];
        if (!new UserPtr<int>(args.SetTid).TryReadArray(task, tids))
        {
            return Errno.EFAULT;
        }

        return TaskFork.Clone(task, new CloneRequest
        {
            Flags = flags,
            ExitSignal = (int)args.ExitSignal,
            Stack = args.Stack + args.StackSize,
            ParentTid = new UserPtr<int>(args.ParentTid),
            ChildTid = new UserPtr<int>(args.ChildTid),
            Pidfd = new UserPtr<int>(args.Pidfd),
            Tls = args.Tls,
            WantedTids = tids,
        });
    }

    /// <summary>copy_struct_from_user(): a longer struct is fine if what is beyond is zero.</summary>
    private static Result<CloneArgs> ReadArguments(Task task, UserPtr<CloneArgs> pointer, ulong size)
    {
        if (size > 4096)
        {
            return Errno.E2BIG;
        }

        if (size < CloneArgs.CLONE_ARGS_SIZE_VER0)
        {
            return Errno.EINVAL;
        }

        var bytes = new byte[Math.Max((int)size, Marshalled.Size<CloneArgs>())];
        if (!task.Mm.Read(pointer.Address, bytes.AsSpan(0, (int)size)))
        {
            return Errno.EFAULT;
        }

        return bytes.AsSpan(Marshalled.Size<CloneArgs>()).ContainsAnyExcept((byte)0) ? Errno.E2BIG : Marshalled.FromBytes<CloneArgs>(bytes);
    }

    [Syscall(Nr.exit)]
    public static SyscallResult Exit(Task task, int status)
    {
        task.Kernel.TaskExit.ExitTask(task, (status & 0xff) << 8);
        return SyscallResult.NoReturn;
    }

    [Syscall(Nr.exit_group)]
    public static SyscallResult ExitGroup(Task task, int status)
    {
        task.Kernel.TaskExit.ExitGroup(task, (status & 0xff) << 8);
        return SyscallResult.NoReturn;
    }

    [Syscall(Nr.getpid)]
    public static SyscallResult Getpid(Task task) => task.Group.PidFor(task);

    [Syscall(Nr.gettid)]
    public static SyscallResult Gettid(Task task) => task.OwnTid;

    [Syscall(Nr.getppid)]
    public static SyscallResult Getppid(Task task) => task.Group.ParentPidIn(task.Pids);

    [Syscall(Nr.set_tid_address)]
    public static SyscallResult SetTidAddress(Task task, UserPtr<int> address)
    {
        task.ClearChildTid = address.Address;
        return task.OwnTid;
    }

    [Syscall(Nr.setns)]
    public static SyscallResult Setns(Task task, Fd fd, int type)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        return file.Failed ? file.Error : Namespaces.Setns.Join(task, file.Value, (CloneFlags)(uint)type);
    }

    [Syscall(Nr.unshare, Missing = "time namespaces")]
    public static SyscallResult Unshare(Task task, ulong flags) => TaskUnshare.Unshare(task, (CloneFlags)flags);
}

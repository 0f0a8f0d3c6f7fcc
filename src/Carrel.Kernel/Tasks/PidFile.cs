using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Fs.Procfs;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Namespaces;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

/// <summary>A reference to a process or, with PIDFD_THREAD, to one thread: pidfd_open(2), clone(2).</summary>
public sealed class PidFile : AnonymousFile
{
    /// <summary>In the order of the PIDFD_GET_*_NAMESPACE.</summary>
    private static readonly string[] _namespaces = ["cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "time_for_children", "user", "uts"];

    private PidFile(LinuxKernel kernel, OpenFlags flags, Task task, bool isThread)
        : base(kernel, flags, "[pidfd]")
    {
        Task = task;
        IsThread = isThread;
    }

    /// <summary>The thread, or the process's leader at the time of opening.</summary>
    public Task Task { get; }

    /// <summary>PIDFD_THREAD: this one thread counts, not the process.</summary>
    public bool IsThread { get; }

    public ThreadGroup Process => Task.Group;

    internal static PidFile Open(LinuxKernel kernel, Task task, bool isThread, OpenFlags flags = 0) =>
        new(kernel, OpenFlags.O_RDWR | flags, task, isThread);

    public override bool AllowsReadAt => true;

    public override bool AllowsWriteAt => true;

    public override bool CanRead => false;

    public override bool CanWrite => false;

    public override Result<long> Seek(long offset, int whence) => Errno.ESPIPE;

    /// <summary>pidfd_get_pid(): EBADF for anything else.</summary>
    internal static Result<PidFile> Get(Task task, Fd fd)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        return file.Failed ? file.Error : file.Value is PidFile pidFile ? pidFile : Errno.EBADF;
    }

    /// <summary>The pid in the reader's namespace and in those below, 0 if it is not seen there, -1 once it is reaped (pidfd_show_fdinfo()).</summary>
    public override void AppendInfo(StringBuilder text)
    {
        PidTable reader = Kernel.Current?.Pids ?? Kernel.Pids;
        PidEntry entry = IsThread ? Task.PidEntry : Process.PidEntry;
        int pid = IsGone ? -1 : entry.NumberIn(reader);
        text.Append(CultureInfo.InvariantCulture, $"Pid:\t{pid}\nNSpid:\t{pid}");
        for (int level = reader.Level + 1; pid > 0 && level < entry.Numbers.Length; level++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\t{entry.Numbers[level].Number}");
        }

        text.Append('\n');
    }

    /// <summary>PIDFD_GET_*_NAMESPACE: the namespaces of a live process (pidfd_ioctl()).</summary>
    public override SyscallResult Ioctl(Task task, uint command, ulong argument)
    {
        if (argument != 0)
        {
            return Errno.EINVAL;
        }

        if (IsGone || Task.IsExiting)
        {
            return Errno.ESRCH;
        }

        if (ProcAccess.Check(task, Task) != Errno.OK)
        {
            return Errno.EACCES;
        }

        uint index = command - PidfdFlags.PIDFD_GET_CGROUP_NAMESPACE;
        return index >= _namespaces.Length ? Errno.ENOTTY
            : NamespaceKind.Find(_namespaces[index]) is { } kind ? NamespaceFile.Open(task, kind, Task)
            : Errno.EOPNOTSUPP;
    }

    /// <summary>Reaped: the number means nobody any more.</summary>
    private bool IsGone => IsThread ? Task.State == TaskState.Dead : Process.IsReaped;

    /// <summary>Readable once the process (all its threads) or the thread has ended; hung up once it is reaped.</summary>
    public override PollEvents Poll(PollTable? table)
    {
        table?.Add(IsThread ? Process.ThreadGone : Process.Ended);
        table?.Add(Process.Ended);
        bool hasEnded = IsThread ? Task.IsExiting && (!Task.IsLeader || Process.IsZombie || Task.State == TaskState.Dead) : Process.IsZombie;
        PollEvents events = hasEnded ? PollEvents.POLLIN | PollEvents.POLLRDNORM : 0;
        return IsGone ? events | PollEvents.POLLHUP : events;
    }
}

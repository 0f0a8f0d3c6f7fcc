using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

/// <summary>A reference to a process or, with PIDFD_THREAD, to one thread: pidfd_open(2), clone(2).</summary>
public sealed class PidFile : AnonymousFile
{
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

    /// <summary>The pid, -1 once it is reaped (pidfd_show_fdinfo()).</summary>
    public override void AppendInfo(StringBuilder text)
    {
        int pid = (IsThread ? Task.State == TaskState.Dead : Process.IsReaped) ? -1 : IsThread ? Task.Tid : Process.Pid;
        text.Append(CultureInfo.InvariantCulture, $"Pid:\t{pid}\nNSpid:\t{pid}\n");
    }

    /// <summary>Readable once the process (all its threads) or the thread has ended; hung up once it is reaped.</summary>
    public override PollEvents Poll(PollTable? table)
    {
        table?.Add(IsThread ? Process.ThreadGone : Process.Ended);
        table?.Add(Process.Ended);
        bool hasEnded = IsThread ? Task.IsExiting && (!Task.IsLeader || Process.IsZombie || Task.State == TaskState.Dead) : Process.IsZombie;
        bool isReaped = IsThread ? Task.State == TaskState.Dead : Process.IsReaped;
        PollEvents events = hasEnded ? PollEvents.POLLIN | PollEvents.POLLRDNORM : 0;
        return isReaped ? events | PollEvents.POLLHUP : events;
    }
}

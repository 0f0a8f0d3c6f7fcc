using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>Whom SIGIO goes to: F_SETOWN, F_SETSIG, O_ASYNC (Linux's fown_struct).</summary>
public sealed partial class AsyncOwner
{
    private int _type = Fcntl.F_OWNER_PID;
    private PidEntry? _pid;

    /// <summary>Real and effective uid of who set the owner.</summary>
    public uint Uid { get; private set; }

    public uint Euid { get; private set; }

    /// <summary>F_SETSIG: 0 means SIGIO.</summary>
    public int Signal { get; set; }

    /// <summary>F_GETOWN: a process, or minus a process group.</summary>
    public int NumberFor(Task task) => _type == Fcntl.F_OWNER_PGRP ? -PidFor(task) : PidFor(task);

    /// <summary>F_GETOWN_EX.</summary>
    public FOwnerEx ExtendedFor(Task task) => new() { Type = _type, Pid = PidFor(task) };

    private int PidFor(Task task) => _pid?.NumberIn(task.Pids) ?? 0;

    /// <summary>F_SETOWN: EINVAL, ESRCH.</summary>
    public Errno SetNumber(Task task, int number)
    {
        if (number == int.MinValue)
        {
            return Errno.EINVAL;
        }

        return number < 0 ? Set(task, Fcntl.F_OWNER_PGRP, -number) : Set(task, Fcntl.F_OWNER_PID, number);
    }

    /// <summary>F_SETOWN_EX.</summary>
    public Errno SetExtended(Task task, FOwnerEx owner) =>
        owner.Type is Fcntl.F_OWNER_TID or Fcntl.F_OWNER_PID or Fcntl.F_OWNER_PGRP ? Set(task, owner.Type, owner.Pid) : Errno.EINVAL;

    /// <summary>f_modown() without force: the caller's process, unless somebody was named before.</summary>
    internal void SetIfNone(Task task)
    {
        if (_pid is null)
        {
            Set(task, Fcntl.F_OWNER_PID, task.Group.PidFor(task));
        }
    }

    /// <summary>send_sigio().</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="fd">The descriptor that O_ASYNC was set through.</param>
    /// <param name="reason">POLL_IN and so on.</param>
    /// <param name="band">What the descriptor is ready for.</param>
    internal void Send(LinuxKernel kernel, int fd, int reason, PollEvents band)
    {
        SigInfo info = Signal == 0
            ? SignalInfo.Kernel(Abi.Signal.SIGIO)
            : new SigInfo { Signo = Signal, Code = reason, Band = (long)(uint)band, Fd = fd };
        Deliver(kernel, info);
    }

    /// <summary>send_sigurg(): for urgent data, with or without O_ASYNC.</summary>
    internal void SendUrgent(LinuxKernel kernel) => Deliver(kernel, SignalInfo.Kernel(Abi.Signal.SIGURG));

    private void Deliver(LinuxKernel kernel, SigInfo info)
    {
        // The number may have gone to somebody else meanwhile.
        if (_pid is null || kernel.Pids.Find(_pid.Number) != _pid)
        {
            return;
        }

        switch (_type)
        {
            case Fcntl.F_OWNER_TID when _pid.Task is { } task && MaySend(task):
                kernel.Signals.Send(task, info);
                break;
            case Fcntl.F_OWNER_PID when _pid.Group is { } group && MaySend(group.Leader):
                kernel.Signals.Send(group, info);
                break;
            case Fcntl.F_OWNER_PGRP when _pid.ProcessGroup is { } processGroup:
                foreach (ThreadGroup member in processGroup.Members.ToArray())
                {
                    if (MaySend(member.Leader))
                    {
                        kernel.Signals.Send(member, info);
                    }
                }

                break;
            default:
                break;
        }
    }

    /// <summary>sigio_perm().</summary>
    private bool MaySend(Task task)
    {
        Credentials credentials = task.Credentials;
        return Euid == 0 || Euid == credentials.Suid || Euid == credentials.Uid || Uid == credentials.Suid || Uid == credentials.Uid;
    }

    private Errno Set(Task task, int type, int pid)
    {
        PidEntry? entry = null;
        if (pid != 0)
        {
            entry = task.Pids.Find(pid);
            bool exists = entry is not null && type switch
            {
                Fcntl.F_OWNER_PGRP => entry.ProcessGroup is not null,
                _ => entry.Task is not null || entry.Group is not null,
            };
            if (!exists)
            {
                return Errno.ESRCH;
            }
        }

        (_type, _pid) = (type, entry);
        Uid = task.Credentials.Uid;
        Euid = task.Credentials.Euid;
        return Errno.OK;
    }
}

using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>Whom SIGIO goes to: F_SETOWN, F_SETSIG, O_ASYNC (Linux's fown_struct).</summary>
public sealed partial class AsyncOwner
{
    private int _type = Fcntl.F_OWNER_PID;
    private int _pid;

    /// <summary>Real and effective uid of who set the owner.</summary>
    public uint Uid { get; private set; }

    public uint Euid { get; private set; }

    /// <summary>F_SETSIG: 0 means SIGIO.</summary>
    public int Signal { get; set; }

    /// <summary>F_GETOWN: a process, or minus a process group.</summary>
    public int Number => _type == Fcntl.F_OWNER_PGRP ? -_pid : _pid;

    /// <summary>F_GETOWN_EX.</summary>
    public FOwnerEx Extended => new() { Type = _type, Pid = _pid };

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

    private Errno Set(Task task, int type, int pid)
    {
        if (pid != 0 && !task.OwnerExists(type, pid))
        {
            return Errno.ESRCH;
        }

        (_type, _pid) = (type, pid);
        Uid = task.Credentials.Uid;
        Euid = task.Credentials.Euid;
        return Errno.OK;
    }
}

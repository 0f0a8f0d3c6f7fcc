using Carrel.Abi;
using Carrel.Kernel.Ipc;
using Carrel.Kernel.Ipc.SysV;

namespace Carrel.Kernel;

public sealed partial class Task
{
    /// <summary>What SEM_UNDO has to take back (sysvsem.undo_list); threads share one (CLONE_SYSVSEM).</summary>
    internal SemaphoreUndoList? SemaphoreUndo { get; set; }
}

public sealed partial class NamespaceSet
{
    /// <summary>System V IPC and POSIX message queues.</summary>
    public IpcNamespace Ipc { get; private set; } = null!;

    /// <summary>A process of the carrel's first IPC namespace.</summary>
    internal NamespaceSet WithIpc(IpcNamespace ipc)
    {
        Ipc ??= ipc;
        return this;
    }
}

public sealed partial class LinuxKernel
{
    /// <summary>The IPC namespace of the first process.</summary>
    public IpcNamespace Ipc => field ??= new IpcNamespace(this);

    internal IpcMemory IpcMemory { get; } = new();

    internal Fs.Mqueue.QueueCharges QueueCharges { get; } = new();

    /// <summary>exit_sem() and what a wait in progress holds; the memory has been left already.</summary>
    private void OnIpcExit(Task task)
    {
        (task.Restart.State as IAbandonable)?.Abandon();
        LeaveIpc(task, keepsNamespace: false);
    }

    /// <summary>exit_sem(), and the end of a namespace that nobody is in any more.</summary>
    internal void LeaveIpc(Task task, bool keepsNamespace)
    {
        task.SemaphoreUndo?.Drop(task);
        task.SemaphoreUndo = null;
        IpcNamespace ipc = task.Namespaces.Ipc;
        if (keepsNamespace || ipc == Ipc)
        {
            return;
        }

        foreach (ThreadGroup group in Pids.Groups)
        {
            foreach (Task other in group.Tasks)
            {
                if (other != task && !other.IsExiting && other.Namespaces.Ipc == ipc)
                {
                    return;
                }
            }
        }

        ipc.Destroy();
    }

    /// <summary>copy_semundo(): threads share the list, a new process starts without one.</summary>
    internal static void ShareSemaphoreUndo(Task parent, Task child, CloneFlags flags)
    {
        if ((flags & CloneFlags.CLONE_SYSVSEM) != 0)
        {
            parent.SemaphoreUndo ??= new SemaphoreUndoList();
            parent.SemaphoreUndo.Users++;
            child.SemaphoreUndo = parent.SemaphoreUndo;
        }
    }
}

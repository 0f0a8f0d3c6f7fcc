using Carrel.Abi;
using Carrel.Kernel.Ipc.SysV;

namespace Carrel.Kernel.Ipc;

/// <summary>What IPC has to do when tasks come and go (copy_semundo(), exit_sem(), put_ipc_ns()).</summary>
internal static class TaskIpcState
{
    /// <summary>exit_sem() and what a wait in progress holds; the memory has been left already.</summary>
    public static void OnExit(Task task)
    {
        (task.Restart.State as IAbandonable)?.Abandon();
        Leave(task, keepsNamespace: false);
    }

    /// <summary>exit_sem(), and the end of a namespace that nobody is in any more.</summary>
    public static void Leave(Task task, bool keepsNamespace)
    {
        task.SemaphoreUndo?.Drop(task);
        task.SemaphoreUndo = null;
        IpcNamespace ipc = task.Namespaces.Ipc;
        if (keepsNamespace || ipc == task.Kernel.Ipc)
        {
            return;
        }

        foreach (ThreadGroup group in task.Kernel.Pids.Groups)
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
    public static void ShareSemaphoreUndo(Task parent, Task child, CloneFlags flags)
    {
        if ((flags & CloneFlags.CLONE_SYSVSEM) != 0)
        {
            parent.SemaphoreUndo ??= new SemaphoreUndoList();
            parent.SemaphoreUndo.Users++;
            child.SemaphoreUndo = parent.SemaphoreUndo;
        }
    }
}

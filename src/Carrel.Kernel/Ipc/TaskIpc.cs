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

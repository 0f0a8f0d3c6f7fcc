using Carrel.Kernel.Fs.Mqueue;
using Carrel.Kernel.Ipc.SysV;

namespace Carrel.Kernel.Ipc;

/// <summary>System V objects and POSIX message queues (Linux's ipc_namespace).</summary>
public sealed class IpcNamespace
{
    /// <summary>Whose capabilities count here.</summary>
    internal UserNamespace Owner { get; init; } = UserNamespace.Initial;

    internal IpcNamespace(LinuxKernel kernel)
    {
        Kernel = kernel;
        SharedMemory = new SharedMemory(this);
        Semaphores = new Semaphores(this);
        Messages = new MessageQueues(this);
    }

    public LinuxKernel Kernel { get; }

    public SharedMemory SharedMemory { get; }

    public Semaphores Semaphores { get; }

    public MessageQueues Messages { get; }

    /// <summary>POSIX message queues.</summary>
    public MqueueFileSystem MessageQueues => field ??= new MqueueFileSystem(Kernel);

    /// <summary>The last task has left: what nobody can reach any more goes (free_ipc_ns()).</summary>
    internal void Destroy()
    {
        SharedMemory.Destroy();
        Semaphores.Destroy();
        Messages.Destroy();
        MessageQueues.Destroy();
    }
}

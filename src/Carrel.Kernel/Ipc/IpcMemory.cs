namespace Carrel.Kernel.Ipc;

/// <summary>
/// Kernel memory that semaphores and messages take. Linux charges it to the memory cgroup; here one bound for the carrel keeps a guest from
/// filling the heap of its kernel.
/// </summary>
internal sealed class IpcMemory
{
    private const long Limit = 64 << 20;

    public long Used { get; private set; }

    /// <summary>False: ENOMEM.</summary>
    public bool TryCharge(long bytes)
    {
        if (bytes > Limit - Used)
        {
            return false;
        }

        Used += bytes;
        return true;
    }

    public void Uncharge(long bytes) => Used -= bytes;
}

/// <summary>A wait that other objects know about: kept in <see cref="RestartRecord.State"/>, taken back when the task ends without running its handler again.</summary>
internal interface IAbandonable
{
    /// <summary>Leaves the queues; nothing if it has left already.</summary>
    void Abandon();
}

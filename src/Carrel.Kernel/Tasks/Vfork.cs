using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>A clone whose caller does not return yet: it waits for its vfork child, or its tracer is to be told first.</summary>
internal sealed class ParkedClone(int number, int childTid, VforkWait? wait, int traceEvent)
{
    /// <summary>The call's number.</summary>
    public int Number { get; } = number;

    public int ChildTid { get; } = childTid;

    public VforkWait? Wait { get; } = wait;

    /// <summary>PTRACE_EVENT_FORK, _VFORK or _CLONE to be reported; 0: none, or done.</summary>
    public int Event { get; set; } = traceEvent;

    /// <summary>The stack is lent to the child.</summary>
    public bool IsWaiting => Wait is { IsDone: false };
}

/// <summary>A parent waits until its vfork child has its own memory or has ended (Linux's struct completion vfork_done).</summary>
internal sealed class VforkWait
{
    public bool IsDone { get; private set; }

    public WaitQueue Queue { get; } = new();

    public void Complete()
    {
        IsDone = true;
        Queue.WakeAll();
    }
}

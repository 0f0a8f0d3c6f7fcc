using System;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>For who started a process from outside: tells of its end, once, when the system call or event that ended it has been dealt with.</summary>
public sealed class ProcessEnd : Waiter
{
    private readonly ThreadGroup _group;
    private readonly Action<ThreadGroup> _ended;
    private bool _isTold;

    private ProcessEnd(ThreadGroup group, Action<ThreadGroup> ended)
    {
        _group = group;
        _ended = ended;
        new WaitEntry(this).AddTo(group.Ended);
    }

    /// <summary>Calls back with the lock held; at once (deferred) if the process has ended already.</summary>
    public static void Watch(ThreadGroup group, Action<ThreadGroup> ended)
    {
        var watch = new ProcessEnd(group, ended);
        if (group.IsZombie || group.IsReaped)
        {
            watch.Tell();
        }
    }

    public override bool OnWake(WaitEntry entry, PollEvents events)
    {
        Tell();
        return true;
    }

    private void Tell()
    {
        if (!_isTold)
        {
            _isTold = true;
            _group.Kernel.Scheduler.Defer(() => _ended(_group));
        }
    }
}

using System.Collections.Generic;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>A call that waits in a list of a System V object until somebody else completes it.</summary>
internal abstract class IpcWaiter<T> : IAbandonable where T : IpcWaiter<T>
{
    private LinkedListNode<T>? _node;

    public WaitQueue Queue { get; } = new();

    public void Enter(LinkedList<T> list) => _node = list.AddLast((T)this);

    public void Abandon()
    {
        _node?.List?.Remove(_node);
        _node = null;
    }
}

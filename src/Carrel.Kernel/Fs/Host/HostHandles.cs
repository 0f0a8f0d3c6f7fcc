using System.Collections.Generic;

namespace Carrel.Kernel.Fs.Host;

/// <summary>Host descriptors of files that nobody has open any more, kept for the next open. Bounded: the one unused for longest goes.</summary>
internal sealed class HostHandles
{
    private const int MaxIdle = 256;

    private readonly LinkedList<HostRegular> _idle = new();

    /// <summary>Nobody uses the file's handle now.</summary>
    internal LinkedListNode<HostRegular> AddIdle(HostRegular file)
    {
        LinkedListNode<HostRegular> node = _idle.AddLast(file);
        if (_idle.Count > MaxIdle)
        {
            _idle.First!.Value.CloseHandle();
        }

        return node;
    }

    internal void RemoveIdle(LinkedListNode<HostRegular> node) => _idle.Remove(node);
}

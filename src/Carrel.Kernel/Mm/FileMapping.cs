using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Mm;

/// <summary>A file as one address space maps it (Linux's vm_file): keeps the description and the object alive. Counted by pieces.</summary>
public sealed class FileMapping
{
    private int _pieces;

    /// <summary>Takes its own reference of the description.</summary>
    /// <param name="owner">The address space, told when the object shrinks.</param>
    /// <param name="memory">What is mapped.</param>
    /// <param name="description">The open file; null for shared anonymous memory.</param>
    internal FileMapping(MemoryManager owner, MemoryObject memory, FileDescription? description)
    {
        Owner = owner;
        Object = memory;
        Description = description;
    }

    public MemoryObject Object { get; }

    public FileDescription? Description { get; }

    internal MemoryManager Owner { get; }

    internal void AddPiece(bool isSharedMayWrite)
    {
        if (_pieces++ == 0)
        {
            Description?.AddReference();
            Object.AddMapping();
            Object.Mappings.Add(this);
        }

        Object.WritableMappingCount += isSharedMayWrite ? 1 : 0;
    }

    internal void DropPiece(bool isSharedMayWrite)
    {
        Object.WritableMappingCount -= isSharedMayWrite ? 1 : 0;
        if (--_pieces == 0)
        {
            Object.Mappings.Remove(this);
            if (Object is HostFileObject file && file.Mappings.Count == 0)
            {
                Owner.Kernel.HostPages.Drop(file);
            }

            Object.DropMapping();
            Description?.Release();
        }
    }
}

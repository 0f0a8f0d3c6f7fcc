using System;

namespace Carrel.Kernel.Mm;

/// <summary>Attributes of a mapping beside its protection (Linux's vm_flags).</summary>
[Flags]
public enum VmaFlags : uint
{
    None = 0,

    /// <summary>MAP_SHARED (VM_MAYSHARE).</summary>
    Shared = 1,

    /// <summary>mprotect may give PROT_READ.</summary>
    MayRead = 2,
    MayWrite = 4,
    MayExec = 8,

    /// <summary>Grows to lower addresses on a fault below it.</summary>
    GrowsDown = 0x10,
    Locked = 0x20,
    LockOnFault = 0x40,

    /// <summary>MADV_DONTFORK.</summary>
    DontFork = 0x80,

    /// <summary>MADV_WIPEONFORK.</summary>
    WipeOnFork = 0x100,
    NoReserve = 0x200,

    /// <summary>MADV_DONTDUMP.</summary>
    DontDump = 0x400,

    /// <summary>MADV_MERGEABLE.</summary>
    Mergeable = 0x800,
    HugePage = 0x1000,
    NoHugePage = 0x2000,
    RandomRead = 0x4000,
    SequentialRead = 0x8000,

    /// <summary>mremap must not enlarge it (vDSO).</summary>
    DontExpand = 0x10000,

    /// <summary>The main stack: [stack].</summary>
    Stack = 0x20000,

    /// <summary>MAP_SYNC and MAP_DROPPABLE leave no trace; pages of this one may vanish (MAP_DROPPABLE).</summary>
    Droppable = 0x40000,

    /// <summary>mseal(2).</summary>
    Sealed = 0x80000,

    MayAll = MayRead | MayWrite | MayExec,
}

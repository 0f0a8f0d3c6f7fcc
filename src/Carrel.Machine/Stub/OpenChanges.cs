using System.Collections.Generic;

namespace Carrel.Machine;

/// <summary>Mapping changes that a thread was told to make; whether it has made them is known when it is heard of again.</summary>
internal sealed class OpenChanges
{
    /// <summary>Range of the mapping call that the host executes for the guest.</summary>
    internal (ulong Start, ulong End) Native { get; set; }

    internal bool IsNative => Native.End != 0;

    /// <summary>It took changes from its space's queue.</summary>
    internal bool IsBatch { get; set; }

    /// <summary>Frames to release when the calls under way are known to be done.</summary>
    internal List<(long Frame, long Count)> Releases { get; } = [];

    /// <summary>The changes have been made.</summary>
    /// <returns>How many there were, a batch counting as one.</returns>
    internal int Close()
    {
        int closed = (IsNative ? 1 : 0) + (IsBatch ? 1 : 0);
        Native = default;
        IsBatch = false;
        return closed;
    }
}

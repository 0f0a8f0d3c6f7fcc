using System.Collections.Generic;

namespace Carrel.Kernel.Fs.Host;

/// <summary>Bounds the directory listings that are kept: beyond a number of entries the oldest are dropped and fetched again when needed.</summary>
internal sealed class HostListings
{
    private const int MaxEntries = 65536;

    private readonly Queue<(HostDirectory Directory, int Entries)> _kept = new();
    private int _entries;

    /// <summary>A directory has taken a listing of this size.</summary>
    internal void Add(HostDirectory directory, int entries)
    {
        _kept.Enqueue((directory, entries + 1));
        _entries += entries + 1;
        while (_entries > MaxEntries && _kept.Count > 1)
        {
            (HostDirectory oldest, int dropped) = _kept.Dequeue();
            oldest.DropListing();
            _entries -= dropped;
        }
    }
}

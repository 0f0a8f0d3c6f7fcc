using System.Collections.Generic;

namespace Carrel.Kernel.Fs.Host;

/// <summary>Bounds the directory listings that are kept: beyond a number of entries the oldest that nobody used lately are dropped and fetched again when needed.</summary>
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
        for (int looks = 2 * _kept.Count; _entries > MaxEntries && _kept.Count > 1 && looks > 0; looks--)
        {
            (HostDirectory oldest, int size) = _kept.Dequeue();
            if (oldest.TakeUsedMark())
            {
                _kept.Enqueue((oldest, size));
                continue;
            }

            oldest.DropListing();
            _entries -= size;
        }
    }
}

using System;
using System.Collections.Generic;

namespace Carrel.Kernel.Fs.Host;

/// <summary>
/// Positions in a directory that others change while it is read: a name keeps its cookie from one listing to the next, so that a reader who goes on
/// after entries came or went neither misses nor repeats the others (readdir(3)).
/// </summary>
internal sealed class DirectoryCookies
{
    private Dictionary<string, long> _byName = [];
    private long[] _cookies = [];
    private int[] _order = [];
    private long _next = 2;

    /// <summary>Gives new names new cookies and sorts the entries by theirs.</summary>
    internal void Assign(HostListing listing)
    {
        var byName = new Dictionary<string, long>(listing.Count);
        _cookies = new long[listing.Count];
        _order = new int[listing.Count];
        for (int i = 0; i < listing.Count; i++)
        {
            string name = listing.TextAt(i);
            long cookie = _byName.TryGetValue(name, out long known) ? known : _next++;
            byName[name] = cookie;
            (_cookies[i], _order[i]) = (cookie, i);
        }

        Array.Sort(_cookies, _order);
        _byName = byName;
    }

    /// <summary>Place of the first entry whose cookie is not below the position.</summary>
    internal int IndexOf(long position)
    {
        int index = Array.BinarySearch(_cookies, position);
        return index >= 0 ? index : ~index;
    }

    internal long CookieAt(int place) => _cookies[place];

    /// <summary>The entry's index in the listing.</summary>
    internal int EntryAt(int place) => _order[place];
}

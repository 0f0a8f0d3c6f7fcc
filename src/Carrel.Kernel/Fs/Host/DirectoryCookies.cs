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
    private long _next = 2;

    /// <summary>Gives new names new cookies and sorts the entries by theirs.</summary>
    internal void Assign(HostEntry[] entries)
    {
        var byName = new Dictionary<string, long>(entries.Length);
        _cookies = new long[entries.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            long cookie = _byName.TryGetValue(entries[i].Name, out long known) ? known : _next++;
            byName[entries[i].Name] = cookie;
            _cookies[i] = cookie;
        }

        Array.Sort(_cookies, entries);
        _byName = byName;
    }

    /// <summary>Index of the first entry whose cookie is not below the position.</summary>
    internal int IndexOf(long position)
    {
        int index = Array.BinarySearch(_cookies, position);
        return index >= 0 ? index : ~index;
    }

    internal long CookieAt(int index) => _cookies[index];
}

using System.Collections.Generic;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>An entry of a directory in memory.</summary>
internal sealed class DirectoryEntry(string name, long cookie)
{
    public readonly string Name = name;

    /// <summary>Its place in the order of reading; grows with every entry made.</summary>
    public readonly long Cookie = cookie;

    /// <summary>What it names; null for an overlay's lower entry that nobody looked up, and for a whiteout.</summary>
    public Inode? Inode;

    /// <summary>Hides a lower entry of the name.</summary>
    public bool IsWhiteout;

    /// <summary>The lower directory has the name too: when this goes, a whiteout must stay.</summary>
    public bool CoversLower;

    /// <summary>A lower entry that was only listed: d_ino and d_type, no inode yet.</summary>
    public (ulong Number, byte Type)? Lower;
}

/// <summary>
/// The entries of a directory in memory, by name and in the order of reading. Positions are stable: newer entries come first, so that somebody who reads
/// a directory while files are renamed in it sees each once and comes to an end.
/// </summary>
internal sealed class DirectoryIndex
{
    // Positions count down from here, as cookies count up; 0 and 1 are "." and "..", 2 is the start.
    private const long End = 1L << 40;

    private static readonly List<(long Cookie, DirectoryEntry? Entry)> s_none = [];

    // Not made for a directory in which nothing was ever entered: an overlay has many.
    private Dictionary<string, DirectoryEntry>? _byName;
    private List<(long Cookie, DirectoryEntry? Entry)> _byCookie = s_none;
    private long _lastCookie;
    private int _holes;

    /// <summary>Something has been entered, whether or not it is still there.</summary>
    public bool IsUsed => _lastCookie > 0;

    /// <summary>The position at which the entry with this cookie is the next.</summary>
    public static long PositionOf(long cookie) => End - cookie;

    /// <summary>Entries, whiteouts not counted.</summary>
    public int Count { get; private set; }

    /// <summary>What the entries name, as far as it is in memory.</summary>
    public IEnumerable<Inode> Inodes
    {
        get
        {
            foreach ((_, DirectoryEntry? entry) in _byCookie)
            {
                if (entry?.Inode is { } inode)
                {
                    yield return inode;
                }
            }
        }
    }

    public DirectoryEntry? Find(string name) => _byName?.GetValueOrDefault(name);

    /// <summary>A new entry under a name that has none.</summary>
    public DirectoryEntry Add(string name, bool isWhiteout = false)
    {
        if (_byName is null)
        {
            (_byName, _byCookie) = ([], []);
        }

        var entry = new DirectoryEntry(name, ++_lastCookie) { IsWhiteout = isWhiteout };
        _byName.Add(name, entry);
        _byCookie.Add((entry.Cookie, entry));
        Count += isWhiteout ? 0 : 1;
        return entry;
    }

    public void Remove(DirectoryEntry entry)
    {
        _byName!.Remove(entry.Name);
        _byCookie[IndexOf(entry.Cookie)] = (entry.Cookie, null);
        Count -= entry.IsWhiteout ? 0 : 1;
        if (++_holes > 64 && _holes > _byCookie.Count / 2)
        {
            _byCookie.RemoveAll(e => e.Entry is null);
            _holes = 0;
        }
    }

    /// <summary>Emits from the position on.</summary>
    public void Read(ref long position, IDirectorySink sink)
    {
        // The first entry to show is the newest with a cookie of at most this.
        long cookie = position <= 2 ? _lastCookie : End - position;
        int index = IndexOf(cookie);
        for (int i = index >= 0 ? index : ~index - 1; i >= 0; i--)
        {
            if (_byCookie[i].Entry is not { IsWhiteout: false } entry)
            {
                continue;
            }

            long next = End - entry.Cookie + 1;
            byte type = entry.Inode is { } inode ? (byte)(inode.Type >> 12) : entry.Lower!.Value.Type;
            if (!sink.Add(entry.Name, entry.Inode?.Number ?? entry.Lower!.Value.Number, type, next))
            {
                return;
            }

            position = next;
        }
    }

    /// <summary>Index of the entry with the cookie, or the complement of where it would stand.</summary>
    private int IndexOf(long cookie)
    {
        (int low, int high) = (0, _byCookie.Count - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            long at = _byCookie[middle].Cookie;
            if (at == cookie)
            {
                return middle;
            }

            (low, high) = at < cookie ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}

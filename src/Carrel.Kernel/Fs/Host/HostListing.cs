using System;
using System.Numerics;

namespace Carrel.Kernel.Fs.Host;

/// <summary>
/// The entries of a host directory in the host's order. Names lie in one array: a walk of a whole tree would otherwise leave an object and a string for
/// every file it passes.
/// </summary>
public sealed class HostListing
{
    private const int FewEntries = 16;

    private Item[] _items = [];
    private byte[] _names = [];
    private int[]? _slots; // open addressing: indices plus one
    private int _namesLength;

    public int Count { get; private set; }

    /// <summary>Entries of listings that came along with this one, and its own.</summary>
    public int TotalCount { get; private set; }

    /// <summary>Says what is to come, to save memory.</summary>
    public void Reserve(int entries, int nameBytes)
    {
        Array.Resize(ref _items, Count + entries);
        Array.Resize(ref _names, _namesLength + nameBytes);
    }

    /// <param name="name">The name.</param>
    /// <param name="inode">Inode number.</param>
    /// <param name="type">DT_*.</param>
    /// <param name="entry">The entry with its attributes, if they are known.</param>
    public void Add(ReadOnlySpan<byte> name, ulong inode, byte type, HostEntry? entry)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Math.Max(8, 2 * Count));
        }

        if (_names.Length - _namesLength < name.Length)
        {
            Array.Resize(ref _names, Math.Max(_namesLength + name.Length, 2 * _names.Length));
        }

        name.CopyTo(_names.AsSpan(_namesLength));
        _items[Count++] = new Item(inode, entry, _namesLength, (ushort)name.Length, type);
        _namesLength += name.Length;
        TotalCount++;
        _slots = null;
    }

    /// <summary>The listing of the directory that entry <paramref name="index"/> names came along.</summary>
    /// <returns>False if there is no such directory.</returns>
    public bool Attach(int index, HostListing below)
    {
        if (index < 0 || index >= Count || _items[index].Entry is not { } entry)
        {
            return false;
        }

        entry.Listing = below;
        return true;
    }

    /// <summary>Counts what came along.</summary>
    public void AddTotal(int entries) => TotalCount += entries;

    public ReadOnlySpan<byte> NameAt(int index) => _names.AsSpan(_items[index].NameStart, _items[index].NameLength);

    public ulong InodeAt(int index) => _items[index].Inode;

    public byte TypeAt(int index) => _items[index].Type;

    /// <summary>The entry with its attributes; null if only its name is known.</summary>
    public HostEntry? EntryAt(int index) => _items[index].Entry;

    /// <summary>Index of a name, or -1.</summary>
    public int Find(string name)
    {
        if (Count > FewEntries)
        {
            int[] slots = _slots ??= MakeSlots();
            for (uint at = Hash(name.AsSpan()); slots[at & (slots.Length - 1)] is > 0 and var found; at++)
            {
                if (IsAt(found - 1, name))
                {
                    return found - 1;
                }
            }

            return -1;
        }

        for (int i = 0; i < Count; i++)
        {
            if (IsAt(i, name))
            {
                return i;
            }
        }

        return -1;
    }

    public string TextAt(int index) => string.Create(_items[index].NameLength, (this, index), static (text, at) =>
    {
        ReadOnlySpan<byte> name = at.Item1.NameAt(at.index);
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = (char)name[i];
        }
    });

    private int[] MakeSlots()
    {
        var slots = new int[BitOperations.RoundUpToPowerOf2((uint)Count * 2)];
        for (int i = 0; i < Count; i++)
        {
            uint at = Hash(NameAt(i));
            while (slots[at & (slots.Length - 1)] != 0)
            {
                at++;
            }

            slots[at & (slots.Length - 1)] = i + 1;
        }

        return slots;
    }

    // FNV-1a, of bytes and of the string of the same bytes.
    private static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261;
        foreach (byte b in name)
        {
            hash = (hash ^ b) * 16777619;
        }

        return hash;
    }

    private static uint Hash(ReadOnlySpan<char> name)
    {
        uint hash = 2166136261;
        foreach (char c in name)
        {
            hash = (hash ^ c) * 16777619;
        }

        return hash;
    }

    private bool IsAt(int index, string name)
    {
        ReadOnlySpan<byte> bytes = NameAt(index);
        if (bytes.Length != name.Length)
        {
            return false;
        }

        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != name[i])
            {
                return false;
            }
        }

        return true;
    }

    private readonly record struct Item(ulong Inode, HostEntry? Entry, int NameStart, ushort NameLength, byte Type);
}

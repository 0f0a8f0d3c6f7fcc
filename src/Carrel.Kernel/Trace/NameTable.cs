using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Carrel.Kernel.Trace;

/// <summary>The C names of a family of constants, to print values of it.</summary>
public sealed class NameTable
{
    private readonly bool _isFlags;
    private readonly ulong _baseMask;
    private readonly ulong _bits;
    private readonly (ulong Value, string Name)[] _names;
    private readonly int[] _widestFirst;

    /// <param name="isFlags">Values are joined with |.</param>
    /// <param name="baseMask">Flags only: bits that hold one of several exclusive values, such as O_ACCMODE.</param>
    /// <param name="bits">32 or 64: what of the register counts.</param>
    /// <param name="names">Value and name, each value once.</param>
    internal NameTable(bool isFlags, ulong baseMask, int bits, (ulong Value, string Name)[] names)
    {
        _isFlags = isFlags;
        _baseMask = baseMask;
        _bits = bits == 64 ? ulong.MaxValue : uint.MaxValue;
        _names = names;
        var order = new List<int>();
        for (int i = 0; i < names.Length; i++)
        {
            order.Add(i);
        }

        // O_SYNC contains O_DSYNC: the name with more bits goes first.
        order.Sort((a, b) => BitOperations.PopCount(names[b].Value).CompareTo(BitOperations.PopCount(names[a].Value)) is var n and not 0 ? n : a.CompareTo(b));
        _widestFirst = [.. order];
    }

    /// <summary>The name or names of a register's value; what has none as a number.</summary>
    public string Format(ulong value)
    {
        value &= _bits;
        return _isFlags ? FormatFlags(value) : Exact(value) ?? Number(value);
    }

    private string? Exact(ulong value)
    {
        foreach ((ulong constant, string name) in _names)
        {
            if (constant == value)
            {
                return name;
            }
        }

        return null;
    }

    private string FormatFlags(ulong value)
    {
        var found = new List<int>();
        string? first = null;
        ulong rest = value;
        if (_baseMask != 0)
        {
            first = Exact(value & _baseMask);
            rest = first is null ? value : value & ~_baseMask;
        }
        else if (value == 0)
        {
            return Exact(0) ?? "0";
        }

        foreach (int i in _widestFirst)
        {
            ulong bits = _names[i].Value;
            if (bits != 0 && (bits & _baseMask) == 0 && (rest & bits) == bits)
            {
                found.Add(i);
                rest &= ~bits;
            }
        }

        found.Sort();
        var text = new StringBuilder(first);
        foreach (int i in found)
        {
            Separate(text).Append(_names[i].Name);
        }

        if (rest != 0)
        {
            Separate(text).Append(CultureInfo.InvariantCulture, $"0x{rest:x}");
        }

        return text.Length == 0 ? "0" : text.ToString();
    }

    private static StringBuilder Separate(StringBuilder text) => text.Length == 0 ? text : text.Append('|');

    private string Number(ulong value)
    {
        long signed = _bits == uint.MaxValue ? (int)value : (long)value;
        return signed is > -65536 and < 65536 ? signed.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
    }
}

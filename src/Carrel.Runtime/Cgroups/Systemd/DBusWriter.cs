using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace Carrel.Runtime.Cgroups;

/// <summary>Marshals values as the D-Bus specification says ("Marshaling (Wire Format)"), little endian.</summary>
internal sealed class DBusWriter
{
    private readonly List<byte> _bytes = [];

    public ReadOnlySpan<byte> Bytes => CollectionsMarshal.AsSpan(_bytes);

    public void Align(int boundary)
    {
        while (_bytes.Count % boundary != 0)
        {
            _bytes.Add(0);
        }
    }

    public void Byte(byte value) => _bytes.Add(value);

    public void UInt32(uint value)
    {
        Align(4);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }

    public void UInt64(ulong value)
    {
        Align(8);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }

    /// <summary>Also an object path.</summary>
    public void String(string value)
    {
        byte[] text = Encoding.UTF8.GetBytes(value);
        UInt32((uint)text.Length);
        _bytes.AddRange(text);
        _bytes.Add(0);
    }

    public void Signature(string value)
    {
        _bytes.Add((byte)value.Length);
        _bytes.AddRange(Encoding.ASCII.GetBytes(value));
        _bytes.Add(0);
    }

    public void Raw(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    /// <summary>An array: its length counts neither itself nor the padding before the first element.</summary>
    public void Array<T>(IReadOnlyCollection<T> items, int alignment, Action<T> write)
    {
        UInt32(0);
        int length = _bytes.Count - 4;
        Align(alignment);
        int start = _bytes.Count;
        foreach (T item in items)
        {
            Align(alignment);
            write(item);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(CollectionsMarshal.AsSpan(_bytes)[length..], (uint)(_bytes.Count - start));
    }

    /// <summary>A variant of one of the types that unit properties have.</summary>
    public void Variant(object value)
    {
        switch (value)
        {
            case string text:
                Signature("s");
                String(text);
                break;
            case bool flag:
                Signature("b");
                UInt32(flag ? 1u : 0);
                break;
            case ulong number:
                Signature("t");
                UInt64(number);
                break;
            case uint[] numbers:
                Signature("au");
                Array(numbers, 4, UInt32);
                break;
            case byte[] bytes:
                Signature("ay");
                Array(bytes, 1, Byte);
                break;
            case (string First, string Second)[] pairs:
                Signature("a(ss)");
                Array(pairs, 8, pair =>
                {
                    String(pair.First);
                    String(pair.Second);
                });
                break;
            default:
                throw new ArgumentException($"no D-Bus type for {value}");
        }
    }

    /// <summary>a(sv), the properties of a unit.</summary>
    public void Properties(IReadOnlyCollection<KeyValuePair<string, object>> properties) =>
        Array(properties, 8, property =>
        {
            String(property.Key);
            Variant(property.Value);
        });
}

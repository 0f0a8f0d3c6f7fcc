using System;
using System.Buffers.Binary;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>
/// Lays directory entries out as getdents(2) (struct linux_dirent) or getdents64(2) gives them. Used again and again: a walk of a tree would
/// otherwise leave a megabyte of garbage every 32 calls.
/// </summary>
public sealed class DirentBuffer : IDirectorySink
{
    /// <summary>The most one call returns, however large the guest's buffer.</summary>
    public const int MaxSize = 64 * 1024;

    private const int OffsetOfLength = 16;
    private const int OffsetOfName64 = 19;
    private const int OffsetOfNameOld = 18;

    private byte[] _bytes = [];
    private int _size;
    private bool _isOld;

    /// <summary>Empties the buffer for another call.</summary>
    public void Reset(int size, bool isOld)
    {
        if (_bytes.Length < size)
        {
            _bytes = new byte[size];
        }

        (_size, _isOld, Length, IsTooSmall) = (size, isOld, 0, false);
    }

    public int Length { get; private set; }

    /// <summary>The first entry did not fit: EINVAL.</summary>
    public bool IsTooSmall { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public bool Add(string name, ulong inode, byte type, long next)
    {
        Span<byte> destination = Reserve(name.Length, inode, type, next);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (byte)name[i];
        }

        return !destination.IsEmpty;
    }

    public bool Add(ReadOnlySpan<byte> name, ulong inode, byte type, long next)
    {
        Span<byte> destination = Reserve(name.Length, inode, type, next);
        if (destination.IsEmpty)
        {
            return false;
        }

        name.CopyTo(destination);
        return true;
    }

    /// <summary>Lays out an entry; where its name goes, or empty if there is no room.</summary>
    private Span<byte> Reserve(int nameLength, ulong inode, byte type, long next)
    {
        int nameOffset = _isOld ? OffsetOfNameOld : OffsetOfName64;
        // The old form has the type in the last byte, behind the name's NUL.
        int length = (nameOffset + nameLength + (_isOld ? 2 : 1) + 7) & ~7;
        if (length > _size - Length)
        {
            IsTooSmall = Length == 0;
            return [];
        }

        Span<byte> entry = _bytes.AsSpan(Length, length);
        entry[(nameOffset + nameLength)..].Clear(); // the padding: the guest sees nothing of older calls
        BinaryPrimitives.WriteUInt64LittleEndian(entry, inode);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], next);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[OffsetOfLength..], (ushort)length);
        entry[_isOld ? length - 1 : OffsetOfNameOld] = type;
        Length += length;
        return entry.Slice(nameOffset, nameLength);
    }

    /// <summary>How much of the first <paramref name="bytes"/> bytes is whole entries, and the position behind them.</summary>
    public int WholeEntries(int bytes, out long position)
    {
        int at = 0;
        position = 0;
        while (at + OffsetOfLength + 2 <= Length)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(at + OffsetOfLength));
            if (at + length > bytes)
            {
                break;
            }

            position = BinaryPrimitives.ReadInt64LittleEndian(_bytes.AsSpan(at + 8));
            at += length;
        }

        return at;
    }
}

using System;
using System.Runtime.CompilerServices;

namespace Carrel.Kernel.Mm;

/// <summary>
/// The few host-file pages that the kernel itself read last: path strings and the like in read-only data of mapped files. Only small reads
/// go through it.
/// </summary>
internal sealed class HostPageCache
{
    private const int Slots = 64;
    private const int LargestCachedRead = 1024;

    private readonly Slot[] _slots = new Slot[Slots];

    /// <summary>Bytes read (fewer at the end of the file), or a negative errno.</summary>
    public int Read(HostFileObject file, long offset, Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length)
        {
            int inPage = (int)(offset & (long)Vma.PageMask);
            int n;
            if (destination.Length - done > LargestCachedRead)
            {
                n = file.File.ReadAt(offset, destination[done..]);
            }
            else
            {
                n = ReadCached(file, offset - inPage, inPage, destination[done..]);
            }

            if (n < 0)
            {
                return done > 0 ? done : n;
            }

            if (n == 0)
            {
                break;
            }

            done += n;
            offset += n;
        }

        return done;
    }

    /// <summary>Forgets a file (it changed, or its object goes away).</summary>
    public void Drop(HostFileObject file)
    {
        for (int i = 0; i < Slots; i++)
        {
            if (ReferenceEquals(_slots[i].File, file))
            {
                _slots[i].File = null;
            }
        }
    }

    private int ReadCached(HostFileObject file, long pageOffset, int inPage, Span<byte> destination)
    {
        ref Slot slot = ref _slots[(uint)(RuntimeHelpers.GetHashCode(file) * 31 + (int)(pageOffset / (long)Vma.PageSize)) % Slots];
        if (!ReferenceEquals(slot.File, file) || slot.Offset != pageOffset)
        {
            slot.File = null;
            slot.Bytes ??= new byte[Vma.PageSize];
            int length = file.File.ReadAt(pageOffset, slot.Bytes);
            if (length < 0)
            {
                return length;
            }

            (slot.File, slot.Offset, slot.Length) = (file, pageOffset, length);
        }

        int n = Math.Min(slot.Length - inPage, destination.Length);
        if (n <= 0)
        {
            return 0;
        }

        slot.Bytes.AsSpan(inPage, n).CopyTo(destination);
        return n;
    }

    private struct Slot
    {
        public HostFileObject? File;
        public long Offset;
        public int Length;
        public byte[] Bytes;
    }
}

using System;

namespace Carrel.Kernel.Terminals;

/// <summary>
/// What was typed and not yet read: committed characters, then the line being edited. A character may carry a mark: it ends a line, or it is an
/// end-of-file that is not delivered. Size as Linux's N_TTY_BUF_SIZE.
/// </summary>
internal sealed class InputBuffer
{
    public const int Size = 4096;
    private const ushort LineEnd = 0x100;
    private const ushort EndOfFile = 0x200;
    private readonly ushort[] _ring = new ushort[Size];
    private int _tail;

    /// <summary>Characters in all.</summary>
    public int Count { get; private set; }

    /// <summary>Characters a reader may take now: finished lines, or everything that was there when canonical mode ended.</summary>
    public int Committed { get; private set; }

    /// <summary>Length of the line being edited.</summary>
    public int LineLength => Count - Committed;

    public int Room => Size - Count;

    public byte this[int index] => (byte)_ring[(_tail + index) % Size];

    public void Add(byte value) => _ring[(_tail + Count++) % Size] = value;

    /// <summary>Ends the line with this character; everything so far may be read.</summary>
    public void AddLineEnd(byte value)
    {
        _ring[(_tail + Count++) % Size] = (ushort)(value | LineEnd);
        Committed = Count;
    }

    /// <summary>Ends the line without a character (^D).</summary>
    public void AddEndOfFile()
    {
        _ring[(_tail + Count++) % Size] = EndOfFile;
        Committed = Count;
    }

    /// <summary>Everything may be read (the terminal is raw, or stops being canonical).</summary>
    public void CommitAll() => Committed = Count;

    /// <summary>Takes back the last character of the line being edited.</summary>
    public byte RemoveLast() => (byte)_ring[(_tail + --Count) % Size];

    public void Clear() => Count = Committed = _tail = 0;

    /// <summary>Characters readable before the next end-of-file mark, for FIONREAD in canonical mode.</summary>
    public int CountWithoutMarks()
    {
        int n = 0;
        for (int i = 0; i < Committed; i++)
        {
            n += (_ring[(_tail + i) % Size] & EndOfFile) == 0 ? 1 : 0;
        }

        return n;
    }

    /// <summary>Takes at most one line. <paramref name="isLineDone"/>: its end was reached.</summary>
    public int TakeLine(Span<byte> destination, out bool isLineDone)
    {
        int n = 0;
        isLineDone = false;
        while (Committed > 0)
        {
            ushort c = _ring[_tail];
            if ((c & EndOfFile) != 0)
            {
                Drop();
                isLineDone = true;
                return n;
            }

            if (n == destination.Length)
            {
                return n;
            }

            destination[n++] = (byte)c;
            Drop();
            if ((c & LineEnd) != 0)
            {
                isLineDone = true;
                return n;
            }
        }

        // Characters from before canonical mode was switched on have no end: they are a line of their own.
        isLineDone = true;
        return n;
    }

    /// <summary>Takes characters as they are.</summary>
    public int TakeRaw(Span<byte> destination)
    {
        int n = 0;
        while (n < destination.Length && Count > 0)
        {
            ushort c = _ring[_tail];
            if (Committed == 0)
            {
                Committed = 1;
            }

            Drop();
            destination[n++] = (byte)c;
        }

        return n;
    }

    private void Drop()
    {
        _tail = (_tail + 1) % Size;
        Count--;
        Committed--;
    }
}

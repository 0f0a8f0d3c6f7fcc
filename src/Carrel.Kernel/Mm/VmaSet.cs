using System.Collections.Generic;

namespace Carrel.Kernel.Mm;

/// <summary>
/// The pieces of one address space in address order: blocks of at most <see cref="BlockCapacity"/> sorted pieces, so that look-up is two binary searches
/// and insertion moves little. Each block remembers its largest hole for the search of free addresses.
/// </summary>
public sealed class VmaSet
{
    private const int BlockCapacity = 128;

    private readonly List<Block> _blocks = [];
    private Vma? _last;

    public int Count { get; private set; }

    /// <summary>The piece that contains the address, or null.</summary>
    public Vma? Find(ulong address)
    {
        Vma? vma = _last;
        if (vma is not null && vma.Contains(address))
        {
            return vma;
        }

        vma = FirstEndingAbove(address);
        if (vma is null || vma.Start > address)
        {
            return null;
        }

        _last = vma;
        return vma;
    }

    /// <summary>The lowest piece with End > address (find_vma()), or null.</summary>
    public Vma? FirstEndingAbove(ulong address)
    {
        int b = BlockOf(address);
        return b < _blocks.Count ? _blocks[b].FirstEndingAbove(address) : null;
    }

    /// <summary>The highest piece with End &lt;= address, or null.</summary>
    public Vma? LastEndingAtOrBelow(ulong address)
    {
        int b = BlockOf(address);
        if (b < _blocks.Count)
        {
            int i = _blocks[b].IndexEndingAbove(address);
            if (i > 0)
            {
                return _blocks[b].Items[i - 1];
            }
        }

        return b > 0 ? _blocks[b - 1].Items[^1] : null;
    }

    /// <summary>The highest piece, or null.</summary>
    public Vma? Last => _blocks.Count == 0 ? null : _blocks[^1].Items[^1];

    /// <summary>All pieces from the lowest on. The set must not change meanwhile.</summary>
    public IEnumerable<Vma> All()
    {
        foreach (Block block in _blocks)
        {
            foreach (Vma vma in block.Items)
            {
                yield return vma;
            }
        }
    }

    /// <summary>Adds a piece; the range must be free.</summary>
    public void Insert(Vma vma)
    {
        Count++;
        int b = BlockOf(vma.Start);
        if (b == _blocks.Count)
        {
            // Above everything: the last block takes it.
            if (b == 0)
            {
                _blocks.Add(new Block());
            }

            b = _blocks.Count - 1;
        }

        Block block = _blocks[b];
        block.Items.Insert(block.IndexEndingAbove(vma.Start), vma);
        if (block.Items.Count > BlockCapacity)
        {
            var upper = new Block();
            const int half = BlockCapacity / 2;
            upper.Items.AddRange(block.Items.GetRange(half, block.Items.Count - half));
            block.Items.RemoveRange(half, block.Items.Count - half);
            _blocks.Insert(b + 1, upper);
        }

        Touch(b);
    }

    /// <summary>Takes a piece out; what it holds is the caller's now.</summary>
    public void Remove(Vma vma)
    {
        int b = BlockOf(vma.Start);
        Block block = _blocks[b];
        block.Items.RemoveAt(block.IndexEndingAbove(vma.Start));
        Count--;
        _last = null;
        if (block.Items.Count == 0)
        {
            _blocks.RemoveAt(b);
        }

        Touch(b);
    }

    /// <summary>Cuts a piece in two at a page boundary inside it.</summary>
    /// <returns>The upper part.</returns>
    public Vma Split(Vma vma, ulong address)
    {
        Vma upper = vma.Slice(address, vma.End);
        vma.End = address;
        upper.File?.AddPiece(upper.IsSharedMayWrite);
        Insert(upper);
        return upper;
    }

    /// <summary>Joins a piece with its neighbours where they match. Returns the piece that now covers it.</summary>
    public Vma Join(Vma vma)
    {
        Vma? next = FirstEndingAbove(vma.End);
        if (next is not null && vma.CanJoin(next))
        {
            JoinPair(vma, next);
        }

        Vma? previous = LastEndingAtOrBelow(vma.Start);
        if (previous is not null && previous.CanJoin(vma))
        {
            JoinPair(previous, vma);
            return previous;
        }

        return vma;
    }

    private void JoinPair(Vma lower, Vma upper)
    {
        Remove(upper);
        upper.File?.DropPiece(upper.IsSharedMayWrite);
        lower.End = upper.End;
        lower.ProtectedAt = System.Math.Max(lower.ProtectedAt, upper.ProtectedAt);
        Touch(BlockOf(lower.Start));
    }

    /// <summary>Moves the start of a piece down into free space (stack growth).</summary>
    public void ExtendDown(Vma vma, ulong start)
    {
        int b = BlockOf(vma.Start);
        vma.Start = start;
        Touch(b);
    }

    public void Clear()
    {
        _blocks.Clear();
        _last = null;
        Count = 0;
    }

    /// <summary>The highest free range of this length in [low, high), or 0 (unmapped_area_topdown()).</summary>
    public ulong FindFreeTopDown(ulong length, ulong low, ulong high)
    {
        if (high < low || high - low < length)
        {
            return 0;
        }

        // The hole above the last piece, then downwards.
        ulong above = _blocks.Count == 0 ? 0 : _blocks[^1].Items[^1].End;
        if (Fits(above, ulong.MaxValue, length, low, high, out _, out ulong top))
        {
            return top - length;
        }

        for (int b = _blocks.Count - 1; b >= 0; b--)
        {
            Block block = _blocks[b];
            ulong before = b > 0 ? _blocks[b - 1].Items[^1].End : 0;
            if (block.LargestHole(before) < length || before >= high)
            {
                continue;
            }

            for (int i = block.Items.Count - 1; i >= 0; i--)
            {
                ulong bottom = i > 0 ? block.Items[i - 1].End : before;
                if (Fits(bottom, HoleEnd(block.Items[i], bottom), length, low, high, out _, out top))
                {
                    return top - length;
                }
            }
        }

        return 0;
    }

    /// <summary>The lowest free range of this length in [low, high), or 0.</summary>
    public ulong FindFreeBottomUp(ulong length, ulong low, ulong high)
    {
        ulong before = 0;
        ulong start;
        foreach (Block block in _blocks)
        {
            if (block.LargestHole(before) >= length && block.Items[^1].Start > low)
            {
                foreach (Vma vma in block.Items)
                {
                    if (Fits(before, HoleEnd(vma, before), length, low, high, out start, out _))
                    {
                        return start;
                    }

                    before = vma.End;
                }
            }

            before = block.Items[^1].End;
        }

        return Fits(before, ulong.MaxValue, length, low, high, out start, out _) ? start : 0;
    }

    /// <summary>The address space as Linux shows it: pieces that are one VMA joined.</summary>
    public IEnumerable<VmaRange> Merged()
    {
        Vma? first = null, last = null;
        foreach (Vma vma in All())
        {
            if (first is not null && !last!.IsSameVma(vma))
            {
                yield return new VmaRange(first, last.End);
                first = null;
            }

            first ??= vma;
            last = vma;
        }

        if (first is not null)
        {
            yield return new VmaRange(first, last!.End);
        }
    }

    private static bool Fits(ulong bottom, ulong top, ulong length, ulong low, ulong high, out ulong start, out ulong end)
    {
        start = bottom < low ? low : bottom;
        end = top > high ? high : top;
        return end >= start && end - start >= length;
    }

    // vm_start_gap(): nothing is placed right below a stack.
    private static ulong HoleEnd(Vma vma, ulong bottom)
    {
        ulong gap = vma.GrowsDown ? StackGrowth.GuardGap : 0;
        return vma.Start - bottom < gap ? bottom : vma.Start - gap;
    }

    private int BlockOf(ulong address)
    {
        int low = 0, high = _blocks.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_blocks[middle].Items[^1].End > address) { high = middle; } else { low = middle + 1; }
        }

        return low;
    }

    private void Touch(int block)
    {
        for (int b = block; b <= block + 2 && b < _blocks.Count; b++)
        {
            _blocks[b].HoleIsStale = true;
        }
    }

    private sealed class Block
    {
        private ulong _largestHole;

        public List<Vma> Items { get; } = new(BlockCapacity / 2);

        public bool HoleIsStale { get; set; } = true;

        public Vma? FirstEndingAbove(ulong address)
        {
            int i = IndexEndingAbove(address);
            return i < Items.Count ? Items[i] : null;
        }

        public int IndexEndingAbove(ulong address)
        {
            int low = 0, high = Items.Count;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (Items[middle].End > address) { high = middle; } else { low = middle + 1; }
            }

            return low;
        }

        public ulong LargestHole(ulong before)
        {
            if (HoleIsStale)
            {
                _largestHole = 0;
                foreach (Vma vma in Items)
                {
                    ulong hole = HoleEnd(vma, before) - before;
                    _largestHole = hole > _largestHole ? hole : _largestHole;
                    before = vma.End;
                }

                HoleIsStale = false;
            }

            return _largestHole;
        }
    }
}

/// <summary>A VMA as /proc/PID/maps shows it; the first piece tells the attributes.</summary>
public readonly record struct VmaRange(Vma First, ulong End)
{
    public ulong Start => First.Start;
}

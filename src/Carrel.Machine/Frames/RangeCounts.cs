using System;
using System.Collections.Generic;

namespace Carrel.Machine;

/// <summary>
/// Reference counts of frames as a step function: a sorted list of boundaries, each with the count that holds from there to the next one.
/// Neighbours with equal counts are one step, so a gigabyte mapped once costs one entry. The list is cut into leaves, which makes an
/// insertion cheap among a hundred thousand steps.
/// </summary>
internal sealed class RangeCounts
{
    private const int LeafSize = 128;

    private readonly List<Leaf> _leaves = [new Leaf()];

    /// <summary>Everything counts zero.</summary>
    internal RangeCounts()
    {
        _leaves[0].Insert(0, long.MinValue, 0);
    }

    private sealed class Leaf
    {
        internal readonly long[] Starts = new long[LeafSize];
        internal readonly int[] Counts = new int[LeafSize];
        internal int Used;

        internal void Insert(int at, long start, int count)
        {
            Array.Copy(Starts, at, Starts, at + 1, Used - at);
            Array.Copy(Counts, at, Counts, at + 1, Used - at);
            Starts[at] = start;
            Counts[at] = count;
            Used++;
        }

        internal void Remove(int at)
        {
            Used--;
            Array.Copy(Starts, at + 1, Starts, at, Used - at);
            Array.Copy(Counts, at + 1, Counts, at, Used - at);
        }
    }

    /// <summary>Number of steps, for tests.</summary>
    internal int Steps
    {
        get
        {
            int steps = 0;
            foreach (Leaf leaf in _leaves)
            {
                steps += leaf.Used;
            }

            return steps;
        }
    }

    internal int this[long frame]
    {
        get
        {
            (int leaf, int index) = Find(frame);
            return _leaves[leaf].Counts[index];
        }
    }

    /// <summary>True if the whole range counts exactly this.</summary>
    internal bool IsAll(long first, long length, int count)
    {
        (int leaf, int index) = Find(first);
        for (long end = first + length; ;)
        {
            if (_leaves[leaf].Counts[index] != count)
            {
                return false;
            }

            if (!Next(ref leaf, ref index) || _leaves[leaf].Starts[index] >= end)
            {
                return true;
            }
        }
    }

    /// <summary>Tells of each part of a range that counts exactly this; it must not change counts.</summary>
    internal void ForEach(long first, long length, int count, Action<long, long> found)
    {
        (int leaf, int index) = Find(first);
        long end = first + length;
        for (long start = first; start < end;)
        {
            long next = NextStart(leaf, index, end);
            if (_leaves[leaf].Counts[index] == count)
            {
                found(start, next - start);
            }

            start = next;
            if (!Next(ref leaf, ref index))
            {
                return;
            }
        }
    }

    /// <summary>Adds to the counts of a range.</summary>
    /// <param name="emptied">If given, receives the parts that came to zero.</param>
    internal void Add(long first, long length, int delta, List<(long First, long Length)>? emptied = null)
    {
        long end = first + length;
        if (length <= 0)
        {
            return;
        }

        Split(end);
        Split(first);
        (int leaf, int index) = Find(first);
        do
        {
            Leaf at = _leaves[leaf];
            long start = at.Starts[index];
            if (start >= end)
            {
                break;
            }

            int count = checked(at.Counts[index] + delta);
            if (count < 0)
            {
                throw new InvalidOperationException($"frame {start} released once too often");
            }

            at.Counts[index] = count;
            if (count == 0)
            {
                emptied?.Add((start, NextStart(leaf, index, end) - start));
            }
        }
        while (Next(ref leaf, ref index));

        Join(end);
        Join(first);
    }

    /// <summary>The step that holds the frame.</summary>
    private (int Leaf, int Index) Find(long frame)
    {
        int low = 0;
        int high = _leaves.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >> 1;
            if (_leaves[middle].Starts[0] <= frame)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        Leaf leaf = _leaves[low];
        int index = Array.BinarySearch(leaf.Starts, 0, leaf.Used, frame);
        return (low, index >= 0 ? index : ~index - 1);
    }

    private bool Next(ref int leaf, ref int index)
    {
        if (++index < _leaves[leaf].Used)
        {
            return true;
        }

        if (leaf + 1 >= _leaves.Count)
        {
            return false;
        }

        leaf++;
        index = 0;
        return true;
    }

    private long NextStart(int leaf, int index, long limit) => Next(ref leaf, ref index) ? Math.Min(_leaves[leaf].Starts[index], limit) : limit;

    /// <summary>Makes a boundary at the frame.</summary>
    private void Split(long frame)
    {
        (int leaf, int index) = Find(frame);
        Leaf at = _leaves[leaf];
        if (at.Starts[index] == frame)
        {
            return;
        }

        int count = at.Counts[index];
        if (at.Used == LeafSize)
        {
            const int Half = LeafSize / 2;
            var upper = new Leaf { Used = LeafSize - Half };
            Array.Copy(at.Starts, Half, upper.Starts, 0, upper.Used);
            Array.Copy(at.Counts, Half, upper.Counts, 0, upper.Used);
            at.Used = Half;
            _leaves.Insert(leaf + 1, upper);
            if (index >= Half)
            {
                at = upper;
                index -= Half;
            }
        }

        at.Insert(index + 1, frame, count);
    }

    /// <summary>Drops the boundary at the frame if it divides nothing.</summary>
    private void Join(long frame)
    {
        (int leaf, int index) = Find(frame);
        Leaf at = _leaves[leaf];
        if (at.Starts[index] != frame || (leaf == 0 && index == 0))
        {
            return;
        }

        int before = index > 0 ? at.Counts[index - 1] : _leaves[leaf - 1].Counts[_leaves[leaf - 1].Used - 1];
        if (before != at.Counts[index])
        {
            return;
        }

        at.Remove(index);
        if (at.Used == 0)
        {
            _leaves.RemoveAt(leaf);
        }
    }
}

using System.Collections.Generic;
using System.Numerics;

namespace Carrel.Machine;

/// <summary>Frame numbers that are free and whose frames are holes: taken by size, given back with joining of neighbours.</summary>
internal sealed class FreeRanges
{
    private readonly Dictionary<long, long> _lengthByStart = [];
    private readonly Dictionary<long, long> _startByEnd = [];

    /// <summary>Starts of ranges by the logarithm of their length; entries may be stale.</summary>
    private readonly Stack<long>[] _buckets = new Stack<long>[64];

    internal FreeRanges()
    {
        for (int i = 0; i < _buckets.Length; i++)
        {
            _buckets[i] = new Stack<long>();
        }
    }

    /// <summary>Number of separate ranges, for tests.</summary>
    internal int Count => _lengthByStart.Count;

    internal void Give(long start, long length)
    {
        if (_startByEnd.Remove(start, out long left))
        {
            length += start - left;
            start = left;
            _lengthByStart.Remove(left);
        }

        if (_lengthByStart.Remove(start + length, out long right))
        {
            _startByEnd.Remove(start + length + right);
            length += right;
        }

        Insert(start, length);
    }

    /// <summary>A range of exactly this length, or -1.</summary>
    internal long Take(long length)
    {
        int floor = BitOperations.Log2((ulong)length);
        for (int bucket = floor; bucket < _buckets.Length; bucket++)
        {
            Stack<long> starts = _buckets[bucket];
            while (starts.TryPeek(out long start))
            {
                if (!_lengthByStart.TryGetValue(start, out long available) || BitOperations.Log2((ulong)available) != bucket)
                {
                    starts.Pop(); // stale
                    continue;
                }

                if (available < length)
                {
                    break; // the lowest bucket also holds shorter ones; look no further in it
                }

                starts.Pop();
                _lengthByStart.Remove(start);
                _startByEnd.Remove(start + available);
                if (available > length)
                {
                    Insert(start + length, available - length);
                }

                return start;
            }
        }

        return -1;
    }

    private void Insert(long start, long length)
    {
        _lengthByStart[start] = length;
        _startByEnd[start + length] = start;
        Stack<long> starts = _buckets[BitOperations.Log2((ulong)length)];
        starts.Push(start);
        if (starts.Count > (2 * _lengthByStart.Count) + 1024)
        {
            Rebuild();
        }
    }

    /// <summary>Throws stale entries away.</summary>
    private void Rebuild()
    {
        foreach (Stack<long> bucket in _buckets)
        {
            bucket.Clear();
        }

        foreach ((long start, long length) in _lengthByStart)
        {
            _buckets[BitOperations.Log2((ulong)length)].Push(start);
        }
    }
}

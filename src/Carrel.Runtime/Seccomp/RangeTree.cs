using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Runtime;

/// <summary>Values of a word from <paramref name="Start"/> up to the start of the next range.</summary>
/// <param name="Weight">How often the word is expected there, as against other ranges.</param>
internal readonly record struct FilterRange(uint Start, FilterNode Target, int Weight = 1);

/// <summary>
/// Finds the range of a word by binary search: the tree of comparisons with the least expected depth (an optimal alphabetic tree, by dynamic
/// programming over runs of ranges with Knuth's bounds for the splits). A lone value between two ranges of the same target costs one comparison.
/// </summary>
internal sealed class RangeTree
{
    private readonly FilterNodes _nodes;
    private readonly FilterWord _word;
    private readonly List<FilterRange> _ranges;
    private readonly long[,] _cost;
    private readonly int[,] _split;

    private RangeTree(FilterNodes nodes, FilterWord word, List<FilterRange> ranges)
    {
        _nodes = nodes;
        _word = word;
        _ranges = ranges;
        _cost = new long[ranges.Count, ranges.Count];
        _split = new int[ranges.Count, ranges.Count];
    }

    /// <param name="ranges">Sorted by start, the first at 0.</param>
    public static FilterNode Build(FilterNodes nodes, FilterWord word, List<FilterRange> ranges)
    {
        var tree = new RangeTree(nodes, word, Merge(ranges));
        tree.Plan();
        return tree.Build(0, tree._ranges.Count - 1);
    }

    private static List<FilterRange> Merge(List<FilterRange> ranges)
    {
        var merged = new List<FilterRange>(ranges.Count);
        foreach (FilterRange range in ranges)
        {
            if (merged.Count > 0 && merged[^1].Target == range.Target)
            {
                merged[^1] = merged[^1] with { Weight = merged[^1].Weight + range.Weight };
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged;
    }

    private void Plan()
    {
        int count = _ranges.Count;
        var weights = new long[count + 1];
        for (int i = 0; i < count; i++)
        {
            weights[i + 1] = weights[i] + _ranges[i].Weight;
            _split[i, i] = i;
        }

        for (int length = 2; length <= count; length++)
        {
            for (int first = 0; first + length <= count; first++)
            {
                int last = first + length - 1;
                long best = long.MaxValue;
                int from = Math.Max(_split[first, last - 1], first + 1);
                int to = length == 2 ? last : Math.Max(_split[first + 1, last], from);
                for (int split = from; split <= to && !IsLoneValue(first, last); split++)
                {
                    long cost = _cost[first, split - 1] + _cost[split, last];
                    if (cost < best)
                    {
                        best = cost;
                        _split[first, last] = split;
                    }
                }

                if (best == long.MaxValue)
                {
                    best = 0;
                    _split[first, last] = first + 1;
                }

                _cost[first, last] = best + weights[last + 1] - weights[first];
            }
        }
    }

    private FilterNode Build(int first, int last)
    {
        if (first == last)
        {
            return _ranges[first].Target;
        }

        if (IsLoneValue(first, last))
        {
            return _nodes.Test(_word, Bpf.BPF_JEQ, _ranges[first + 1].Start, _ranges[first + 1].Target, _ranges[first].Target);
        }

        int split = _split[first, last];
        return _nodes.Test(_word, Bpf.BPF_JGE, _ranges[split].Start, Build(split, last), Build(first, split - 1));
    }

    /// <summary>Three ranges, the middle one a single value, the outer ones of one target.</summary>
    private bool IsLoneValue(int first, int last) =>
        last == first + 2 && _ranges[first].Target == _ranges[last].Target && _ranges[last].Start - _ranges[first + 1].Start == 1;
}

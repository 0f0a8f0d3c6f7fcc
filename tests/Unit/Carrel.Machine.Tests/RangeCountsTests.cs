using System;
using System.Collections.Generic;
using Carrel.Machine;
using Xunit;

namespace Carrel.Tests.Machine;

public sealed class RangeCountsTests
{
    [Fact]
    public void Add_AdjacentRangesWithEqualCounts_AreOneStep()
    {
        var counts = new RangeCounts();
        counts.Add(0, 10, 1);
        counts.Add(10, 10, 1);
        Assert.Equal(3, counts.Steps); // before, in it, behind
        Assert.True(counts.IsAll(0, 20, 1));
        Assert.False(counts.IsAll(0, 21, 1));
    }

    [Fact]
    public void Add_MiddleReleased_ReportsWhatCameToZero()
    {
        var counts = new RangeCounts();
        var emptied = new List<(long, long)>();
        counts.Add(100, 50, 1);
        counts.Add(110, 10, 1);
        counts.Add(100, 50, -1, emptied);
        Assert.Equal([(100, 10), (120, 30)], emptied);
        Assert.Equal(1, counts[115]);
    }

    [Fact]
    public void Add_BelowZero_Throws() =>
        Assert.Throws<InvalidOperationException>(() => new RangeCounts().Add(5, 1, -1));

    [Fact]
    public void Add_RandomRanges_AgreesWithAnArray()
    {
        const int Size = 3000;
        var random = new Random(7);
        var counts = new RangeCounts();
        var model = new int[Size];
        var emptied = new List<(long First, long Length)>();
        for (int round = 0; round < 6000; round++)
        {
            int first = random.Next(Size);
            int length = random.Next(1, Math.Min(40, Size - first) + 1);
            int delta = random.Next(2) == 0 ? 1 : -1;
            if (delta < 0 && Array.IndexOf(model, 0, first, length) >= 0)
            {
                continue;
            }

            emptied.Clear();
            counts.Add(first, length, delta, emptied);
            int zeros = 0;
            for (int i = first; i < first + length; i++)
            {
                model[i] += delta;
                zeros += model[i] == 0 ? 1 : 0;
            }

            long reported = 0;
            emptied.ForEach(range => reported += range.Length);
            Assert.Equal(zeros, (int)reported);
        }

        for (int i = 0; i < Size; i++)
        {
            Assert.Equal(model[i], counts[i]);
        }

        int steps = 1;
        for (int i = 0; i < Size; i++)
        {
            steps += model[i] != (i == 0 ? 0 : model[i - 1]) ? 1 : 0;
        }

        Assert.Equal(steps + (model[^1] != 0 ? 1 : 0), counts.Steps);
    }
}

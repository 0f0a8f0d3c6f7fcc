using System;
using Carrel.Machine;
using Xunit;

namespace Carrel.Tests.Machine;

public sealed class FreeRangesTests
{
    [Fact]
    public void Give_Neighbours_AreJoined()
    {
        var free = new FreeRanges();
        free.Give(10, 5);
        free.Give(20, 5);
        free.Give(15, 5);
        Assert.Equal(1, free.Count);
        Assert.Equal(10, free.Take(15));
        Assert.Equal(-1, free.Take(1));
    }

    [Fact]
    public void Take_Random_NeverHandsOutANumberTwice()
    {
        const int Size = 4096;
        var random = new Random(3);
        var free = new FreeRanges();
        var taken = new bool[Size];
        free.Give(0, Size);
        var held = new System.Collections.Generic.List<(long Start, int Length)>();
        for (int round = 0; round < 20_000; round++)
        {
            if (held.Count > 0 && random.Next(2) == 0)
            {
                int index = random.Next(held.Count);
                (long start, int length) = held[index];
                held.RemoveAt(index);
                Array.Clear(taken, (int)start, length);
                free.Give(start, length);
                continue;
            }

            int wanted = random.Next(1, 50);
            long got = free.Take(wanted);
            if (got < 0)
            {
                continue;
            }

            Assert.Equal(-1, Array.IndexOf(taken, true, (int)got, wanted));
            Array.Fill(taken, true, (int)got, wanted);
            held.Add((got, wanted));
        }

        held.ForEach(range => free.Give(range.Start, range.Length));
        Assert.Equal(1, free.Count);
        Assert.Equal(0, free.Take(Size));
    }
}

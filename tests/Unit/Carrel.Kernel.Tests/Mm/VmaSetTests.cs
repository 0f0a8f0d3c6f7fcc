using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Kernel.Mm;
using Xunit;

namespace Carrel.Tests.Kernel.Mm;

/// <summary>The set of pieces against a sorted list that does everything the slow way.</summary>
public sealed class VmaSetTests
{
    private const ulong Page = Vma.PageSize;
    private const ulong High = 4096 * Page;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void RandomOperations_AgreeWithTheModel(int seed)
    {
        var random = new Random(seed);
        var set = new VmaSet();
        var model = new List<Vma>();
        for (int step = 0; step < 6000; step++)
        {
            switch (random.Next(5))
            {
                case 0 or 1:
                    InsertOne(random, set, model);
                    break;
                case 2 when model.Count > 0:
                    Vma victim = model[random.Next(model.Count)];
                    set.Remove(victim);
                    model.Remove(victim);
                    break;
                case 3 when model.Count > 0:
                    SplitOne(random, set, model);
                    break;
            }

            ulong address = (ulong)random.NextInt64((long)High);
            Assert.Same(model.FirstOrDefault(v => v.Contains(address)), set.Find(address));
            Assert.Same(model.FirstOrDefault(v => v.End > address), set.FirstEndingAbove(address));
            Assert.Same(model.LastOrDefault(v => v.End <= address), set.LastEndingAtOrBelow(address));
            Assert.Equal(model.Count, set.Count);
            CheckHoles(random, set, model);
        }

        Assert.Equal(model, set.All());
    }

    [Fact]
    public void Join_OfContiguousFrames_MakesOnePiece()
    {
        var set = new VmaSet();
        set.Insert(Piece(0x10000, 0x12000, 7));
        set.Insert(Piece(0x14000, 0x15000, 11));
        Vma middle = Piece(0x12000, 0x14000, 9);
        set.Insert(middle);
        Vma joined = set.Join(middle);
        Assert.Equal((0x10000UL, 0x15000UL, 7L), (joined.Start, joined.End, joined.Frame));
        Assert.Equal(1, set.Count);
        Assert.Same(joined, set.Find(0x14800));
    }

    [Fact]
    public void Merged_ShowsFragmentsAsOneVma()
    {
        var set = new VmaSet();
        set.Insert(Piece(0x10000, 0x12000, 7));
        set.Insert(Piece(0x12000, 0x14000, 90));
        set.Insert(Piece(0x14000, 0x15000, 3, Prot.PROT_READ));
        Assert.Equal([(0x10000UL, 0x14000UL), (0x14000UL, 0x15000UL)], set.Merged().Select(r => (r.Start, r.End)));
    }

    [Fact]
    public void FreeSearch_KeepsTheGapBelowAStack()
    {
        var set = new VmaSet();
        Vma stack = Piece(0x1000_0000, 0x1010_0000, 7);
        stack.Flags |= VmaFlags.GrowsDown;
        set.Insert(stack);
        Assert.Equal(0x1000_0000 - (256 * Page) - Page, set.FindFreeTopDown(Page, 0x10000, 0x1010_0000));
    }

    private static Vma Piece(ulong start, ulong end, long frame, Prot prot = Prot.PROT_READ | Prot.PROT_WRITE) =>
        new() { Start = start, End = end, Prot = prot, Backing = VmaBacking.Frames, Frame = frame };

    private static void InsertOne(Random random, VmaSet set, List<Vma> model)
    {
        ulong start = (ulong)random.Next(4096 - 8) * Page;
        Vma piece = Piece(start, start + ((ulong)random.Next(1, 8) * Page), random.Next(1, 1 << 20));
        if (model.Any(v => v.Start < piece.End && piece.Start < v.End))
        {
            return;
        }

        set.Insert(piece);
        model.Add(piece);
        model.Sort((a, b) => a.Start.CompareTo(b.Start));
    }

    private static void SplitOne(Random random, VmaSet set, List<Vma> model)
    {
        Vma piece = model[random.Next(model.Count)];
        if (piece.Pages < 2)
        {
            return;
        }

        ulong at = piece.Start + ((ulong)random.NextInt64(1, piece.Pages) * Page);
        long frame = piece.FrameAt(at);
        Vma upper = set.Split(piece, at);
        Assert.Equal((at, frame), (upper.Start, upper.Frame));
        Assert.Equal(at, piece.End);
        model.Insert(model.IndexOf(piece) + 1, upper);
    }

    private static void CheckHoles(Random random, VmaSet set, List<Vma> model)
    {
        ulong length = (ulong)random.Next(1, 40) * Page;
        ulong low = (ulong)random.Next(0, 1000) * Page;
        ulong high = (ulong)random.Next(3000, 4096) * Page;
        var holes = new List<(ulong Start, ulong End)>();
        ulong before = 0;
        foreach (Vma vma in model)
        {
            holes.Add((before, vma.Start));
            before = vma.End;
        }

        holes.Add((before, ulong.MaxValue));
        var fitting = holes.Select(h => (Start: Math.Max(h.Start, low), End: Math.Min(h.End, high))).Where(h => h.End >= h.Start && h.End - h.Start >= length).ToList();
        Assert.Equal(fitting.Count == 0 ? 0 : fitting[^1].End - length, set.FindFreeTopDown(length, low, high));
        Assert.Equal(fitting.Count == 0 ? 0 : fitting[0].Start, set.FindFreeBottomUp(length, low, high));
    }
}

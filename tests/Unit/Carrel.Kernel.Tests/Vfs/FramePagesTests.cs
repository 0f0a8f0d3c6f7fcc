using System;
using Carrel.Abi;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Tests.Kernel.Fakes;
using Xunit;

namespace Carrel.Tests.Kernel.Vfs;

/// <summary>The pages of a file against a plain array.</summary>
public sealed class FramePagesTests
{
    private const int Page = FramePages.PageSize;
    private const int Largest = 40 * Page;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomOperations_AgreeWithAnArray(int seed)
    {
        var machine = new TestKernel();
        var pages = new FramePages(machine.Kernel, null);
        var random = new Random(seed);
        var model = new byte[Largest];
        long size = 0;
        for (int step = 0; step < 250; step++)
        {
            int offset = random.Next(Largest - 1);
            int length = random.Next(1, Math.Min(Largest - offset, random.Next(2) == 0 ? 200 : 5 * Page) + 1);
            switch (random.Next(6))
            {
                case 0 or 1 or 2:
                    var data = new byte[length];
                    random.NextBytes(data);
                    Assert.Equal(Errno.OK, pages.Write(offset, data));
                    data.CopyTo(model, offset);
                    size = Math.Max(size, offset + length);
                    break;
                case 3:
                    pages.Resize(offset);
                    size = offset;
                    Array.Clear(model, offset, Largest - offset);
                    break;
                case 4:
                    Assert.Equal(Errno.OK, pages.Punch(offset, length));
                    Array.Clear(model, offset, length);
                    break;
                default:
                    Assert.Equal(Errno.OK, pages.Preallocate(offset, length));
                    break;
            }

            Assert.Equal(size, pages.Size);
            var read = new byte[size];
            Assert.True(pages.Read(0, read));
            Assert.True(read.AsSpan().SequenceEqual(model.AsSpan(0, (int)size)), $"step {step}");
            CheckHoles(pages, model, size, random);
        }

        pages.Free();
        Assert.Equal(0, machine.Frames.Held);
        Assert.Equal(0, pages.AllocatedPages);
    }

    [Fact]
    public void Write_InSmallPieces_LiesInFewRuns()
    {
        var pages = new FramePages(new TestKernel().Kernel, null);
        var data = new byte[1000];
        for (int i = 0; i < 4096; i++)
        {
            pages.Write(i * 1000L, data);
        }

        int runs = 0;
        for (long page = 0; page < 1000; runs++)
        {
            page += pages.GetFrames(page, 1000 - page).Value.Count;
        }

        Assert.InRange(runs, 1, 12);
    }

    [Fact]
    public void GetFrames_OfAHole_ReadsAsZeroAndSharesLaterWrites()
    {
        var machine = new TestKernel();
        var pages = new FramePages(machine.Kernel, null);
        pages.Resize(10 * Page);
        long frame = pages.GetFrames(4, 1).Value.Frame;
        machine.Frames.Write((frame * Page) + 5, [42]);
        var read = new byte[10];
        pages.Read(4 * Page, read);
        Assert.Equal(42, read[5]);
        Assert.Equal(4 * Page, pages.Find(0, data: true));
        Assert.Equal(5 * Page, pages.Find(4 * Page, data: false));
    }

    private static void CheckHoles(FramePages pages, byte[] model, long size, Random random)
    {
        if (size == 0)
        {
            return;
        }

        long from = random.NextInt64(size);
        long data = pages.Find(from, data: true);
        Assert.False(model.AsSpan((int)from, (int)(data - from)).ContainsAnyExcept((byte)0));
        long hole = pages.Find(from, data: false);
        Assert.InRange(hole, from, size);
    }
}

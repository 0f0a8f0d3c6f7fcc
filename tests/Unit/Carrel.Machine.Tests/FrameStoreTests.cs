using System;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Machine;
using Xunit;

namespace Carrel.Tests.Machine;

public sealed class FrameStoreTests : IDisposable
{
    private const int Page = FrameStore.PageSize;

    private readonly LinearFrameStore _frames = new(HostFd.CreateMemory("test", MemfdFlags.MFD_CLOEXEC), 1 << 30);

    public void Dispose() => _frames.Dispose();

    [Fact]
    public void Allocate_AfterRelease_ReadsAsZero()
    {
        foreach (int count in new[] { 1, 3, 64, 65, 500 })
        {
            long first = _frames.Allocate(count);
            for (int i = 0; i < count; i++)
            {
                Assert.True(_frames.Write((first + i) * Page, [1, 2, 3]));
            }

            _frames.Release(first, count);
            long second = _frames.Allocate(count);
            var bytes = new byte[count * Page];
            Assert.True(_frames.Read(second * Page, bytes));
            Assert.False(bytes.AsSpan().ContainsAnyExcept((byte)0));
        }
    }

    [Fact]
    public void Release_LongRange_GivesMemoryBack()
    {
        long before = _frames.UsedPages;
        long first = _frames.Allocate(10_000);
        Assert.Equal(before, _frames.UsedPages);
        _frames.Write((first + 17) * Page, [1]);
        _frames.Write((first + 9000) * Page, [1]);
        Assert.Equal(before + 2, _frames.UsedPages);
        Assert.Equal(2, _frames.CountResident(first, 10_000));
        Assert.Equal(first + 17, _frames.FirstResident(first, 10_000));
        Assert.Equal(-1, _frames.FirstResident(first + 18, 100));
        _frames.Release(first, 10_000);
        Assert.Equal(before, _frames.UsedPages);
    }

    [Fact]
    public void Discard_TakesOnlyWhatHasOneReference()
    {
        long before = _frames.UsedPages;
        long first = _frames.Allocate(100);
        _frames.Write(first * Page, new byte[100 * Page]);
        _frames.AddReference(first + 10, 20);
        _frames.Discard(first, 100);
        Assert.Equal(before + 20, _frames.UsedPages);
        _frames.Release(first, 100);
        _frames.Release(first + 10, 20);
        Assert.Equal(before, _frames.UsedPages);
    }

    [Fact]
    public void IsExclusive_WithASecondReference_IsFalse()
    {
        long first = _frames.Allocate(10);
        Assert.True(_frames.IsExclusive(first, 10));
        _frames.AddReference(first + 3, 2);
        Assert.False(_frames.IsExclusive(first, 10));
        Assert.True(_frames.IsExclusive(first + 5, 5));
        _frames.Release(first + 3, 2);
        Assert.True(_frames.IsExclusive(first, 10));
    }

    [Fact]
    public void CopyPages_CopiesDataAndLeavesHoles()
    {
        long from = _frames.Allocate(100);
        long to = _frames.Allocate(100);
        _frames.Write((from + 5) * Page, "five"u8);
        _frames.Write((from + 77) * Page + 100, "seven"u8);
        Assert.True(_frames.CopyPages(from, to, 100));
        var five = new byte[4];
        var seven = new byte[5];
        _frames.Read((to + 5) * Page, five);
        _frames.Read((to + 77) * Page + 100, seven);
        Assert.Equal("five"u8.ToArray(), five);
        Assert.Equal("seven"u8.ToArray(), seven);
        Assert.Equal(2, _frames.CountResident(to, 100));
    }

    [Theory]
    [InlineData(10, 20)]
    [InlineData(10, 3 * Page)]
    [InlineData(0, 2 * Page)]
    [InlineData(Page - 1, 2)]
    public void Zero_ClearsJustTheRange(int offset, int length)
    {
        long first = _frames.Allocate(5);
        var bytes = new byte[5 * Page];
        Array.Fill(bytes, (byte)7);
        _frames.Write(first * Page, bytes);
        _frames.Zero((first * Page) + offset, length);
        bytes.AsSpan(offset, length).Clear();
        var now = new byte[5 * Page];
        _frames.Read(first * Page, now);
        Assert.Equal(bytes, now);
    }

    [Fact]
    public void CompareExchangeInt32_StoresOnlyIfEqual()
    {
        long position = _frames.Allocate(1) * Page;
        Assert.True(_frames.CompareExchangeInt32(position + 8, 0, 5, out int observed));
        Assert.Equal(0, observed);
        Assert.True(_frames.CompareExchangeInt32(position + 8, 0, 6, out observed));
        Assert.Equal(5, observed);
        Assert.True(_frames.LoadInt32(position + 8, out int value));
        Assert.Equal(5, value);
        Assert.Throws<ArgumentOutOfRangeException>(() => _frames.LoadInt32(position + 2, out _));
    }

    [Fact]
    public void Read_OutsideTheStore_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _frames.Read(long.MaxValue - 2, new byte[10]));

    [Fact]
    public void Read_AllSizesAndAlignments_CopiesExactly()
    {
        long position = _frames.Allocate(2) * Page;
        var pattern = new byte[2 * Page];
        new Random(1).NextBytes(pattern);
        _frames.Write(position, pattern);
        for (int size = 0; size < 700; size++)
        {
            int offset = size * 7 % 100;
            var bytes = new byte[size + 2];
            bytes[0] = bytes[^1] = 0xEE;
            Assert.True(_frames.Read(position + offset, bytes.AsSpan(1, size)));
            Assert.Equal(pattern.AsSpan(offset, size).ToArray(), bytes.AsSpan(1, size).ToArray());
            Assert.Equal(0xEE, bytes[0]);
            Assert.Equal(0xEE, bytes[^1]);
        }
    }

    [Fact]
    public void Access_ToATruncatedFile_FailsWithoutHarm()
    {
        HostFd.Truncate(_frames.Fd, Page);
        long frame = _frames.Allocate(4);
        Assert.False(_frames.Read((frame + 2) * Page, new byte[100]));
        Assert.False(_frames.Write((frame + 2) * Page, new byte[3]));
        Assert.False(_frames.Write((frame + 2) * Page, new byte[100_000]));
        Assert.False(_frames.LoadInt32((frame + 2) * Page, out _));
        Assert.False(_frames.CompareExchangeInt32((frame + 2) * Page, 0, 1, out _));
    }
}

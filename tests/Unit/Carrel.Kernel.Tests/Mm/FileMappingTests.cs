using System;
using System.Linq;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Kernel.Mm;
using Carrel.Machine;
using Carrel.Tests.Kernel.Fakes;
using Xunit;
using Task = Carrel.Kernel.Task;

namespace Carrel.Tests.Kernel.Mm;

/// <summary>Mappings of host files and of files in frames.</summary>
public sealed class FileMappingTests
{
    private const ulong Page = Vma.PageSize;
    private const ulong Address = 0x100_0000;
    private const Prot ReadWrite = Prot.PROT_READ | Prot.PROT_WRITE;

    private readonly TestKernel _kernel = new();
    private readonly Task _task;

    public FileMappingTests() => _task = _kernel.NewProcess();

    private MemoryManager Mm => _task.Mm;

    private FakeSpace Space => (FakeSpace)_task.Mm.Space;

    [Fact]
    public void HostFile_ReadOnly_IsMappedStraightFromTheHost()
    {
        var file = new FakeHostObject(Bytes(3 * (int)Page));
        Map(file, 3, Prot.PROT_READ | Prot.PROT_EXEC, MapFlags.MAP_PRIVATE);
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal((file.File, (long)i * (long)Page), (At(i).File, At(i).Offset)));
        Assert.Equal(file.Bytes.Content[5000], ReadByte(Address + 5000));
        Assert.Equal(0, _kernel.Frames.Held);
    }

    [Fact]
    public void HostFile_SmallAndWritable_IsCopiedAtOnce()
    {
        var file = new FakeHostObject(Bytes(5000));
        Map(file, 2, ReadWrite, MapFlags.MAP_PRIVATE);
        Assert.All(Enumerable.Range(0, 2), i => Assert.Equal(MemoryProtection.Read | MemoryProtection.Write, At(i).Protection));
        Assert.Equal(file.Bytes.Content[4999], ReadByte(Address + 4999));
        Assert.Equal(0, ReadByte(Address + 5000));
        Assert.True(Mm.Write(Address, [1, 2, 3]));
        Assert.NotEqual(1, file.Bytes.Content[0]);
    }

    [Fact]
    public void HostFile_LargeAndWritable_IsCopiedInChunksOnWrite()
    {
        var file = new FakeHostObject(Bytes(200 * (int)Page));
        Map(file, 200, ReadWrite, MapFlags.MAP_PRIVATE);
        Assert.Equal(MemoryProtection.Read, At(20).Protection);
        Assert.Equal(FaultOutcome.Resolved, Mm.ResolveFault(Address + (20 * Page), true, false, 0));
        Assert.Equal(MemoryProtection.Read | MemoryProtection.Write, At(16).Protection);
        Assert.Equal(MemoryProtection.Read | MemoryProtection.Write, At(31).Protection);
        Assert.NotNull(At(32).File);
        Assert.Equal(file.Bytes.Content[20 * (int)Page], ReadByte(Address + (20 * Page)));
        Assert.True(Mm.Write(Address + (100 * Page), [77]));
        Assert.Equal(77, ReadByte(Address + (100 * Page)));
        Assert.Single(Mm.MergedVmas(), r => r.Start == Address && r.End == Address + (200 * Page));
    }

    [Fact]
    public void HostFile_AfterDontneed_ShowsTheFileAgain()
    {
        var file = new FakeHostObject(Bytes(2 * (int)Page));
        Map(file, 2, ReadWrite, MapFlags.MAP_PRIVATE);
        Mm.Write(Address, [1]);
        Assert.Equal(0, _kernel.Do(_task, Nr.madvise, Address, Page, Madvise.MADV_DONTNEED));
        Assert.Equal(file.Bytes.Content[0], ReadByte(Address));
    }

    [Fact]
    public void HostFile_SharedAndWritable_IsRefused()
    {
        var file = new FakeHostObject(Bytes(100));
        Assert.Equal(Errno.EACCES, Mmap.Map(Mm, Request(file, 1, ReadWrite, MapFlags.MAP_SHARED)).Error);
        Map(file, 1, Prot.PROT_READ, MapFlags.MAP_SHARED);
        Assert.Equal(-(long)Errno.EACCES, _kernel.Do(_task, Nr.mprotect, Address, Page, (ulong)ReadWrite));
    }

    [Fact]
    public void BeyondTheEnd_IsABusErrorUntilTheFileGrows()
    {
        var file = new FakeHostObject(Bytes(100));
        Map(file, 3, Prot.PROT_READ, MapFlags.MAP_PRIVATE);
        Assert.Equal(FaultOutcome.BusError, Mm.ResolveFault(Address + Page, false, false, 0));
        Assert.Equal(0, Mm.ReadPartial(Address + Page, new byte[1]));
        file.Bytes.Content = Bytes(2 * (int)Page);
        Assert.Equal(FaultOutcome.Resolved, Mm.ResolveFault(Address + Page, false, false, 0));
        Assert.Equal(FaultOutcome.BusError, Mm.ResolveFault(Address + (2 * Page), false, false, 0));
    }

    [Fact]
    public void Frames_Shared_AreTheObjectsOwn()
    {
        var file = new FakeFrameObject(_kernel.Frames, 4 * (long)Page);
        Map(file, 4, ReadWrite, MapFlags.MAP_SHARED);
        Mm.Write(Address + (2 * Page), [9]);
        Assert.Equal(9, file.ReadPage(2));
        file.WritePage(3, 8);
        Assert.Equal(8, ReadByte(Address + (3 * Page)));
        Assert.Equal(4, file.WritableMappingCount);
        Assert.Equal(Errno.OK, Munmap.Range(Mm, Address, 4 * Page));
        Assert.Equal(0, file.WritableMappingCount);
    }

    [Fact]
    public void Frames_Private_AreCopiedOnWrite()
    {
        var file = new FakeFrameObject(_kernel.Frames, 4 * (long)Page);
        file.WritePage(0, 5);
        Map(file, 4, ReadWrite, MapFlags.MAP_PRIVATE);
        Assert.Equal(MemoryProtection.Read, At(0).Protection);
        Assert.Equal(5, ReadByte(Address));
        Mm.Write(Address, [6]);
        Assert.Equal((5, 6), (file.ReadPage(0), ReadByte(Address)));
    }

    [Fact]
    public void Truncate_TakesPagesAwayFromEveryMapping()
    {
        var file = new FakeFrameObject(_kernel.Frames, 4 * (long)Page);
        Map(file, 4, ReadWrite, MapFlags.MAP_PRIVATE);
        Mm.Write(Address + (3 * Page), [6]);
        Assert.Equal(Errno.OK, Mmap.Map(Mm, Request(file, 4, ReadWrite, MapFlags.MAP_SHARED) with { Address = 2 * Address }).Error);
        file.Truncate((long)Page + 1);
        Assert.False(Space.Pages.ContainsKey(Address + (3 * Page)));
        Assert.Equal(FaultOutcome.BusError, Mm.ResolveFault(Address + (3 * Page), true, false, 0));
        Assert.Equal(FaultOutcome.BusError, Mm.ResolveFault((2 * Address) + (2 * Page), false, false, 0));
        Assert.Equal(FaultOutcome.Resolved, Mm.ResolveFault((2 * Address) + Page, false, false, 0));
        file.Truncate(4 * (long)Page);
        Assert.Equal(FaultOutcome.Resolved, Mm.ResolveFault((2 * Address) + (3 * Page), false, false, 0));
    }

    [Fact]
    public void Debugger_WritesIntoReadOnlyText()
    {
        var file = new FakeHostObject(Bytes((int)Page));
        Map(file, 1, Prot.PROT_READ | Prot.PROT_EXEC, MapFlags.MAP_PRIVATE);
        Assert.Equal(0, Mm.WritePartial(Address, [0xcc]));
        Assert.Equal(1, Mm.WriteForced(Address, [0xcc]));
        Assert.Equal(0xcc, ReadByte(Address));
        Assert.Equal(MemoryProtection.Read | MemoryProtection.Execute, At(0).Protection);
    }

    [Fact]
    public void Strings_AreReadAcrossPagesAndBounded()
    {
        byte[] content = Enumerable.Repeat((byte)'a', 2 * (int)Page).ToArray();
        content[^1] = 0;
        Map(new FakeHostObject(content), 2, Prot.PROT_READ, MapFlags.MAP_PRIVATE);
        Assert.Equal(new string('a', 99), Mm.ReadString(Address + (2 * Page) - 100, 4096, Errno.ENAMETOOLONG).Value);
        Assert.Equal(new string('a', 5000), Mm.ReadString(Address + (2 * Page) - 5001, 6000, Errno.ENAMETOOLONG).Value);
        Assert.Equal(Errno.ENAMETOOLONG, Mm.ReadString(Address, 4096, Errno.ENAMETOOLONG).Error);
        content[^1] = (byte)'a';
        Assert.Equal(Errno.EFAULT, Mm.ReadString(8, 4096, Errno.ENAMETOOLONG).Error);
    }

    [Fact]
    public void Stack_GrowsOnFaultsUpToTheLimitAndKeepsTheGap()
    {
        ulong top = Mm.AddressLimit - 0x100000;
        Result<ulong> stack = Mm.MapImage(top - (4 * Page), 4 * Page, ReadWrite, MapFlags.MAP_FIXED_NOREPLACE | MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_GROWSDOWN, null, 0);
        Assert.True(stack.Succeeded);
        Assert.Equal(FaultOutcome.Resolved, Mm.ResolveFault(top - (1 << 20), true, false, 0));
        Assert.True(Mm.Write(top - (2 << 20), [1]));
        Assert.Single(Mm.MergedVmas(), r => r.End == top);
        Assert.Equal(FaultOutcome.NotMapped, Mm.ResolveFault(top - (8 << 20) - 1, true, false, 0));
        ulong below = top - (6 << 20);
        Assert.True(Mm.MapImage(below, Page, ReadWrite, MapFlags.MAP_FIXED_NOREPLACE | MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS, null, 0).Succeeded);
        Assert.Equal(FaultOutcome.NotMapped, Mm.ResolveFault(below + Page + StackGrowth.GuardGap - 1, true, false, 0));
        Assert.Equal(FaultOutcome.Resolved, Mm.ResolveFault(below + Page + StackGrowth.GuardGap, true, false, 0));
    }

    [Fact]
    public void Heap_GrowsAsOnePieceAndShrinks()
    {
        Mm.SetBreak(0x5555_0000_0000);
        for (ulong i = 1; i <= 50; i++)
        {
            Assert.Equal(0x5555_0000_0000 + (i * 3 * Page), (ulong)_kernel.Do(_task, Nr.brk, 0x5555_0000_0000 + (i * 3 * Page)));
        }

        Assert.Equal(150, Mm.Vmas.Find(0x5555_0000_0000)!.Pages);
        Assert.Equal(0x5555_0000_0000 + 5, _kernel.Do(_task, Nr.brk, 0x5555_0000_0000 + 5));
        Assert.Equal(1, Mm.Vmas.Find(0x5555_0000_0000)!.Pages);
        Assert.Equal(0x5555_0000_0000 + 5, _kernel.Do(_task, Nr.brk, 1));
    }

    [Fact]
    public void Fork_OfThreads_LetsTheKernelWriteInPlaceUntilTheHostHasProtectedThePages()
    {
        _kernel.NewThread(_task);
        Assert.Equal(Address, (ulong)_kernel.Do(_task, Nr.mmap, Address, 64 * Page, (ulong)ReadWrite, (ulong)(MapFlags.MAP_FIXED | MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS), 0, 0));
        Assert.True(Mm.Write(Address, new byte[64 * (int)Page]));
        long frame = At(0).Frame;
        Space.Executed = 0;
        Assert.True(Mm.Fork(_task.Thread, default, null, out _).Succeeded);
        Assert.True(Mm.Write(Address, [1]));
        Assert.Equal(frame, At(0).Frame);
        Space.Executed = long.MaxValue;
        Assert.True(Mm.Write(Address, [2]));
        Assert.NotEqual(frame, At(0).Frame);
        Assert.Equal(2, ReadByte(Address));
    }

    [Fact]
    public void OutOfMemory_KillsTheLargestProcess()
    {
        Task hog = _kernel.NewProcess();
        Result<ulong> area = hog.Mm.MapImage(0, 64 * Page, ReadWrite, MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS, null, 0);
        hog.Mm.Write(area.Value, new byte[60 * (int)Page]);
        _kernel.Frames.Limit = _kernel.Frames.UsedPages;
        Map(new FakeFrameObject(_kernel.Frames, (long)Page), 1, ReadWrite, MapFlags.MAP_SHARED);
        _kernel.Kernel.Enter(() => Assert.True(Mm.Write(Address, [1])));
        Assert.Equal(1, _kernel.Kernel.OomKiller.Kills);
        Assert.True(hog.Mm.Space.IsOver);
        ((IGuestEvents)_kernel.Kernel).OnAddressSpaceDied(hog.Mm.Space, true);
        Assert.True(hog.Group.IsExiting);
        Assert.False(_task.Group.IsExiting);
    }

    private HostPage At(int page) => Space.Pages[Address + ((ulong)page * Page)];

    private byte ReadByte(ulong address)
    {
        var value = new byte[1];
        Assert.True(Mm.Read(address, value));
        return value[0];
    }

    private void Map(MemoryObject memory, int pages, Prot prot, MapFlags flags) => Assert.Equal(Address, Mmap.Map(Mm, Request(memory, pages, prot, flags)).Value);

    private MapRequest Request(MemoryObject memory, int pages, Prot prot, MapFlags flags) =>
        new(Address, (ulong)pages * Page, prot, flags | MapFlags.MAP_FIXED, null, 0) { Object = memory, Task = _task };

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(5).NextBytes(bytes);
        return bytes;
    }
}

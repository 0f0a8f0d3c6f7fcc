using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Kernel.Mm;
using Carrel.Machine;
using Carrel.Tests.Kernel.Fakes;
using Xunit;
using Task = Carrel.Kernel.Task;

namespace Carrel.Tests.Kernel.Mm;

/// <summary>
/// Processes that map, write, fork and unmap at random, against a model in which each page is a cell with one value. Guest accesses
/// go through what the host would have mapped, faults included; kernel accesses through the copy functions.
/// </summary>
public sealed class MemoryModelTests
{
    private const ulong Page = FrameStore.PageSize;
    private const ulong Base = 0x1_0000_0000;
    private const int Pages = 160;

    private readonly TestKernel _kernel = new();
    private readonly List<Process> _processes = [];
    private Random _random = new(0);

    private sealed class Cell
    {
        public byte Value;
    }

    private sealed class PageModel
    {
        public required Prot Prot { get; set; }

        public required bool IsShared { get; init; }

        public required Cell Cell { get; set; }

        public bool Wipes { get; set; }
    }

    private sealed class Process(Task task)
    {
        public Task Task { get; } = task;

        public MemoryManager Mm => Task.Mm;

        public FakeSpace Space => (FakeSpace)Mm.Space;

        public Dictionary<int, PageModel> Model { get; } = [];
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    public void RandomPrograms_SeeWhatTheModelSees(int seed)
    {
        _random = new Random(seed);
        _processes.Add(new Process(_kernel.NewProcess()));
        for (int step = 0; step < 3000; step++)
        {
            Process process = _processes[_random.Next(_processes.Count)];
            Step(process);
            if (step % 50 == 0)
            {
                _processes.ForEach(Check);
            }
        }

        _processes.ForEach(Check);
        foreach (Process process in _processes)
        {
            process.Mm.DropUser();
        }

        Assert.Equal(0, _kernel.Frames.Held);
    }

    private void Step(Process process)
    {
        int first = _random.Next(Pages);
        int count = Math.Min(Pages - first, 1 + (_random.Next(4) == 0 ? _random.Next(60) : _random.Next(6)));
        switch (_random.Next(14))
        {
            case 0 or 1:
                Map(process, first, count);
                break;
            case 2:
                Assert.Equal(0, _kernel.Do(process.Task, Nr.munmap, At(first), (ulong)count * Page));
                ApplyNative(process, () => process.Space.Unmap(At(first), (ulong)count * Page));
                Each(first, count, p => process.Model.Remove(p));
                break;
            case 3:
                Protect(process, first, count);
                break;
            case 4 or 5 or 6:
                GuestWrite(process, first);
                break;
            case 7 or 8:
                KernelWrite(process, first, count);
                break;
            case 9:
                GuestRead(process, first);
                break;
            case 10:
                Discard(process, first, count);
                break;
            case 11 when _random.Next(4) == 0:
                Fork(process);
                break;
            case 12:
                Remap(process, first, count);
                break;
            case 13 when _processes.Count > 1 && _random.Next(4) == 0:
                process.Mm.DropUser();
                _processes.Remove(process);
                break;
        }
    }

    private void Map(Process process, int first, int count)
    {
        bool isShared = _random.Next(4) == 0;
        Prot prot = RandomProt();
        MapFlags flags = MapFlags.MAP_FIXED | MapFlags.MAP_ANONYMOUS | (isShared ? MapFlags.MAP_SHARED : MapFlags.MAP_PRIVATE);
        long result = _kernel.Do(process.Task, Nr.mmap, At(first), (ulong)count * Page, (ulong)prot, (ulong)flags, ulong.MaxValue, 0);
        Assert.Equal(At(first), (ulong)result);
        Each(first, count, p => process.Model[p] = new PageModel { Prot = prot, IsShared = isShared, Cell = new Cell() });
        if (!isShared && _random.Next(8) == 0)
        {
            Assert.Equal(0, _kernel.Do(process.Task, Nr.madvise, At(first), (ulong)count * Page, Madvise.MADV_WIPEONFORK));
            Each(first, count, p => process.Model[p].Wipes = true);
        }
    }

    private void Protect(Process process, int first, int count)
    {
        Prot prot = RandomProt();
        long result = _kernel.Do(process.Task, Nr.mprotect, At(first), (ulong)count * Page, (ulong)prot);
        int covered = Enumerable.Range(first, count).TakeWhile(process.Model.ContainsKey).Count();
        Assert.Equal(covered == count ? 0 : -(long)Errno.ENOMEM, result);
        ApplyNative(process, () => process.Space.Protect(At(first), (ulong)count * Page, (MemoryProtection)prot));
        Each(first, covered, p => process.Model[p].Prot = prot);
    }

    private void GuestWrite(Process process, int page)
    {
        ulong address = At(page) + (ulong)_random.Next((int)Page);
        FaultOutcome outcome = Access(process, address, isWrite: true, out HostPage host);
        Assert.Equal(Expected(process, page, isWrite: true), outcome);
        if (outcome == FaultOutcome.Resolved)
        {
            byte value = (byte)_random.Next(256);
            _kernel.Frames.Write(host.Frame * (long)Page, [value]);
            process.Model[page].Cell.Value = value;
        }
    }

    private void GuestRead(Process process, int page)
    {
        FaultOutcome outcome = Access(process, At(page), isWrite: false, out HostPage host);
        Assert.Equal(Expected(process, page, isWrite: false), outcome);
        if (outcome == FaultOutcome.Resolved)
        {
            Span<byte> value = stackalloc byte[1];
            _kernel.Frames.Read(host.Frame * (long)Page, value);
            Assert.Equal(process.Model[page].Cell.Value, value[0]);
        }
    }

    // What the CPU does: page table, fault, once more.
    private static FaultOutcome Access(Process process, ulong address, bool isWrite, out HostPage host)
    {
        MemoryProtection needed = isWrite ? MemoryProtection.Write : MemoryProtection.Read;
        for (int tries = 0; ; tries++)
        {
            if (process.Space.Pages.TryGetValue(address & ~(Page - 1), out host) && (host.Protection & needed) != 0)
            {
                return FaultOutcome.Resolved;
            }

            FaultOutcome outcome = process.Mm.ResolveFault(address, isWrite, false, 0);
            if (outcome != FaultOutcome.Resolved)
            {
                return outcome;
            }

            Assert.True(tries < 2, "the fault was not resolved");
        }
    }

    private static FaultOutcome Expected(Process process, int page, bool isWrite)
    {
        if (!process.Model.TryGetValue(page, out PageModel? model))
        {
            return FaultOutcome.NotMapped;
        }

        Prot needed = isWrite ? Prot.PROT_WRITE : Prot.PROT_READ | Prot.PROT_WRITE | Prot.PROT_EXEC;
        return (model.Prot & needed) != 0 ? FaultOutcome.Resolved : FaultOutcome.AccessDenied;
    }

    private void KernelWrite(Process process, int first, int count)
    {
        var data = new byte[count * (int)Page];
        _random.NextBytes(data);
        int covered = Enumerable.Range(first, count).TakeWhile(p => Expected(process, p, isWrite: true) == FaultOutcome.Resolved).Count();
        Assert.Equal(covered * (long)Page, process.Mm.WritePartial(At(first), data));
        Each(first, covered, p => process.Model[p].Cell.Value = data[(p - first) * (int)Page]);
    }

    private void Discard(Process process, int first, int count)
    {
        long result = _kernel.Do(process.Task, Nr.madvise, At(first), (ulong)count * Page, Madvise.MADV_DONTNEED);
        Assert.Equal(Enumerable.Range(first, count).All(process.Model.ContainsKey) ? 0 : -(long)Errno.ENOMEM, result);
        Each(first, count, p =>
        {
            if (process.Model.TryGetValue(p, out PageModel? model) && !model.IsShared)
            {
                model.Cell.Value = 0;
            }
        });
    }

    private void Fork(Process parent)
    {
        if (_processes.Count >= 5)
        {
            return;
        }

        Task childTask = _kernel.NewProcess();
        Result<MemoryManager> copy = parent.Mm.Fork(parent.Task.Thread, default, null, out GuestThread? thread);
        Assert.True(copy.Succeeded);
        childTask.Mm.DropUser();
        childTask.Mm = copy.Value;
        childTask.Thread = thread!;
        thread!.Owner = childTask;
        var child = new Process(childTask);
        foreach ((int page, PageModel model) in parent.Model)
        {
            child.Model[page] = new PageModel
            {
                Prot = model.Prot,
                IsShared = model.IsShared,
                Wipes = model.Wipes,
                Cell = model.IsShared ? model.Cell : new Cell { Value = model.Wipes ? (byte)0 : model.Cell.Value },
            };
        }

        _processes.Add(child);
    }

    // mremap to a free or taken place; only within one kind of mapping.
    private void Remap(Process process, int first, int count)
    {
        int target = _random.Next(Pages - count + 1);
        if ((target < first + count && first < target + count) || !Enumerable.Range(first, count).All(process.Model.ContainsKey))
        {
            return;
        }

        int length = _random.Next(3) == 0 ? Math.Max(1, count - _random.Next(count)) : count;
        long result = _kernel.Do(process.Task, Nr.mremap, At(first), (ulong)count * Page, (ulong)length * Page, (ulong)(MremapFlags.MREMAP_MAYMOVE | MremapFlags.MREMAP_FIXED), At(target));
        if (result == -(long)Errno.EFAULT)
        {
            // Not one VMA. What comes before that check has been done.
            Each(target, length, p => process.Model.Remove(p));
            Each(first + length, count - length, p => process.Model.Remove(p));
            return;
        }

        Assert.Equal(At(target), (ulong)result);
        for (int i = 0; i < count; i++)
        {
            process.Model.Remove(first + i, out PageModel? moved);
            if (i < length)
            {
                process.Model[target + i] = moved!;
            }
        }
    }

    /// <summary>Every page: look-up, bytes, host mapping; then the accounts.</summary>
    private void Check(Process process)
    {
        Span<byte> value = stackalloc byte[1];
        for (int page = 0; page < Pages; page++)
        {
            Vma? vma = process.Mm.Vmas.Find(At(page));
            bool isMapped = process.Model.TryGetValue(page, out PageModel? model);
            Assert.Equal(isMapped, vma is not null);
            bool isOnHost = process.Space.Pages.TryGetValue(At(page), out HostPage host);
            Assert.Equal(vma is { IsMapped: true }, isOnHost);
            if (model is null)
            {
                continue;
            }

            Assert.Equal(model.Prot, vma!.Prot);
            Assert.Equal(model.IsShared, vma.IsShared);
            if (isOnHost)
            {
                Assert.Equal(vma.FrameAt(At(page)), host.Frame);
                Assert.Equal(vma.HostProtection, host.Protection);
                Assert.True(_kernel.Frames.References(host.Frame) > 0);
            }

            long read = process.Mm.ReadPartial(At(page), value);
            Assert.Equal(vma.IsReadable ? 1 : 0, read);
            if (read == 1)
            {
                Assert.Equal(model.Cell.Value, value[0]);
            }
        }

        Assert.Equal(process.Model.Count, process.Mm.TotalPages);
        Assert.Equal(process.Model.Values.Count(m => !m.IsShared && (m.Prot & Prot.PROT_WRITE) != 0), process.Mm.DataPages);
    }

    // The fake answers RunNatively with 0 and does nothing: do what the host would have done.
    private void ApplyNative(Process process, Action action)
    {
        if (((FakeThread)process.Task.Thread).TookNative())
        {
            action();
        }
    }

    private Prot RandomProt() => _random.Next(8) switch
    {
        0 => Prot.PROT_NONE,
        1 or 2 => Prot.PROT_READ,
        3 => Prot.PROT_READ | Prot.PROT_EXEC,
        _ => Prot.PROT_READ | Prot.PROT_WRITE,
    };

    private static ulong At(int page) => Base + ((ulong)page * Page);

    private static void Each(int first, int count, Action<int> action)
    {
        for (int p = first; p < first + count; p++)
        {
            action(p);
        }
    }
}

using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>
/// Frames as the pages of one sparse host file (tmpfs or memfd), mapped once, whole, into this process. The size limit of the
/// tmpfs is the memory limit; a touch above it is a bus error, which the fault-tolerant routines turn into a false.
/// </summary>
internal sealed unsafe class LinearFrameStore : FrameStore, IDisposable
{
    /// <summary>Freed frames kept resident for reuse: at most 8 MiB, and a sixteenth of the limit.</summary>
    private const long LargestWatermark = 2048;

    /// <summary>Longer ranges are given back to the host at once.</summary>
    private const int LongestDirty = 64;

    /// <summary>What has been freed for an access others may take first, so often.</summary>
    private const int Attempts = 8;

    private const long LargestFile = 1L << 46;
    private const long SmallestFile = 1L << 30;

    private readonly RangeCounts _references = new();
    private readonly FreeRanges _clean = new();
    private readonly ResidentRuns _runs = new();
    private readonly Stack<long>?[] _dirty = new Stack<long>?[LongestDirty + 1];
    private readonly List<(long First, long Length)> _emptied = [];
    private readonly byte* _base;
    private readonly long _capacity;
    private readonly long _watermark;
    private long _limitPages;
    private long _next;
    private long _dirtyPages;

    /// <param name="fd">The file, owned from now on; empty.</param>
    /// <param name="limitBytes">What to report as the limit if the file system names none.</param>
    internal LinearFrameStore(int fd, long limitBytes)
    {
        Fd = fd;
        FaultTolerant.Install();
        long address = -1;
        for (_capacity = LargestFile; _capacity >= SmallestFile; _capacity >>= 1)
        {
            if (HostFd.Truncate(fd, _capacity) < 0)
            {
                continue;
            }

            address = HostMemory.Map(0, (ulong)_capacity, Prot.PROT_READ | Prot.PROT_WRITE, MapFlags.MAP_SHARED | MapFlags.MAP_NORESERVE, fd, 0);
            if (address > 0)
            {
                break;
            }
        }

        if (address <= 0)
        {
            throw new InvalidOperationException($"guest memory cannot be mapped: {(Errno)(-address)}");
        }

        _base = (byte*)address;
        long fileSystem = HostFd.StatFs(fd, out StatFs stat) == 0 ? (long)stat.Blocks * stat.Bsize : 0;
        _limitPages = (fileSystem > 0 ? Math.Min(fileSystem, limitBytes) : limitBytes) / PageSize;
        _watermark = Math.Min(LargestWatermark, LimitPages / 16);
    }

    internal int Fd { get; }

    public override long LimitPages => _limitPages;

    public override void ChangeLimit(long bytes) => _limitPages = bytes / PageSize;

    public override long UsedPages => HostFd.Stat(Fd, out Stat stat) == 0 ? (stat.Blocks / (PageSize / 512)) - _dirtyPages : 0;

    /// <summary>Sum of all reference counts, for tests.</summary>
    internal long TotalReferences { get; private set; }

    /// <summary>Bytes of this process' address space.</summary>
    internal ulong Length => (ulong)_capacity;

    /// <summary>The frame's place in this process. Only for the fault-tolerant routines.</summary>
    internal byte* Address(long frame) => _base + (frame * PageSize);

    public override long Allocate(long count)
    {
        if (count <= 0 || count > _capacity / PageSize)
        {
            return -1;
        }

        long frame = TakeDirty(count);
        if (frame < 0)
        {
            frame = _clean.Take(count);
        }

        if (frame < 0)
        {
            if (_next + count > _capacity / PageSize)
            {
                return -1;
            }

            frame = _next;
            _next += count;
        }

        AddReference(frame, count);
        return frame;
    }

    public override void AddReference(long frame, long count)
    {
        _references.Add(frame, count, 1);
        TotalReferences += count;
    }

    public override void Release(long frame, long count)
    {
        _emptied.Clear();
        _references.Add(frame, count, -1, _emptied);
        TotalReferences -= count;
        foreach ((long first, long length) in _emptied)
        {
            Recycle(first, length);
        }
    }

    public override bool IsExclusive(long frame, long count) => _references.IsAll(frame, count, 1);

    public override long Trim()
    {
        long trimmed = 0;
        for (int count = 1; count <= LongestDirty; count++)
        {
            while (_dirty[count] is { Count: > 0 } stack)
            {
                long frame = stack.Pop();
                if (Punch(frame, count))
                {
                    _clean.Give(frame, count);
                    trimmed += count;
                }
            }
        }

        _dirtyPages = 0;
        return trimmed;
    }

    public override bool Read(long position, Span<byte> destination)
    {
        Check(position, destination.Length);
        fixed (byte* p = destination)
        {
            return Copy(p, _base + position, destination.Length, isVital: true);
        }
    }

    public override bool Write(long position, ReadOnlySpan<byte> source, bool isVital = true)
    {
        Check(position, source.Length);
        fixed (byte* p = source)
        {
            return Copy(_base + position, p, source.Length, isVital);
        }
    }

    public override void Discard(long frame, long count) =>
        _references.ForEach(frame, count, 1, (first, length) =>
        {
            if (FirstResident(first, length) >= 0)
            {
                Punch(first, length);
            }
        });

    /// <summary>Makes a fresh range resident. False: no memory.</summary>
    internal bool Commit(long frame, long count)
    {
        Check(frame * PageSize, count * PageSize);
        for (int i = 0; !FaultTolerant.Zero(Address(frame), count * PageSize); i++)
        {
            if (i == Attempts || Shortage?.Invoke(true) != true)
            {
                return false;
            }
        }

        return true;
    }

    public override bool CopyPages(long fromFrame, long toFrame, long count)
    {
        Check(fromFrame * PageSize, count * PageSize);
        Check(toFrame * PageSize, count * PageSize);
        long end = fromFrame + count;
        for (long at = fromFrame; at < end;)
        {
            (long first, long length) = NextResident(at, end);
            if (length == 0)
            {
                return true;
            }

            if (!Copy(Address(toFrame + (first - fromFrame)), Address(first), length * PageSize, isVital: true))
            {
                return false;
            }

            at = first + length;
        }

        return true;
    }

    public override void Zero(long position, long length)
    {
        Check(position, length);
        long end = position + length;
        long firstWhole = (position + PageSize - 1) / PageSize;
        long endWhole = end / PageSize;
        if (firstWhole > endWhole)
        {
            ZeroPart(position, length); // inside one page
            return;
        }

        ZeroPart(position, (firstWhole * PageSize) - position);
        ZeroPart(endWhole * PageSize, end - (endWhole * PageSize));
        if (firstWhole < endWhole && FirstResident(firstWhole, endWhole - firstWhole) >= 0 && !Punch(firstWhole, endWhole - firstWhole))
        {
            FaultTolerant.Zero(Address(firstWhole), (endWhole - firstWhole) * PageSize);
        }
    }

    public override long FirstResident(long frame, long count)
    {
        Check(frame * PageSize, count * PageSize);
        long found = HostFd.Seek(Fd, frame * PageSize, Seek.SEEK_DATA);
        return found >= 0 && found / PageSize < frame + count ? found / PageSize : -1;
    }

    public override long CountResident(long frame, long count)
    {
        Check(frame * PageSize, count * PageSize);
        long resident = 0;
        long end = frame + count;
        for (long at = frame; at < end;)
        {
            (long first, long length) = NextResident(at, end);
            if (length == 0)
            {
                break;
            }

            resident += length;
            at = first + length;
        }

        return resident;
    }

    public override bool LoadInt32(long position, out int value)
    {
        CheckWord(position);
        while (!FaultTolerant.Load(_base + position, out value))
        {
            if (Shortage?.Invoke(true) != true)
            {
                return false;
            }
        }

        return true;
    }

    public override bool CompareExchangeInt32(long position, int expected, int desired, out int observed)
    {
        CheckWord(position);
        while (!FaultTolerant.CompareExchange(_base + position, expected, desired, out observed))
        {
            if (Shortage?.Invoke(true) != true)
            {
                return false;
            }
        }

        return true;
    }

    private bool Copy(byte* to, byte* from, long length, bool isVital)
    {
        for (int i = 0; !FaultTolerant.Copy(to, from, length); i++)
        {
            if (i == Attempts || Shortage?.Invoke(isVital) != true)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Ends the mapping; for tests, which make many stores.</summary>
    public void Dispose()
    {
        HostMemory.Unmap((ulong)_base, (ulong)_capacity);
        HostFd.Close(Fd);
    }

    /// <summary>The first resident stretch in [at, end); length 0 if none.</summary>
    private (long First, long Length) NextResident(long at, long end)
    {
        long known = _runs.EndOf(at);
        if (known > at)
        {
            return (at, Math.Min(known, end) - at);
        }

        long data = HostFd.Seek(Fd, at * PageSize, Seek.SEEK_DATA);
        if (data < 0 || data >= end * PageSize)
        {
            return (end, 0);
        }

        long first = data / PageSize;
        known = _runs.EndOf(first);
        if (known == first)
        {
            long hole = HostFd.Seek(Fd, data, Seek.SEEK_HOLE);
            known = hole < 0 ? end : hole / PageSize;
            _runs.Add(first, known);
        }

        return (first, Math.Min(known, end) - first);
    }

    private long TakeDirty(long count)
    {
        if (count > LongestDirty || _dirty[count] is not { Count: > 0 } stack)
        {
            return -1;
        }

        long frame = stack.Pop();
        _dirtyPages -= count;
        FaultTolerant.Zero(Address(frame), count * PageSize);
        return frame;
    }

    private void Recycle(long frame, long count)
    {
        (long first, long length) = NextResident(frame, frame + count);
        if (length == count && count <= LongestDirty && _dirtyPages + count <= _watermark)
        {
            (_dirty[count] ??= new Stack<long>()).Push(frame);
            _dirtyPages += count;
            return;
        }

        if (length == 0 || Punch(first, frame + count - first))
        {
            _clean.Give(frame, count);
        }

        // A hole that could not be made (no memory for it): the numbers are never used again.
    }

    // The same as fallocate() with FALLOC_FL_PUNCH_HOLE, by a call that the runtime needs anyway.
    private bool Punch(long frame, long count)
    {
        _runs.Cut(frame, frame + count);
        return HostMemory.Advise((ulong)Address(frame), (ulong)(count * PageSize), Madvise.MADV_REMOVE) == 0;
    }

    /// <summary>Zeroes within one page, unless it is a hole.</summary>
    private void ZeroPart(long position, long length)
    {
        if (length > 0 && FirstResident(position / PageSize, 1) >= 0)
        {
            FaultTolerant.Zero(_base + position, length);
        }
    }

    private void Check(long position, long length)
    {
        if (position < 0 || length < 0 || position > _capacity - length)
        {
            throw new ArgumentOutOfRangeException(nameof(position));
        }
    }

    private void CheckWord(long position)
    {
        Check(position, sizeof(int));
        if ((position & 3) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(position));
        }
    }
}

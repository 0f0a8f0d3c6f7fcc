using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>Counts the pages of a file system against its size= option.</summary>
public interface IPageAccount
{
    /// <summary>Pages are counted at all; if not, mappings are handed out in long runs.</summary>
    bool IsLimited { get; }

    /// <summary>False: the file system is full.</summary>
    bool TryCharge(long pages);

    void Uncharge(long pages);
}

/// <summary>
/// The pages of a file in frames (what shmem's address_space is in Linux): tmpfs, memfd, System V shared memory, the upper side of the overlay. Sparse:
/// extents of contiguous frames that grow geometrically, so that a file which grows at its end lies in a few long runs. A page without data reads as zero
/// and takes no memory.
/// </summary>
public class FramePages : FrameObject
{
    public const int PageSize = FrameStore.PageSize;

    /// <summary>Frames reserved at once, at most (256 MiB). Reserved frames cost nothing until they are touched.</summary>
    private const long MaxReserve = 65536;

    /// <summary>Pages given to a mapping at once where each counts.</summary>
    private const long LimitedRun = 16;

    private readonly List<Extent> _extents = [];
    private readonly LinuxKernel _kernel;
    private readonly IPageAccount? _account;
    private long _size;
    private long _reserved;

    public FramePages(LinuxKernel kernel, IPageAccount? account)
    {
        _kernel = kernel;
        _account = account;
    }

    private sealed class Extent(long page, long frame, long count)
    {
        public readonly long Page = page;
        public readonly long Frame = frame;
        public long Count = count;
        /// <summary>Pages that count as used: written, mapped or preallocated.</summary>
        public readonly PageBits Allocated = new();
        /// <summary>Pages whose frame holds the file's data.</summary>
        public readonly PageBits Valid = new();

        public long End => Page + Count;
    }

    public override long Size => _size;

    /// <summary>Some page was handed to a mapping: what the guest touched is known to the host only.</summary>
    protected bool IsExposed { get; private set; }

    protected LinuxKernel Kernel => _kernel;

    /// <summary>Pages that take memory, for st_blocks.</summary>
    public long AllocatedPages { get; private set; }

    /// <summary>Pages in memory: what was written, and what the guest touched through mappings.</summary>
    public long ResidentPages
    {
        get
        {
            if (!IsExposed)
            {
                return AllocatedPages;
            }

            long total = 0;
            foreach (Extent extent in _extents)
            {
                total += _kernel.Frames.CountResident(extent.Frame, extent.Count);
            }

            return total;
        }
    }

    /// <summary>Fills the span from the offset on; the caller stays below the size. False: no memory.</summary>
    public bool Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            long page = offset / PageSize;
            long wanted = ((offset + destination.Length - 1) / PageSize) - page + 1;
            long run = Run(page, wanted, out Extent? extent, out bool isValid);
            int n = (int)Math.Min(destination.Length, ((page + run) * PageSize) - offset);
            bool isHole = !isValid || (IsExposed && _kernel.Frames.FirstResident(extent!.Frame + page - extent.Page, run) < 0);
            bool ok = isHole
                ? isValid ? Clear(destination[..n]) : ReadMissing(offset, destination[..n])
                : _kernel.Frames.Read(Position(extent!, offset), destination[..n]);
            if (!ok)
            {
                return false;
            }

            destination = destination[n..];
            offset += n;
        }

        return true;
    }

    /// <summary>Writes; the size grows along. ENOSPC.</summary>
    public Errno Write(long offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            long page = offset / PageSize;
            long wanted = ((offset + source.Length - 1) / PageSize) - page + 1;
            Result<Extent> ensured = Ensure(page, wanted);
            if (ensured.Failed)
            {
                return ensured.Error;
            }

            Extent extent = ensured.Value;
            long run = Math.Min(wanted, extent.End - page);
            int n = (int)Math.Min(source.Length, ((page + run) * PageSize) - offset);
            Errno error = Allocate(extent, page, run);
            if (error == Errno.OK)
            {
                error = FillEdges(extent, offset, n);
            }

            if (error != Errno.OK)
            {
                return error;
            }

            if (!_kernel.Frames.Write(Position(extent, offset), source[..n], isVital: false))
            {
                return Errno.ENOSPC;
            }

            extent.Valid.Set(page - extent.Page, run, true);
            source = source[n..];
            offset += n;
            _size = Math.Max(_size, offset);
        }

        return Errno.OK;
    }

    /// <summary>ftruncate(2): what is cut off reads as zero if the file grows again; mappings of it give SIGBUS.</summary>
    public virtual Errno Resize(long size)
    {
        long old = _size;
        _size = size;
        if (size >= old)
        {
            return Errno.OK;
        }

        UnmapBeyond(size);
        if (size % PageSize != 0)
        {
            ZeroInPage(size, PageSize - (size % PageSize));
        }

        long firstGone = (size + PageSize - 1) / PageSize;
        for (int i = _extents.Count - 1; i >= 0 && _extents[i].End > firstGone; i--)
        {
            Cut(i, Math.Max(0, firstGone - _extents[i].Page));
        }

        return Errno.OK;
    }

    /// <summary>FALLOC_FL_PUNCH_HOLE: the bytes read as zero, whole pages are given back.</summary>
    public virtual Errno Punch(long offset, long length)
    {
        long end = offset + length;
        long firstWhole = (offset + PageSize - 1) / PageSize;
        long endWhole = end / PageSize;
        if (firstWhole > endWhole)
        {
            return ZeroInPage(offset, length);
        }

        Errno error = ZeroInPage(offset, (firstWhole * PageSize) - offset);
        if (error == Errno.OK)
        {
            error = ZeroInPage(endWhole * PageSize, end - (endWhole * PageSize));
        }

        for (int i = 0; i < _extents.Count && error == Errno.OK; i++)
        {
            Extent extent = _extents[i];
            long from = Math.Max(firstWhole, extent.Page);
            long to = Math.Min(endWhole, extent.End);
            if (from < to)
            {
                PunchPages(extent, from, to - from);
            }
        }

        return error;
    }

    /// <summary>fallocate(2): the pages are counted from now on. The size is the caller's matter.</summary>
    public Errno Preallocate(long offset, long length)
    {
        long page = offset / PageSize;
        long end = (offset + length + PageSize - 1) / PageSize;
        if (end - page > _kernel.Frames.LimitPages - Math.Min(_kernel.Frames.LimitPages, _kernel.Frames.UsedPages))
        {
            return Errno.ENOSPC;
        }

        while (page < end)
        {
            Result<Extent> extent = Ensure(page, end - page);
            if (extent.Failed)
            {
                return extent.Error;
            }

            long run = Math.Min(end, extent.Value.End) - page;
            Errno error = Allocate(extent.Value, page, run);
            if (error != Errno.OK)
            {
                return error;
            }

            page += run;
        }

        return Errno.OK;
    }

    /// <summary>SEEK_DATA, SEEK_HOLE: the first byte at or behind the offset that is (not) data; the size at the end.</summary>
    public virtual long Find(long offset, bool data)
    {
        long at = offset;
        while (at < _size)
        {
            long page = at / PageSize;
            long pages = ((_size + PageSize - 1) / PageSize) - page;
            long run = Run(page, pages, out Extent? extent, out bool isValid);
            if (isValid && IsExposed)
            {
                long frame = extent!.Frame + page - extent.Page;
                long resident = _kernel.Frames.FirstResident(frame, run);
                isValid = resident == frame;
                run = isValid ? 1 : resident < 0 ? run : resident - frame;
            }

            if (isValid == data)
            {
                return at;
            }

            at = (page + run) * PageSize;
        }

        return _size;
    }

    /// <inheritdoc/>
    public override Result<(long Frame, long Count)> GetFrames(long page, long maxCount)
    {
        bool isLimited = _account is { IsLimited: true };
        Result<Extent> ensured = Ensure(page, isLimited ? Math.Min(maxCount, LimitedRun) : Math.Min(maxCount, MaxReserve));
        if (ensured.Failed)
        {
            return ensured.Error;
        }

        Extent extent = ensured.Value;
        long count = Math.Min(maxCount, extent.End - page);
        if (isLimited)
        {
            // What is there already costs nothing; of what is not, a few pages at a time.
            long there = extent.Allocated.Run(page - extent.Page, count, out bool isAllocated);
            count = isAllocated ? there : Math.Min(there, LimitedRun);
        }

        Errno error = isLimited ? Allocate(extent, page, count) : Errno.OK;
        if (error == Errno.OK)
        {
            IsExposed = true;
            error = FillRange(extent, page, ref count);
        }

        if (error != Errno.OK)
        {
            return error;
        }

        extent.Valid.Set(page - extent.Page, count, true);
        return (extent.Frame + page - extent.Page, count);
    }

    /// <summary>Gives everything back: the file is deleted.</summary>
    public void Free()
    {
        for (int i = _extents.Count - 1; i >= 0; i--)
        {
            Cut(i, 0);
        }

        _size = 0;
    }

    /// <summary>A page that has no frame data is zero here; the overlay takes it from the lower file.</summary>
    protected virtual bool ReadMissing(long offset, Span<byte> destination) => Clear(destination);

    /// <summary>Pages without frame data are other than zero somewhere: they must be filled before they are partly written or mapped.</summary>
    protected virtual bool HasBacking(long page) => false;

    protected void SetSize(long size) => _size = size;

    /// <summary>Takes a backed page into a frame.</summary>
    protected Errno TakeIn(long page)
    {
        Result<Extent> extent = Ensure(page, 1);
        return extent.Failed ? extent.Error : FillPage(extent.Value, page);
    }

    /// <summary>From now on these pages are zero unless written, whatever backs them.</summary>
    protected Errno Own(long page, long count)
    {
        while (count > 0)
        {
            Result<Extent> extent = Ensure(page, count);
            if (extent.Failed)
            {
                return extent.Error;
            }

            long run = Math.Min(count, extent.Value.End - page);
            extent.Value.Valid.Set(page - extent.Value.Page, run, true);
            page += run;
            count -= run;
        }

        return Errno.OK;
    }

    private static bool Clear(Span<byte> destination)
    {
        destination.Clear();
        return true;
    }

    private static long Position(Extent extent, long offset) => ((extent.Frame - extent.Page) * PageSize) + offset;

    /// <summary>How many pages from <paramref name="page"/> on are alike: without an extent, or in one and all valid or all not.</summary>
    private long Run(long page, long count, out Extent? extent, out bool isValid)
    {
        int index = IndexOf(page);
        if (index >= 0)
        {
            extent = _extents[index];
            return extent.Valid.Run(page - extent.Page, Math.Min(count, extent.End - page), out isValid);
        }

        extent = null;
        isValid = false;
        return ~index < _extents.Count ? Math.Min(count, _extents[~index].Page - page) : count;
    }

    /// <summary>The extent with the page, or the complement of where it would stand.</summary>
    private int IndexOf(long page)
    {
        (int low, int high) = (0, _extents.Count - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            Extent extent = _extents[middle];
            if (page < extent.Page)
            {
                high = middle - 1;
            }
            else if (page >= extent.End)
            {
                low = middle + 1;
            }
            else
            {
                return middle;
            }
        }

        return ~low;
    }

    /// <summary>The extent with the page; a new one has room for <paramref name="count"/> pages and more if the file is growing at its end.</summary>
    private Result<Extent> Ensure(long page, long count)
    {
        const long Alignment = 16;
        int index = IndexOf(page);
        if (index >= 0)
        {
            return _extents[index];
        }

        index = ~index;
        Extent? previous = index > 0 ? _extents[index - 1] : null;
        long floor = previous?.End ?? 0;
        long ceiling = index < _extents.Count ? _extents[index].Page : long.MaxValue / PageSize;
        long start = page;
        long wanted = Math.Min(count, MaxReserve);
        if (page == floor)
        {
            wanted = Math.Max(wanted, Math.Min(_reserved, MaxReserve));
        }
        else
        {
            // Scattered pages: keep neighbours together.
            start = Math.Max(floor, page & ~(Alignment - 1));
            wanted = Math.Max(wanted + page - start, Alignment);
        }

        wanted = Math.Min(wanted, ceiling - start);
        long frame = _kernel.Frames.Allocate(wanted);
        if (frame < 0)
        {
            return Errno.ENOSPC;
        }

        _reserved += wanted;
        if (previous is not null && previous.End == start && previous.Frame + previous.Count == frame)
        {
            previous.Count += wanted;
            previous.Allocated.Grow(previous.Count);
            previous.Valid.Grow(previous.Count);
            return previous;
        }

        var extent = new Extent(start, frame, wanted);
        extent.Allocated.Grow(wanted);
        extent.Valid.Grow(wanted);
        _extents.Insert(index, extent);
        return extent;
    }

    private Errno Allocate(Extent extent, long page, long count)
    {
        long added = count - extent.Allocated.Count(page - extent.Page, count);
        if (added == 0)
        {
            return Errno.OK;
        }

        if (_account is not null && !_account.TryCharge(added))
        {
            return Errno.ENOSPC;
        }

        extent.Allocated.Set(page - extent.Page, count, true);
        AllocatedPages += added;
        return Errno.OK;
    }

    /// <summary>Before a write: the first and last page keep what the write does not cover.</summary>
    private Errno FillEdges(Extent extent, long offset, int length)
    {
        long first = offset / PageSize;
        long last = (offset + length - 1) / PageSize;
        bool coversFirst = offset % PageSize == 0 && (length >= PageSize || offset + length >= _size);
        Errno error = coversFirst ? Errno.OK : FillPage(extent, first);
        bool coversLast = (offset + length) % PageSize == 0 || offset + length >= _size;
        return error != Errno.OK || last == first || coversLast ? error : FillPage(extent, last);
    }

    private Errno FillRange(Extent extent, long page, ref long count)
    {
        const long MaxFilledAtOnce = 64;
        if (!HasBacking(page))
        {
            return Errno.OK;
        }

        count = Math.Min(count, MaxFilledAtOnce);
        for (long at = page; at < page + count; at++)
        {
            Errno error = FillPage(extent, at);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        return Errno.OK;
    }

    private Errno FillPage(Extent extent, long page)
    {
        if (extent.Valid[page - extent.Page] || !HasBacking(page))
        {
            return Errno.OK;
        }

        Span<byte> content = stackalloc byte[PageSize];
        if (!ReadMissing(page * PageSize, content))
        {
            return Errno.EIO;
        }

        if (!_kernel.Frames.Write(Position(extent, page * PageSize), content, isVital: false))
        {
            return Errno.ENOSPC;
        }

        Errno error = Allocate(extent, page, 1);
        extent.Valid.Set(page - extent.Page, 1, error == Errno.OK);
        return error;
    }

    /// <summary>Zeroes within one page. A page that is backed elsewhere is taken in first.</summary>
    private Errno ZeroInPage(long offset, long length)
    {
        long page = offset / PageSize;
        if (length <= 0)
        {
            return Errno.OK;
        }

        int index = IndexOf(page);
        if (index < 0 || !_extents[index].Valid[page - _extents[index].Page])
        {
            return HasBacking(page) ? Write(offset, new byte[length]) : Errno.OK;
        }

        _kernel.Frames.Zero(Position(_extents[index], offset), length);
        return Errno.OK;
    }

    private void PunchPages(Extent extent, long page, long count)
    {
        _kernel.Frames.Zero(Position(extent, page * PageSize), count * PageSize);
        if (Mappings.Count == 0 && !HasBacking(page))
        {
            // Otherwise the guest may touch them again at any time, or what backs them would show.
            extent.Valid.Set(page - extent.Page, count, false);
        }

        long freed = extent.Allocated.Count(page - extent.Page, count);
        extent.Allocated.Set(page - extent.Page, count, false);
        Uncount(freed);
    }

    /// <summary>Keeps the first pages of an extent and releases the frames of the rest.</summary>
    private void Cut(int index, long keep)
    {
        Extent extent = _extents[index];
        long gone = extent.Count - keep;
        Uncount(extent.Allocated.Count(keep, gone));
        _kernel.Frames.Release(extent.Frame + keep, gone);
        _reserved -= gone;
        extent.Count = keep;
        if (keep == 0)
        {
            _extents.RemoveAt(index);
            return;
        }

        extent.Allocated.Shrink(keep);
        extent.Valid.Shrink(keep);
    }

    private void Uncount(long pages)
    {
        AllocatedPages -= pages;
        _account?.Uncharge(pages);
    }
}

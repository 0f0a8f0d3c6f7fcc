using System;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Mm;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>Copies between guest and kernel: a look-up, then a plain copy per contiguous piece. A bad address is found by look-up, never by a fault.</summary>
public sealed partial class MemoryManager
{
    /// <summary>Copies from guest memory. False (EFAULT) if any byte is not readable.</summary>
    public bool Read(ulong address, Span<byte> destination) => ReadPartial(address, destination) == destination.Length;

    /// <summary>Copies to guest memory, breaking copy-on-write shares. False (EFAULT) if any byte is not writable; earlier bytes may have been written.</summary>
    public bool Write(ulong address, ReadOnlySpan<byte> source) => WritePartial(address, source) == source.Length;

    /// <summary>Copies until the first bad address; the number of bytes copied.</summary>
    public long ReadPartial(ulong address, Span<byte> destination) => ReadPieces(address, destination, false);

    public long WritePartial(ulong address, ReadOnlySpan<byte> source) => WritePieces(address, source, false);

    /// <summary>Reads as a debugger does (FOLL_FORCE): protection is ignored.</summary>
    public long ReadForced(ulong address, Span<byte> destination) => ReadPieces(address, destination, true);

    /// <summary>Writes as a debugger does (FOLL_FORCE): read-only private mappings get a private copy. <see cref="FlushRemote"/> is the caller's.</summary>
    public long WriteForced(ulong address, ReadOnlySpan<byte> source) => WritePieces(address, source, true);

    private long ReadPieces(ulong address, Span<byte> destination, bool isForced)
    {
        int done = 0;
        while (done < destination.Length)
        {
            Vma? vma = Vmas.Find(address) ?? StackGrowth.Expand(this, address);
            if (vma is null || !(vma.IsReadable || isForced))
            {
                break;
            }

            int n = (int)Math.Min((ulong)(destination.Length - done), vma.End - address);
            Span<byte> part = destination.Slice(done, n);
            if (vma.Backing == VmaBacking.Frames)
            {
                if (!Frames.Read(vma.PositionAt(address), part))
                {
                    break;
                }
            }
            else
            {
                n = isForced && !vma.IsReadable ? ReadInaccessible(vma, part) : ReadUnframed(vma, address, part);
                if (n <= 0)
                {
                    break;
                }
            }

            done += n;
            address += (ulong)n;
        }

        return done;
    }

    // Host files, and pages that may have come into being since they were mapped.
    private int ReadUnframed(Vma vma, ulong address, Span<byte> destination)
    {
        if (vma.Backing == VmaBacking.HostFile)
        {
            // Bytes between the end of the file and the end of its last page read as zero.
            var file = (HostFileObject)vma.File!.Object;
            long offset = (long)vma.OffsetAt(address);
            long present = (long)PageAlignUp((ulong)Math.Max(0, file.Size)) - offset;
            int n = (int)Math.Clamp(present, 0, destination.Length);
            int got = Kernel.HostPages.Read(file, offset, destination[..n]);
            if (got < 0)
            {
                return 0;
            }

            destination[got..n].Clear();
            return n;
        }

        if (vma.Backing == VmaBacking.Platform)
        {
            Platform platform = Kernel.Platform;
            return platform.ReadVdso((long)(address - platform.VdsoAddress), destination) ? destination.Length : 0;
        }

        return vma.Backing == VmaBacking.None && vma.IsReadable && PageFaults.MapMissing(this, vma, address) == FaultOutcome.Resolved
            ? (int)ReadPieces(address, destination, false)
            : 0;
    }

    // Anonymous memory that nobody could have written yet.
    private static int ReadInaccessible(Vma vma, Span<byte> destination)
    {
        if (vma.File is not null || vma.Backing != VmaBacking.None)
        {
            return 0;
        }

        destination.Clear();
        return destination.Length;
    }

    private long WritePieces(ulong address, ReadOnlySpan<byte> source, bool isForced)
    {
        int done = 0;
        while (done < source.Length)
        {
            Vma? vma = Vmas.Find(address) ?? StackGrowth.Expand(this, address);
            if (vma is null || !(vma.IsWritable || (isForced && CanForceWrite(vma))))
            {
                break;
            }

            ulong end = Math.Min(vma.End, address + (ulong)(source.Length - done));
            if (!vma.IsPlain)
            {
                FaultOutcome outcome = PageFaults.PrepareKernelWrite(this, ref vma, address, end);
                if (outcome != FaultOutcome.Resolved)
                {
                    break;
                }

                end = Math.Min(vma.End, end);
            }

            int n = (int)(end - address);
            ReadOnlySpan<byte> piece = source.Slice(done, n);
            if (!Frames.Write(vma.PositionAt(address), piece))
            {
                break;
            }

            done += n;
            address = end;
        }

        return done;
    }

    // can_follow_write_pte(): a debugger may write to a private mapping that could be made writable.
    private static bool CanForceWrite(Vma vma) => !vma.IsShared && (vma.Flags & VmaFlags.MayWrite) != 0 && vma.Backing != VmaBacking.Platform;

    /// <summary>A NUL-terminated string of at most <paramref name="limit"/> bytes with its NUL, one char per byte.</summary>
    public Result<string> ReadString(ulong address, int limit, Errno tooLong)
    {
        Span<byte> buffer = stackalloc byte[512];
        string? head = null;
        StringBuilder? text = null;
        int length = 0;
        while (length < limit)
        {
            // Never past a page that need not be there; short strings in one copy.
            ulong pageRest = Vma.PageSize - (address & Vma.PageMask);
            int n = (int)Math.Min((ulong)Math.Min(buffer.Length, limit - length), pageRest);
            n = (int)ReadPartial(address, buffer[..n]);
            if (n == 0)
            {
                return Errno.EFAULT;
            }

            int nul = buffer[..n].IndexOf((byte)0);
            string part = Encoding.Latin1.GetString(buffer[..(nul < 0 ? n : nul)]);
            if (nul >= 0)
            {
                return head is null ? part : text is null ? head + part : text.Append(part).ToString();
            }

            if (head is null)
            {
                head = part;
            }
            else
            {
                text ??= new StringBuilder(head, 4096);
                text.Append(part);
            }

            length += n;
            address += (ulong)n;
        }

        return tooLong;
    }

    /// <summary>The frame position of an aligned 32-bit word that the kernel may read, or also write; false: EFAULT.</summary>
    internal bool TryGetWord(ulong address, bool forWrite, out long position)
    {
        position = 0;
        if ((address & 3) != 0)
        {
            return false;
        }

        Vma? vma = Vmas.Find(address) ?? StackGrowth.Expand(this, address);
        if (vma is null || !(forWrite ? vma.IsWritable : vma.IsReadable))
        {
            return false;
        }

        if (forWrite && !vma.IsPlain)
        {
            if (PageFaults.PrepareKernelWrite(this, ref vma, address, address + sizeof(int)) != FaultOutcome.Resolved)
            {
                return false;
            }
        }
        else if (vma.Backing == VmaBacking.None)
        {
            if (PageFaults.MapMissing(this, vma, address) != FaultOutcome.Resolved || (vma = Vmas.Find(address)) is null)
            {
                return false;
            }
        }

        if (vma.Backing != VmaBacking.Frames)
        {
            return false;
        }

        position = vma.PositionAt(address);
        return true;
    }

    /// <summary>An aligned 32-bit load that is atomic towards guest code. False: EFAULT.</summary>
    internal bool TryLoad(ulong address, out int value)
    {
        if (TryGetWord(address, false, out long position))
        {
            return Frames.LoadInt32(position, out value);
        }

        // Read-only file pages, and words that are not aligned.
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        bool ok = Read(address, bytes);
        value = ok ? BitConverter.ToInt32(bytes) : 0;
        return ok;
    }

    /// <summary>An aligned 32-bit compare-and-swap, atomic towards guest code. False: EFAULT.</summary>
    internal bool TryCompareExchange(ulong address, int expected, int desired, out int observed)
    {
        observed = 0;
        return TryGetWord(address, true, out long position) && Frames.CompareExchangeInt32(position, expected, desired, out observed);
    }
}

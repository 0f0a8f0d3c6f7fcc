using System;

namespace Carrel.Machine;

/// <summary>
/// All guest memory of a carrel: page frames, numbered. Numbers are plentiful (a range costs nothing until it is touched); memory is
/// used from the first touch on, and limited by <see cref="LimitPages"/>. References are counted per frame.
/// Byte positions are <c>frame * PageSize + offset</c>.
/// </summary>
public abstract class FrameStore
{
    public const int PageSize = 4096;

    /// <summary>A contiguous range of frames that read as zero, each with one reference. -1 if no numbers are left.</summary>
    public abstract long Allocate(long count);

    public abstract void AddReference(long frame, long count);

    /// <summary>Drops a reference of each; a frame without references is zeroed before it is handed out again. Frames that a space still maps must be
    /// released through <see cref="AddressSpace.ReleaseFramesWhenApplied"/> instead.</summary>
    public abstract void Release(long frame, long count);

    /// <summary>True if each frame of the range has exactly one reference.</summary>
    public abstract bool IsExclusive(long frame, long count);

    /// <summary>Copies out. False if the memory could not be had (limit reached).</summary>
    public abstract bool Read(long position, Span<byte> destination);

    /// <summary>Copies in. False if the memory could not be had (limit reached).</summary>
    /// <param name="position">Where.</param>
    /// <param name="source">What.</param>
    /// <param name="isVital">Without it the caller must fail in a way that programs do not expect: somebody else may be ended for it.</param>
    public abstract bool Write(long position, ReadOnlySpan<byte> source, bool isVital = true);

    /// <summary>Copies resident pages between ranges that do not overlap (holes stay holes; the destination must be fresh).</summary>
    public abstract bool CopyPages(long fromFrame, long toFrame, long count);

    /// <summary>Makes bytes read as zero; whole pages are given back to the host.</summary>
    public abstract void Zero(long position, long length);

    /// <summary>The first resident page in [frame, frame+count), or -1.</summary>
    public abstract long FirstResident(long frame, long count);

    /// <summary>Number of resident pages in the range.</summary>
    public abstract long CountResident(long frame, long count);

    /// <summary>Aligned 32-bit load, atomic towards guest code.</summary>
    public abstract bool LoadInt32(long position, out int value);

    /// <summary>Aligned 32-bit compare-and-swap, atomic towards guest code; <paramref name="observed"/> is what was there.</summary>
    public abstract bool CompareExchangeInt32(long position, int expected, int desired, out int observed);

    /// <summary>
    /// Asked when the limit is reached, before an access fails: frees memory if it can, and tells whether there is some now. Its argument: processes may be
    /// ended for it.
    /// </summary>
    public Func<bool, bool>? Shortage { get; set; }

    /// <summary>Empties a range as far as its frames have one reference, whose holder will not look at them again.</summary>
    public virtual void Discard(long frame, long count)
    {
    }

    /// <summary>Gives freed frames that were kept for quick reuse back to the host. Worth a try before a process is ended for lack of memory.</summary>
    /// <returns>Number of pages that became available.</returns>
    public virtual long Trim() => 0;

    /// <summary>Pages in use now, by the host's account (without those that <see cref="Trim"/> would give back).</summary>
    public abstract long UsedPages { get; }

    /// <summary>The carrel's memory limit.</summary>
    public abstract long LimitPages { get; }

    /// <summary>The host holds the carrel to another limit from now on, bytes.</summary>
    public virtual void ChangeLimit(long bytes)
    {
    }
}

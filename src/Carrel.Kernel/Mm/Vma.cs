using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel.Mm;

/// <summary>Where the bytes of a piece are.</summary>
public enum VmaBacking : byte
{
    /// <summary>Nowhere yet: an inaccessible reservation, or pages beyond the end of a file. Nothing is mapped on the host.</summary>
    None,
    /// <summary>In frames, from <see cref="Vma.Frame"/> on; the piece holds one reference of each.</summary>
    Frames,
    /// <summary>In the host's page cache, at <see cref="Vma.Offset"/> of the file.</summary>
    HostFile,
    /// <summary>The platform's own mapping (vDSO).</summary>
    Platform,
}

/// <summary>
/// A piece of an address space: a contiguous range with one contiguous backing and uniform attributes. What Linux calls a VMA
/// is one or several adjacent pieces (copy-on-write splits them); <see cref="VmaSet.Merged"/> shows them as Linux would.
/// </summary>
public sealed class Vma
{
    public const ulong PageSize = FrameStore.PageSize;
    public const ulong PageMask = PageSize - 1;

    public ulong Start { get; internal set; }

    /// <summary>Exclusive.</summary>
    public ulong End { get; internal set; }

    public ulong Length => End - Start;

    public long Pages => (long)(Length / PageSize);

    /// <summary>PROT_READ, PROT_WRITE, PROT_EXEC only.</summary>
    public Prot Prot { get; internal set; }

    public VmaFlags Flags { get; internal set; }

    public VmaBacking Backing { get; internal set; }

    /// <summary>Frame of the first page, for <see cref="VmaBacking.Frames"/>.</summary>
    public long Frame { get; internal set; } = -1;

    /// <summary>Fresh frames for copies of these pages (first page's), held by this piece; -1 if none. Copies of neighbouring chunks
    /// go to neighbouring frames, so that mappings merge again on both sides when a whole area has been copied.</summary>
    internal long Spare { get; set; } = -1;

    /// <summary>Frames held directly below <see cref="Frame"/>, into which a stack grows.</summary>
    internal long Below { get; set; }

    /// <summary>The bytes are (or may be) somebody else's too: the host maps them without write access, a write copies first.</summary>
    public bool IsCow { get; internal set; }

    /// <summary>Position in the host's queue of the write protection that a fork put on this piece; 0 once it is known to be in force.</summary>
    internal long ProtectedAt { get; set; }

    /// <summary>The object wants to know of the first store: until then the host maps without write access.</summary>
    internal bool WatchesStores { get; set; }

    /// <summary>The kernel may write into the frames just so.</summary>
    internal bool IsPlain => Backing == VmaBacking.Frames && !IsCow && !WatchesStores;

    /// <summary>The mapped file; null for anonymous memory.</summary>
    public FileMapping? File { get; internal set; }

    /// <summary>File offset of Start, bytes; 0 for anonymous memory.</summary>
    public ulong Offset { get; internal set; }

    /// <summary>"[vdso]", "[anon:...]"; null for the rest.</summary>
    public string? Name { get; internal set; }

    public bool IsShared => (Flags & VmaFlags.Shared) != 0;

    /// <summary>VM_SHARED and VM_MAYWRITE: counts as a writer of the object.</summary>
    internal bool IsSharedMayWrite => (Flags & (VmaFlags.Shared | VmaFlags.MayWrite)) == (VmaFlags.Shared | VmaFlags.MayWrite);

    public bool IsLocked => (Flags & VmaFlags.Locked) != 0;

    /// <summary>mseal(2).</summary>
    public bool IsSealed => (Flags & VmaFlags.Sealed) != 0;

    public bool GrowsDown => (Flags & VmaFlags.GrowsDown) != 0;

    public bool IsWritable => (Prot & Prot.PROT_WRITE) != 0;

    /// <summary>x86 pages are readable as soon as they are accessible at all.</summary>
    public bool IsReadable => (Prot & (Prot.PROT_READ | Prot.PROT_WRITE | Prot.PROT_EXEC)) != 0;

    /// <summary>Private memory not of a file.</summary>
    public bool IsAnonymous => File is null && !IsShared && Backing != VmaBacking.Platform;

    /// <summary>Something is mapped on the host.</summary>
    public bool IsMapped => Backing != VmaBacking.None;

    /// <summary>What the host's mapping allows.</summary>
    public MemoryProtection HostProtection => HostProtectionFor(Prot);

    public bool Contains(ulong address) => address - Start < End - Start;

    public long FrameAt(ulong address) => Frame + (long)((address - Start) / PageSize);

    /// <summary>Byte position of an address in the frame store.</summary>
    public long PositionAt(ulong address) => (Frame * FrameStore.PageSize) + (long)(address - Start);

    public ulong OffsetAt(ulong address) => Offset + (address - Start);

    internal long SpareAt(ulong address) => Spare + (long)((address - Start) / PageSize);

    internal MemoryProtection HostProtectionFor(Prot prot) => (MemoryProtection)(IsCow || WatchesStores ? prot & ~Prot.PROT_WRITE : prot);

    /// <summary>A copy with other bounds inside this piece; references of frames and file are the caller's business.</summary>
    internal Vma Slice(ulong start, ulong end) => new()
    {
        Start = start,
        End = end,
        Prot = Prot,
        Flags = Flags,
        Backing = Backing,
        Frame = Backing == VmaBacking.Frames ? FrameAt(start) : -1,
        Spare = Spare >= 0 ? SpareAt(start) : -1,
        Below = start == Start ? Below : 0,
        IsCow = IsCow,
        WatchesStores = WatchesStores,
        ProtectedAt = ProtectedAt,
        File = File,
        Offset = File is null ? 0 : OffsetAt(start),
        Name = Name,
    };

    /// <summary>Linux would keep both in one VMA (is_mergeable_vma()).</summary>
    internal bool IsSameVma(Vma next) =>
        End == next.Start && Prot == next.Prot && Flags == next.Flags && Name == next.Name
        && ReferenceEquals(File?.Description, next.File?.Description) && ReferenceEquals(File?.Object, next.File?.Object)
        && (File is null || Offset + Length == next.Offset)
        && (Backing == VmaBacking.Platform) == (next.Backing == VmaBacking.Platform);

    /// <summary>Both can be one piece.</summary>
    internal bool CanJoin(Vma next) =>
        Backing == next.Backing && IsCow == next.IsCow && WatchesStores == next.WatchesStores && IsSameVma(next)
        && (Backing != VmaBacking.Frames || (Frame + Pages == next.Frame && next.Below == 0))
        && (Spare < 0 ? next.Spare < 0 : Spare + Pages == next.Spare);

    public override string ToString() => $"{Start:x}-{End:x} {Prot} {Backing}{(IsCow ? " cow" : "")}";
}

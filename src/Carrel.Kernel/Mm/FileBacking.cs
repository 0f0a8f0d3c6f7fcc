using System;

namespace Carrel.Kernel.Mm;

/// <summary>Gives a new file mapping its pieces: what exists is mapped, what lies beyond the end of the file waits for a fault.</summary>
internal static class FileBacking
{
    /// <summary>Private writable mappings up to this size are copied at once: a data segment is about to be relocated anyway.</summary>
    private const ulong EagerCopyBytes = 256 * 1024;

    /// <summary>A mapping of a scattered object is not mapped further than this many runs ahead.</summary>
    private const int EagerRuns = 64;

    /// <param name="mm">The address space.</param>
    /// <param name="vma">Bounds and attributes, not inserted yet.</param>
    /// <param name="file">What is mapped.</param>
    /// <param name="offset">File offset of the start.</param>
    /// <param name="isOverOld">The host may have old mappings in the range: holes must be unmapped.</param>
    public static void Insert(MemoryManager mm, Vma vma, FileMapping file, ulong offset, bool isOverOld)
    {
        vma.File = file;
        vma.Offset = offset;
        // Held for the time of the insertion: the first piece maps the host file before it counts as a user of it.
        file.AddPiece(isSharedMayWrite: false);
        ulong size = MemoryManager.PageAlignUp((ulong)Math.Max(0, file.Object.Size));
        ulong present = size > offset ? Math.Min(size - offset, vma.Length) : 0;
        ulong at = vma.Start;
        if (present > 0 && file.Object is HostFileObject host)
        {
            at += present;
            Vma piece = vma.Slice(vma.Start, at);
            BackByHostFile(mm, piece, host);
            Add(mm, piece);
        }
        else if (present > 0 && file.Object is FrameObject frames)
        {
            at = InsertRuns(mm, vma, frames, vma.Start + present);
        }

        if (at < vma.End)
        {
            Vma rest = vma.Slice(at, vma.End);
            if (isOverOld)
            {
                mm.Space.Unmap(rest.Start, rest.Length);
            }

            mm.Insert(rest);
        }

        file.DropPiece(isSharedMayWrite: false);
    }

    private static ulong InsertRuns(MemoryManager mm, Vma vma, FrameObject frames, ulong end)
    {
        ulong at = vma.Start;
        for (int i = 0; i < EagerRuns && at < end && mm.HasRoomForPieces(3); i++)
        {
            Result<(long Frame, long Count)> run = frames.GetFrames((long)(vma.OffsetAt(at) / Vma.PageSize), (long)((end - at) / Vma.PageSize));
            if (run.Failed || run.Value.Count <= 0)
            {
                break;
            }

            ulong next = Math.Min(end, at + ((ulong)run.Value.Count * Vma.PageSize));
            Vma piece = vma.Slice(at, next);
            piece.Backing = VmaBacking.Frames;
            piece.Frame = run.Value.Frame;
            piece.IsCow = !piece.IsShared;
            piece.WatchesStores = piece.IsSharedMayWrite && frames.WantsStoreNotice;
            mm.Frames.AddReference(piece.Frame, piece.Pages);
            Add(mm, piece);
            at = next;
        }

        return at;
    }

    /// <summary>Backs a piece (below the end of the file) by the host's page cache, or by a copy where it is small and writable.</summary>
    public static void BackByHostFile(MemoryManager mm, Vma piece, HostFileObject host)
    {
        piece.Backing = VmaBacking.HostFile;
        piece.IsCow = !piece.IsShared;
        if (!piece.IsCow || !piece.IsWritable || piece.Length > EagerCopyBytes)
        {
            return;
        }

        long frame = mm.Frames.Allocate(piece.Pages);
        if (frame < 0)
        {
            return;
        }

        if (!CopyOnWrite.CopyFromFile(mm, host, (long)piece.Offset, frame, piece.Pages))
        {
            mm.Frames.Release(frame, piece.Pages);
            return;
        }

        piece.Backing = VmaBacking.Frames;
        piece.Frame = frame;
        piece.IsCow = false;
    }

    private static void Add(MemoryManager mm, Vma piece)
    {
        mm.MapOnHost(piece);
        mm.Insert(piece);
    }
}

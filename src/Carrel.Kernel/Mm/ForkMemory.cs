using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel.Mm;

/// <summary>
/// fork's copy of an address space (Linux's dup_mmap()). The host's fork gives the child the parent's mappings, so the parent only
/// queues write protection for what is shared from now on, and the child only its differences. Small writable areas are copied at once: that is
/// cheaper than the faults that follow.
/// </summary>
internal sealed class ForkMemory(MemoryManager parent)
{
    /// <summary>A writable area with at most this many resident pages is copied.</summary>
    private const long EagerPages = 16;

    /// <summary>Copies of neighbouring areas in one host mapping.</summary>
    private const int LongestRun = 16;

    private readonly List<Vma> _protected = [];
    private readonly List<Vma> _pieces = [];
    private readonly List<Change> _childChanges = [];
    private readonly List<Vma> _run = [];
    private ulong _protectStart, _protectEnd;
    private MemoryProtection _protection;

    private enum ChangeKind { Unmap, MapFrames }

    private readonly record struct Change(ChangeKind Kind, ulong Start, ulong Length, MemoryProtection Protection, long Frame);

    /// <summary>The child's pieces with their references, and the parent's protection queued. False: out of memory; everything taken is given back.</summary>
    public bool Prepare()
    {
        // Shared pieces turn Cow in the parent as we go; the set itself does not change.
        bool ok = true;
        foreach (Vma vma in parent.Vmas.All())
        {
            if (!(ok = Copy(vma)))
            {
                break;
            }
        }

        ok = FlushRun() && ok;
        FlushProtect();
        NoteProtection();
        if (!ok)
        {
            Abandon();
        }

        return ok;
    }

    /// <summary>Installs the pieces in the child and queues its own changes.</summary>
    public void Finish(MemoryManager child)
    {
        var files = new Dictionary<FileMapping, FileMapping>();
        foreach (Vma piece in _pieces)
        {
            if (piece.File is { } file)
            {
                if (!files.TryGetValue(file, out FileMapping? copy))
                {
                    copy = new FileMapping(child, file.Object, file.Description);
                    files.Add(file, copy);
                }

                piece.File = copy;
            }

            child.Insert(piece);
        }

        foreach (Change change in _childChanges)
        {
            if (change.Kind == ChangeKind.Unmap)
            {
                child.Space.Unmap(change.Start, change.Length);
            }
            else
            {
                child.Space.MapFrames(change.Start, change.Length, change.Protection, change.Frame);
            }
        }
    }

    /// <summary>Gives back what the child would have held.</summary>
    public void Abandon()
    {
        foreach (Vma piece in _pieces)
        {
            if (piece.Backing == VmaBacking.Frames)
            {
                parent.Frames.Release(piece.Frame, piece.Pages);
            }
        }

        _pieces.Clear();
    }

    private bool Copy(Vma vma)
    {
        if ((vma.Flags & VmaFlags.DontFork) != 0)
        {
            if (vma.IsMapped)
            {
                _childChanges.Add(new Change(ChangeKind.Unmap, vma.Start, vma.Length, default, -1));
            }

            return true;
        }

        Vma copy = vma.Slice(vma.Start, vma.End);
        copy.Spare = -1;
        copy.Below = 0;
        copy.ProtectedAt = 0;
        copy.Flags &= ~(VmaFlags.Locked | VmaFlags.LockOnFault);
        if (vma.Backing != VmaBacking.Frames)
        {
            _pieces.Add(copy);
            return true;
        }

        if (vma.IsShared)
        {
            Share(copy);
            return true;
        }

        if ((vma.Flags & VmaFlags.WipeOnFork) != 0)
        {
            return Wipe(copy);
        }

        if (IsSmall(vma))
        {
            return AddToRun(copy);
        }

        if (!vma.IsCow)
        {
            if (vma.IsWritable)
            {
                _protected.Add(vma);
                Protect(vma.Start, vma.End, (MemoryProtection)(vma.Prot & ~Prot.PROT_WRITE));
            }

            vma.IsCow = true;
        }

        copy.IsCow = true;
        Share(copy);
        return true;
    }

    private void Share(Vma copy)
    {
        parent.Frames.AddReference(copy.Frame, copy.Pages);
        _pieces.Add(copy);
    }

    private bool IsSmall(Vma vma) =>
        vma.IsWritable && !vma.IsCow
        && (vma.Pages <= EagerPages || (vma.Pages <= 4096 && parent.Frames.CountResident(vma.Frame, vma.Pages) <= EagerPages));

    private bool Wipe(Vma copy)
    {
        copy.Frame = parent.Frames.Allocate(copy.Pages);
        if (copy.Frame < 0)
        {
            return false;
        }

        copy.IsCow = false;
        _pieces.Add(copy);
        _childChanges.Add(new Change(ChangeKind.MapFrames, copy.Start, copy.Length, copy.HostProtection, copy.Frame));
        return true;
    }

    private bool AddToRun(Vma copy)
    {
        if (_run.Count > 0 && (_run[^1].End != copy.Start || _run[^1].Prot != copy.Prot || _run.Count == LongestRun) && !FlushRun())
        {
            return false;
        }

        _run.Add(copy);
        return true;
    }

    // Copies adjacent small areas into one range of frames, so that the child needs one mapping for them.
    private bool FlushRun()
    {
        if (_run.Count == 0)
        {
            return true;
        }

        (ulong start, ulong end) = (_run[0].Start, _run[^1].End);
        long frame = parent.Frames.Allocate((long)((end - start) / Vma.PageSize));
        if (frame < 0)
        {
            return false;
        }

        bool ok = true;
        long next = frame;
        foreach (Vma copy in _run)
        {
            ok = ok && parent.Frames.CopyPages(copy.Frame, next, copy.Pages);
            copy.Frame = next;
            copy.IsCow = false;
            next += copy.Pages;
            _pieces.Add(copy);
        }

        _childChanges.Add(new Change(ChangeKind.MapFrames, start, end - start, _run[0].HostProtection, frame));
        _run.Clear();
        return ok;
    }

    private void Protect(ulong start, ulong end, MemoryProtection protection)
    {
        if (_protectEnd != start || _protection != protection)
        {
            FlushProtect();
            (_protectStart, _protection) = (start, protection);
        }

        _protectEnd = end;
    }

    // A thread alone cannot store anything before it has applied the protection itself.
    private void NoteProtection()
    {
        if (parent.Space.ThreadCount > 1)
        {
            foreach (Vma vma in _protected)
            {
                vma.ProtectedAt = parent.Space.QueuePosition;
            }
        }
    }

    private void FlushProtect()
    {
        if (_protectEnd > _protectStart)
        {
            parent.Space.Protect(_protectStart, _protectEnd - _protectStart, _protection);
        }

        _protectStart = _protectEnd = 0;
    }
}

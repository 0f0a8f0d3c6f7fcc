using System;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Mm;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>A shared memory segment (Linux's shmid_kernel).</summary>
public sealed class SharedSegment : IpcObject
{
    private readonly SharedMemory _table;

    internal SharedSegment(SharedMemory table, Task creator, int key, ulong size, int flags, long frame, long pages)
        : base(creator, key, flags)
    {
        _table = table;
        Size = size;
        CreatorPid = creator.Pid;
        ChangeTime = table.Now;
        FileName = $"/SYSV{key:x8} (deleted)";
        Memory = new SegmentMemory(this, frame, pages);
    }

    /// <summary>Bytes as asked for; mappings are whole pages.</summary>
    public ulong Size { get; }

    public int CreatorPid { get; }

    /// <summary>Process of the last attach or detach.</summary>
    public int LastPid { get; private set; }

    public long AttachTime { get; private set; }

    public long DetachTime { get; private set; }

    internal SegmentMemory Memory { get; }

    internal LinuxKernel Kernel => _table.Namespace.Kernel;

    /// <summary>The name /proc/PID/maps shows; it keeps the key that IPC_RMID takes away.</summary>
    internal string FileName { get; }

    /// <summary>The tmpfs inode behind the segment: its number is the id.</summary>
    internal Inode Inode => field ??= new PseudoInode(Kernel.SharedMemoryFileSystem, Mode & 0x1ff | Abi.Mode.S_IFREG, Credentials.Root(0))
    {
        Number = (ulong)Id, Size = (long)Size, LinkCount = 0,
    };

    internal void OnAttached()
    {
        AttachTime = _table.Now;
        LastPid = Kernel.Current?.Pid ?? 0;
    }

    internal void OnDetached()
    {
        DetachTime = _table.Now;
        LastPid = Kernel.Current?.Pid ?? 0;
        if (Memory.Attachments == 0 && (Mode & Abi.Ipc.SHM_DEST) != 0)
        {
            _table.Destroy(this);
        }
    }
}

/// <summary>A segment's frames. Attachments are counted by address space.</summary>
internal sealed class SegmentMemory(SharedSegment segment, long frame, long pages) : FrameObject
{
    private bool _isReleased;

    public SharedSegment Segment { get; } = segment;

    public long Pages { get; } = pages;

    /// <summary>shm_nattch.</summary>
    public int Attachments { get; private set; }

    public long ResidentPages => _isReleased ? 0 : Segment.Kernel.Frames.CountResident(frame, Pages);

    public override long Size => Pages * (long)Vma.PageSize;

    public override Result<(long Frame, long Count)> GetFrames(long page, long maxCount) =>
        page >= Pages ? Errno.EINVAL : (frame + page, Math.Min(maxCount, Pages - page));

    public override void AddMapping()
    {
        Attachments++;
        Segment.OnAttached();
    }

    public override void DropMapping()
    {
        Attachments--;
        Segment.OnDetached();
    }

    public void Release()
    {
        if (!_isReleased)
        {
            _isReleased = true;
            Segment.Kernel.Frames.Release(frame, Pages);
        }
    }
}

/// <summary>What an attached segment's mapping holds: SHM_RDONLY makes it a read-only description.</summary>
internal sealed class SegmentFile(SharedSegment segment, OpenFlags flags) : FileDescription(segment.Kernel, flags)
{
    public override Inode Inode => segment.Inode;

    public override string LinkText => segment.FileName;

    public override Result<MemoryObject> GetMemoryObject(Task task) => segment.Memory;
}

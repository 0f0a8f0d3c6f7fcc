using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>An open regular file in memory: mm/shmem.c.</summary>
internal sealed class TmpfsDescription(TmpfsFile file, OpenFlags flags) : FileDescription(file.FileSystem.Kernel, flags)
{
    private const int ChunkSize = 65536;

    // One for all: it is used with the kernel lock held and for the time of one copy.
    private static readonly byte[] s_chunk = new byte[ChunkSize];

    public override Inode Inode => file;

    public override bool IsSeekable => true;

    public override bool IsPollable => false;

    public override bool AllowsNoWait => false;

    // A memfd is not opened by shmem_file_open(), which is where FMODE_CAN_ODIRECT comes from.
    public override bool AllowsDirect => Path.IsValid && Path.Mount != file.FileSystem.InternalMount;

    /// <summary>Only tmpfs itself knows seals, not an overlay in memory.</summary>
    public override Result<int> Seals => HasSeals ? file.Seals : Errno.EINVAL;

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        long total = 0;
        while (destination.Remaining > 0 && offset < file.Size)
        {
            // Whole pages after the first piece.
            long limit = ChunkSize - (offset % FramePages.PageSize);
            int n = (int)Math.Min(limit, Math.Min(destination.Remaining, file.Size - offset));
            Span<byte> chunk = s_chunk.AsSpan(0, n);
            if (!file.ReadData(task, offset, chunk))
            {
                return total > 0 ? total : Errno.EIO;
            }

            int copied = destination.CopyOut(chunk);
            total += copied;
            offset += copied;
            if (destination.Faulted)
            {
                break;
            }
        }

        if ((Flags & OpenFlags.O_NOATIME) == 0 && Path.IsValid)
        {
            file.TouchAccess(Path.Mount);
        }

        return total == 0 && destination.Faulted ? Errno.EFAULT : total;
    }

    protected override SyscallResult WriteCore(Task task, IoIterator source, long offset)
    {
        if (source.Remaining == 0)
        {
            return 0;
        }

        Errno error = WriteChecks.Limit(task, file, source, offset);
        if (error == Errno.OK)
        {
            error = file.PrepareWrite(task);
        }

        if (error != Errno.OK)
        {
            return error;
        }

        WriteChecks.RemovePrivileges(task, file);
        file.TouchModify();
        file.MarkDirty();
        long total = 0;
        while (source.Remaining > 0)
        {
            int limit = ChunkSize - (int)(offset % FramePages.PageSize);
            error = LimitBySeals(offset, ref limit);
            if (error != Errno.OK)
            {
                break;
            }

            int n = source.CopyIn(s_chunk.AsSpan(0, (int)Math.Min(limit, source.Remaining)));
            if (n == 0)
            {
                error = Errno.EFAULT;
                break;
            }

            error = file.Data.Write(offset, s_chunk.AsSpan(0, n));
            if (error != Errno.OK)
            {
                break;
            }

            total += n;
            offset += n;
        }

        return total > 0 ? total : error;
    }

    public override Result<long> Seek(long offset, int whence)
    {
        Result<long> target = FileSeek.Target(Position, offset, whence, file.Size, file.Find);
        if (target.Succeeded)
        {
            Position = target.Value;
        }

        return target;
    }

    public override Result<MemoryObject> GetMemoryObject(Task task) => file.MapFor(task, IsWritable);

    public override Errno AddSeals(int seals) => !HasSeals ? Errno.EINVAL : IsWritable ? file.AddSeals(seals) : Errno.EPERM;

    private bool HasSeals => file.FileSystem.Magic == SuperMagic.TMPFS_MAGIC;

    /// <summary>shmem_fallocate().</summary>
    public override Errno Allocate(Task task, FallocateMode mode, long offset, long length)
    {
        if ((mode & ~(FallocateMode.FALLOC_FL_KEEP_SIZE | FallocateMode.FALLOC_FL_PUNCH_HOLE)) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        bool isPunch = (mode & FallocateMode.FALLOC_FL_PUNCH_HOLE) != 0;
        bool keepsSize = (mode & FallocateMode.FALLOC_FL_KEEP_SIZE) != 0;
        Errno error;
        if (isPunch)
        {
            if ((file.Seals & (Fcntl.F_SEAL_WRITE | Fcntl.F_SEAL_FUTURE_WRITE)) != 0)
            {
                return Errno.EPERM;
            }

            error = file.PrepareWrite(task);
            if (error == Errno.OK)
            {
                // Nothing lies beyond the end.
                long end = Math.Min(offset + length, (file.Size + FramePages.PageSize - 1) / FramePages.PageSize * FramePages.PageSize);
                error = end > offset ? file.Data.Punch(offset, end - offset) : Errno.OK;
            }
        }
        else
        {
            error = AttributeChanges.CheckNewSize(task, file, offset + length);
            if (error == Errno.OK && (file.Seals & Fcntl.F_SEAL_GROW) != 0 && offset + length > file.Size)
            {
                error = Errno.EPERM;
            }

            if (error == Errno.OK)
            {
                error = file.PrepareWrite(task);
            }

            if (error == Errno.OK)
            {
                error = file.Data.Preallocate(offset, length);
            }

            if (error == Errno.OK && !keepsSize && offset + length > file.Size)
            {
                error = file.Data.Resize(offset + length);
            }
        }

        if (error == Errno.OK)
        {
            WriteChecks.RemovePrivileges(task, file);
            file.TouchModify();
            file.MarkDirty();
        }

        return error;
    }

    /// <summary>shmem_write_begin(): EPERM for a sealed file; with F_SEAL_GROW alone what lies below the size can be written.</summary>
    private Errno LimitBySeals(long offset, ref int limit)
    {
        if ((file.Seals & (Fcntl.F_SEAL_WRITE | Fcntl.F_SEAL_FUTURE_WRITE)) != 0)
        {
            return Errno.EPERM;
        }

        if ((file.Seals & Fcntl.F_SEAL_GROW) != 0)
        {
            limit = (int)Math.Min(limit, file.Size - offset);
        }

        return limit <= 0 ? Errno.EPERM : Errno.OK;
    }
}

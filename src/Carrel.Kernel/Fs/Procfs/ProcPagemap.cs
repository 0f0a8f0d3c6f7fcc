using System;
using Carrel.Abi;
using Carrel.Kernel.Mm;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/PID/pagemap: a word for each page of the address space (fs/proc/task_mmu.c). Frame numbers are the machine's secret, as without CAP_SYS_ADMIN.</summary>
internal sealed class ProcPagemap : Inode
{
    // PM_SOFT_DIRTY, PM_FILE and PM_PRESENT
    private const ulong SoftDirty = 1UL << 55, OfFile = 1UL << 61, Present = 1UL << 63;

    private readonly Task _target;

    public ProcPagemap(FileSystem fileSystem, Task target)
        : base(fileSystem)
    {
        _target = target;
        Number = fileSystem.NextInode();
        Mode = Abi.Mode.S_IFREG | 0x100;
        (Uid, Gid) = ProcAccess.OwnerOf(target);
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    public override Result<FileDescription> Open(Task task, Path path, OpenFlags flags)
    {
        Errno error = ProcAccess.Check(task, _target);
        return error != Errno.OK ? error : new PagemapFile(this, _target.Mm, flags) { Path = path };
    }

    private static ulong Word(MemoryManager mm, ulong address)
    {
        if (mm.Vmas.Find(address) is not { } vma)
        {
            return 0;
        }

        if (!Residency.IsResident(mm, vma, address))
        {
            return SoftDirty;
        }

        return Present | SoftDirty | (vma.File is not null || vma.IsShared ? OfFile : 0);
    }

    private sealed class PagemapFile(ProcPagemap inode, MemoryManager mm, OpenFlags flags) : FileDescription(inode.FileSystem.Kernel, flags)
    {
        private const int WordSize = sizeof(ulong);

        public override Inode Inode => inode;

        public override bool IsSeekable => true;

        public override bool IsPollable => false;

        protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
        {
            if (inode._target.Mm != mm || inode._target.Group.IsZombie)
            {
                return 0;
            }

            if (offset % WordSize != 0 || destination.Remaining % WordSize != 0)
            {
                return Errno.EINVAL;
            }

            // PM_ENTRIES_MAX words at a time, up to the end of user addresses.
            Span<byte> words = stackalloc byte[512 * WordSize];
            ulong address = (ulong)offset / WordSize * Vma.PageSize;
            long moved = 0;
            while (destination.Remaining > 0 && address < mm.AddressLimit && (ulong)offset / WordSize < mm.AddressLimit / Vma.PageSize)
            {
                int n = 0;
                for (; n < words.Length && n < destination.Remaining && address < mm.AddressLimit; n += WordSize, address += Vma.PageSize)
                {
                    BitConverter.TryWriteBytes(words[n..], Word(mm, address));
                }

                int copied = destination.CopyOut(words[..n]);
                moved += copied;
                if (copied < n)
                {
                    break;
                }
            }

            return moved == 0 && destination.Faulted ? Errno.EFAULT : moved;
        }

        public override Result<long> Seek(long offset, int whence)
        {
            if (whence is not (Abi.Seek.SEEK_SET or Abi.Seek.SEEK_CUR))
            {
                return Errno.EINVAL;
            }

            Position = whence == Abi.Seek.SEEK_SET ? offset : unchecked(Position + offset);
            return Position;
        }
    }
}

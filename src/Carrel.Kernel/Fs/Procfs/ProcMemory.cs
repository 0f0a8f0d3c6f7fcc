using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/PID/mem: the address space as a file, for those who could trace the process.</summary>
internal sealed class ProcMemory : Inode
{
    private readonly Task _target;

    public ProcMemory(FileSystem fileSystem, Task target)
        : base(fileSystem)
    {
        _target = target;
        Number = fileSystem.NextInode();
        Mode = Abi.Mode.S_IFREG | 0x180;
        Uid = target.Credentials.Euid;
        Gid = target.Credentials.Egid;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    public override Result<FileDescription> Open(Task task, Path path, OpenFlags flags)
    {
        Errno error = ProcAccess.Check(task, _target);
        return error != Errno.OK ? error : new MemoryFile(this, _target.Mm, flags) { Path = path };
    }

    private sealed class MemoryFile(ProcMemory inode, MemoryManager mm, OpenFlags flags) : FileDescription(inode.FileSystem.Kernel, flags)
    {
        public override Inode Inode => inode;

        public override bool IsSeekable => true;

        public override bool IsPollable => false;

        // The address space may have died or been replaced by exec since the open: then there is nothing to read.
        private bool IsGone => inode._target.Mm != mm || inode._target.Group.IsZombie;

        // Protection is ignored as in ptrace(2): debuggers set breakpoints by this file (mem_rw(), FOLL_FORCE).
        protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
        {
            if (IsGone)
            {
                return 0;
            }

            Span<byte> buffer = stackalloc byte[4096];
            long moved = 0;
            while (destination.Remaining > 0)
            {
                Span<byte> part = buffer[..(int)Math.Min(buffer.Length, destination.Remaining)];
                int n = (int)mm.ReadForced((ulong)(offset + moved), part);
                int copied = destination.CopyOut(part[..n]);
                moved += copied;
                if (n < part.Length || copied < n)
                {
                    break;
                }
            }

            return moved > 0 ? moved : destination.Faulted ? Errno.EFAULT : Errno.EIO;
        }

        protected override SyscallResult WriteCore(Task task, IoIterator source, long offset)
        {
            if (IsGone)
            {
                return 0;
            }

            Span<byte> buffer = stackalloc byte[4096];
            long moved = 0;
            while (source.Remaining > 0)
            {
                int n = source.CopyIn(buffer[..(int)Math.Min(buffer.Length, source.Remaining)]);
                int written = (int)mm.WriteForced((ulong)(offset + moved), buffer[..n]);
                moved += written;
                if (n == 0 || written < n)
                {
                    break;
                }
            }

            mm.FlushRemote();
            return moved > 0 ? moved : source.Faulted ? Errno.EFAULT : Errno.EIO;
        }

        // mem_lseek(): addresses beyond 2^63 are allowed; SEEK_END is not.
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

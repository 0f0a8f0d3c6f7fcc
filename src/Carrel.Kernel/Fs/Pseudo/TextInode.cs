using System;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Pseudo;

/// <summary>A file whose text is made when it is read (Linux's seq_file). Chars are bytes.</summary>
public class TextInode : Inode
{
    private readonly Func<Task, Result<string>> _read;
    private readonly Func<Task, string, Errno>? _write;

    /// <param name="fileSystem">Its file system.</param>
    /// <param name="number">Inode number.</param>
    /// <param name="permissions">Permission bits.</param>
    /// <param name="read">Makes the text for the reading task.</param>
    /// <param name="write">Takes what was written in one write(2) (at most a page); null: not writable.</param>
    public TextInode(FileSystem fileSystem, ulong number, uint permissions, Func<Task, Result<string>> read, Func<Task, string, Errno>? write = null)
        : base(fileSystem)
    {
        _read = read;
        _write = write;
        Number = number;
        Mode = Abi.Mode.S_IFREG | permissions;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    /// <summary>Who owns it now, if that changes with what it shows.</summary>
    internal Func<(uint Uid, uint Gid)>? LiveOwner { get; set; }

    /// <summary>A number that changes with the text and the queue woken then: poll(2) reports the change as POLLPRI and POLLERR. Null: never ready for poll.</summary>
    internal Func<(ulong Version, WaitQueue Changed)>? Changes { get; init; }

    /// <summary>A seq_file that can be written: no pwrite(2), no splice(2), segment by segment (seq_open() with ->read and ->write).</summary>
    internal bool IsSequence { get; init; }

    /// <summary>It takes one write, at its start (EINVAL elsewhere).</summary>
    internal bool IsWrittenAtOnce { get; init; }

    public override Errno Refresh()
    {
        if (LiveOwner is not null)
        {
            (Uid, Gid) = LiveOwner();
        }

        return Errno.OK;
    }

    public override Result<FileDescription> Open(Task task, Path path, OpenFlags flags) => new TextFile(this, flags) { Path = path };

    /// <summary>O_TRUNC and truncate(2) have no effect, as on procfs.</summary>
    public override Errno SetAttributes(Task? task, in AttributeChange change)
    {
        if (change.Size is not null)
        {
            return Errno.OK;
        }

        // proc_setattr(): everything but the mode.
        return FileSystem is PseudoTree { AllowsChange: true } || (LiveOwner is not null && change.Mode is null) ? base.SetAttributes(task, change) : Errno.EPERM;
    }

    internal Result<string> Generate(Task task) => _read(task);

    internal Errno Accept(Task task, string text) => _write is null ? Errno.EINVAL : _write(task, text);

    private sealed class TextFile(TextInode inode, OpenFlags flags) : FileDescription(inode.FileSystem.Kernel, flags)
    {
        private byte[]? _text;
        private ulong _seen = inode.Changes?.Invoke().Version ?? 0;

        public override Inode Inode => inode;

        public override bool IsSeekable => true;

        public override bool AllowsWriteAt => !inode.IsSequence;

        public override bool AllowsNoWait => false;

        public override bool AllowsDirect => false;

        public override bool ReadsBySegment => inode.IsSequence;

        public override bool WritesBySegment => inode.IsSequence;

        public override bool CanBeSpliced => !inode.IsSequence;

        public override bool CanSpliceInto => !inode.IsSequence;

        public override bool IsPollable => inode.Changes is not null;

        // mounts_poll(): each change is told once.
        public override PollEvents Poll(PollTable? table)
        {
            if (inode.Changes is null)
            {
                return base.Poll(table);
            }

            (ulong version, WaitQueue changed) = inode.Changes();
            table?.Add(changed);
            bool isNew = version != _seen;
            _seen = version;
            return PollEvents.POLLIN | PollEvents.POLLRDNORM | (isNew ? PollEvents.POLLPRI | PollEvents.POLLERR : 0);
        }

        protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
        {
            if (_text is null || offset == 0)
            {
                Result<string> text = inode.Generate(task);
                if (text.Failed)
                {
                    return text.Error;
                }

                _text = Encoding.Latin1.GetBytes(text.Value);
            }

            if (offset >= _text.Length)
            {
                return 0;
            }

            int n = destination.CopyOut(_text.AsSpan((int)offset));
            return n == 0 && destination.Faulted ? Errno.EFAULT : n;
        }

        protected override SyscallResult WriteCore(Task task, IoIterator source, long offset)
        {
            if (inode.IsWrittenAtOnce && (offset != 0 || source.Remaining >= 4096))
            {
                return Errno.EINVAL;
            }

            var bytes = new byte[Math.Min(source.Remaining, 4096)];
            int n = source.CopyIn(bytes);
            if (n < bytes.Length)
            {
                return Errno.EFAULT;
            }

            Errno error = inode.Accept(task, Encoding.Latin1.GetString(bytes));
            return error != Errno.OK ? error : n;
        }

        public override Result<long> Seek(long offset, int whence)
        {
            long target = whence switch
            {
                Abi.Seek.SEEK_SET => offset,
                Abi.Seek.SEEK_CUR => Position + offset,
                _ => -1,
            };
            if (target < 0)
            {
                return Errno.EINVAL;
            }

            Position = target;
            return target;
        }
    }
}

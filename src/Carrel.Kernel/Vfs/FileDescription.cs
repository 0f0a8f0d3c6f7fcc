using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>
/// An open file description (Linux's struct file). Counted: the last release is visible to the guest. Public methods check access mode and
/// position; the ...Core methods do the work.
/// </summary>
public abstract class FileDescription
{
    private int _references = 1;
    private bool _isOpen;
    private bool _countsAsWriter;
    private Path? _pseudoPath;
    private AsyncNotifier? _async;

    protected FileDescription(LinuxKernel kernel, OpenFlags flags)
    {
        Kernel = kernel;
        OpenedBy = kernel.Current?.Credentials;
        Flags = flags & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC | OpenFlags.O_CLOEXEC);
    }

    public LinuxKernel Kernel { get; }

    /// <summary>Who opened it (f_cred); null for the kernel itself.</summary>
    public Credentials? OpenedBy { get; }

    /// <summary>Access mode and status flags, as F_GETFL gives them.</summary>
    public OpenFlags Flags { get; set; }

    /// <summary>Where it was opened; invalid for what has no path (pipes, sockets, anon inodes).</summary>
    public Path Path { get; init; }

    /// <summary>The path, or a stand-in outside of the tree for what has none: for calls on "" with AT_EMPTY_PATH and magic links to it.</summary>
    public Path PathOrPseudo => Path.IsValid ? Path : (_pseudoPath ??= new Path(Inode.FileSystem.InternalMount, new Dentry(null, LinkText ?? "", Inode)));

    /// <summary>The inode; every description has one (pipes and anon inodes have a pseudo inode) for fstat.</summary>
    public abstract Inode Inode { get; }

    public long Position { get; set; }

    /// <summary>F_SETOWN / F_SETSIG and O_ASYNC state; made on first use.</summary>
    public AsyncOwner Owner => field ??= new AsyncOwner();

    public bool IsReadable => (Flags & OpenFlags.O_PATH) == 0 && ((Flags & OpenFlags.O_ACCMODE) is OpenFlags.O_RDONLY or OpenFlags.O_RDWR);

    public bool IsWritable => (Flags & OpenFlags.O_PATH) == 0 && ((Flags & OpenFlags.O_ACCMODE) is OpenFlags.O_WRONLY or OpenFlags.O_RDWR);

    public bool IsNonBlocking => (Flags & OpenFlags.O_NONBLOCK) != 0;

    /// <summary>What /proc/PID/fd shows for a description without a path ("pipe:[7]"); null: the path.</summary>
    public virtual string? LinkText => null;

    /// <summary>
    /// The part of open(2) that may wait (a FIFO's other end). Called by the open calls after <see cref="Vfs.Inode.Open"/>, again after each wake-up;
    /// the open call keeps the description in the restart record meanwhile and releases it if this fails.
    /// </summary>
    public virtual SyscallResult CompleteOpen(Task task) => 0;

    /// <summary>Has a file position; pread and lseek work. Streams give ESPIPE.</summary>
    public virtual bool IsSeekable => false;

    /// <summary>pread(2) is taken (FMODE_PREAD). Streams give ESPIPE.</summary>
    public virtual bool AllowsReadAt => IsSeekable;

    /// <summary>pwrite(2) is taken (FMODE_PWRITE).</summary>
    public virtual bool AllowsWriteAt => IsSeekable;

    /// <summary>There is a read operation at all (FMODE_CAN_READ); without one EINVAL comes before the caller's memory is looked at.</summary>
    public virtual bool CanRead => true;

    /// <summary>There is a write operation at all (FMODE_CAN_WRITE).</summary>
    public virtual bool CanWrite => true;

    /// <summary>It has only ->read: readv(2) reads segment by segment and takes no flags (do_loop_readv_writev()).</summary>
    public virtual bool ReadsBySegment => false;

    /// <summary>It has only ->write: writev(2) writes segment by segment and takes no flags.</summary>
    public virtual bool WritesBySegment => false;

    /// <summary>RWF_NOWAIT is understood (FMODE_NOWAIT).</summary>
    public virtual bool AllowsNoWait => true;

    /// <summary>splice(2) and sendfile(2) can read it (->splice_read).</summary>
    public virtual bool CanBeSpliced => true;

    /// <summary>splice(2) and sendfile(2) can write it (->splice_write).</summary>
    public virtual bool CanSpliceInto => true;

    /// <summary>read(2) at the description's position.</summary>
    public SyscallResult Read(Task task, IoIterator destination)
    {
        if (!IsReadable)
        {
            return Errno.EBADF;
        }

        if (IsBeyondLimit(destination, Position))
        {
            return Errno.EINVAL;
        }

        SyscallResult result = ReadCore(task, destination, Position);
        if (IsSeekable && !result.IsBlocked && !result.Failed)
        {
            Position += result.Value;
        }

        return NotifyMoved(result, Abi.Inotify.IN_ACCESS);
    }

    /// <summary>pread(2).</summary>
    public SyscallResult ReadAt(Task task, IoIterator destination, long offset)
    {
        if (!IsReadable)
        {
            return Errno.EBADF;
        }

        if (!AllowsReadAt)
        {
            return Errno.ESPIPE;
        }

        return IsBeyondLimit(destination, offset) ? Errno.EINVAL : NotifyMoved(ReadCore(task, destination, offset), Abi.Inotify.IN_ACCESS);
    }

    /// <summary>write(2) at the description's position, or at the end with O_APPEND (the implementation says where by <see cref="AppendPosition"/>).</summary>
    public SyscallResult Write(Task task, IoIterator source)
    {
        if (!IsWritable)
        {
            return Errno.EBADF;
        }

        if (IsBeyondLimit(source, Position))
        {
            return Errno.EINVAL;
        }

        long offset = Appends(source) ? AppendPosition : Position;
        SyscallResult result = WriteCore(task, source, offset);
        if (IsSeekable && !result.IsBlocked && !result.Failed)
        {
            Position = offset + result.Value;
        }

        return NotifyMoved(result, Abi.Inotify.IN_MODIFY);
    }

    /// <summary>pwrite(2). On Linux O_APPEND wins over the offset.</summary>
    public SyscallResult WriteAt(Task task, IoIterator source, long offset)
    {
        if (!IsWritable)
        {
            return Errno.EBADF;
        }

        if (!AllowsWriteAt)
        {
            return Errno.ESPIPE;
        }

        return IsBeyondLimit(source, offset)
            ? Errno.EINVAL
            : NotifyMoved(WriteCore(task, source, Appends(source) ? AppendPosition : offset), Abi.Inotify.IN_MODIFY);
    }

    /// <summary>rw_verify_area(): the end must be an offset, too.</summary>
    private bool IsBeyondLimit(IoIterator memory, long offset) => IsSeekable && (offset < 0 || memory.Remaining > long.MaxValue - offset);

    private bool Appends(IoIterator source) =>
        ((Flags & OpenFlags.O_APPEND) != 0 && (source.Flags & RwFlags.RWF_NOAPPEND) == 0) || (source.Flags & RwFlags.RWF_APPEND) != 0;

    private SyscallResult NotifyMoved(SyscallResult result, uint mask)
    {
        if (!result.IsBlocked && result.Value > 0)
        {
            InotifyEvents.OnFile(this, mask);
        }

        return result;
    }

    /// <summary>File size, for O_APPEND.</summary>
    protected virtual long AppendPosition => Inode.Size;

    /// <param name="task">The caller; null only for kernel-internal reads of regular files.</param>
    /// <param name="destination">Where the data goes.</param>
    /// <param name="offset">File offset; streams ignore it.</param>
    protected virtual SyscallResult ReadCore(Task task, IoIterator destination, long offset) => Errno.EINVAL;

    protected virtual SyscallResult WriteCore(Task task, IoIterator source, long offset) => Errno.EINVAL;

    /// <summary>Readiness now; tells <paramref name="table"/> (if not null) which queues announce a change. Regular files are always ready.</summary>
    public virtual PollEvents Poll(PollTable? table) => PollEvents.POLLIN | PollEvents.POLLOUT | PollEvents.POLLRDNORM | PollEvents.POLLWRNORM;

    /// <summary>False: epoll refuses it with EPERM (regular files and directories).</summary>
    public virtual bool IsPollable => true;

    /// <summary>lseek(2).</summary>
    public virtual Result<long> Seek(long offset, int whence) => Errno.ESPIPE;

    /// <summary>ioctl(2), after the generic ones (FIONBIO, FIOCLEX, ...).</summary>
    public virtual SyscallResult Ioctl(Task task, uint command, ulong argument) => Errno.ENOTTY;

    /// <summary>What mmap(2) maps; ENODEV if it cannot be mapped.</summary>
    public virtual Result<MemoryObject> GetMemoryObject(Task task) => Inode.Pages is { } pages ? pages : Errno.ENODEV;

    /// <summary>mmap(2) of it is anonymous memory (/dev/zero).</summary>
    public virtual bool MapsAsAnonymous => false;

    /// <summary>Directories: getdents64(2) through the inode. Position is the cookie.</summary>
    public virtual Errno ReadDirectory(Task task, IDirectorySink sink) => Errno.ENOTDIR;

    /// <summary>The open call made the file (F_CREATED_QUERY).</summary>
    public bool IsCreated { get; internal set; }

    /// <summary>O_DIRECT may be set (FMODE_CAN_ODIRECT; packet mode of pipes).</summary>
    public virtual bool AllowsDirect => Inode.IsRegular || Inode.Type == Mode.S_IFIFO;

    /// <summary>O_ASYNC works: the description sends SIGIO through <see cref="Owner"/> (has a fasync operation).</summary>
    public virtual bool SupportsAsync => Inode.Type is Mode.S_IFIFO or Mode.S_IFSOCK;

    /// <summary>O_ASYNC, set through this descriptor.</summary>
    internal void SetAsync(int fd, bool isOn)
    {
        Flags = isOn ? Flags | OpenFlags.FASYNC : Flags & ~OpenFlags.FASYNC;
        _async?.Stop();
        _async = isOn ? new AsyncNotifier(this, fd) : null;
    }

    /// <summary>fallocate(2) on a regular file; the arguments are checked.</summary>
    public virtual Errno Allocate(Task task, FallocateMode mode, long offset, long length) => Errno.EOPNOTSUPP;

    /// <summary>fsync(2), fdatasync(2): EINVAL for what has no storage (pipes, sockets).</summary>
    public virtual Errno Sync(bool isDataOnly) => Inode.FileSystem.HasSync && (Inode.IsRegular || Inode.IsDirectory) ? Errno.OK : Errno.EINVAL;

    /// <summary>F_GET_SEALS.</summary>
    public virtual Result<int> Seals => Errno.EINVAL;

    /// <summary>F_ADD_SEALS.</summary>
    public virtual Errno AddSeals(int seals) => Errno.EINVAL;

    /// <summary>F_GETPIPE_SZ; EBADF for what is no pipe.</summary>
    public virtual Result<int> PipeSize => Errno.EBADF;

    /// <summary>F_SETPIPE_SZ.</summary>
    public virtual Result<int> SetPipeSize(Task task, ulong size) => Errno.EBADF;

    /// <summary>Lines of its own for /proc/PID/fdinfo.</summary>
    public virtual void AppendInfo(System.Text.StringBuilder text)
    {
    }

    /// <summary>F_SETFL may veto.</summary>
    public virtual Errno OnFlagsChanged(OpenFlags flags) => Errno.OK;

    /// <summary>close(2) of one descriptor (flush): before the reference is dropped.</summary>
    public virtual void OnDescriptorClosed(Task task)
    {
    }

    /// <summary>The last reference is gone.</summary>
    protected virtual void ReleaseCore()
    {
    }

    private List<IFileWatcher>? _watchers;

    /// <summary>Who must hear of the last release: epoll items.</summary>
    public IReadOnlyList<IFileWatcher> Watchers => _watchers is null ? [] : _watchers;

    public void AddWatcher(IFileWatcher watcher) => (_watchers ??= []).Add(watcher);

    public void RemoveWatcher(IFileWatcher watcher) => _watchers?.Remove(watcher);

    /// <summary>The open call has succeeded so far: the path is held, the inode is in use, a writer is counted (do_dentry_open()). ETXTBSY, EROFS.</summary>
    internal Errno Opened(bool countsAsWriter)
    {
        if (countsAsWriter)
        {
            if (Inode.WriteCount < 0)
            {
                return Errno.ETXTBSY;
            }

            if (Path.Mount.IsReadOnly)
            {
                return Errno.EROFS;
            }

            Inode.WriteCount++;
            Path.Mount.WriterCount++;
        }

        _isOpen = true;
        _countsAsWriter = countsAsWriter;
        Path.Acquire();
        Inode.AddUse();
        return Errno.OK;
    }

    /// <summary>References from descriptor tables, mappings and messages in flight.</summary>
    public int References => _references;

    public void AddReference() => _references++;

    public void Release()
    {
        if (--_references > 0)
        {
            return;
        }

        if (_references < 0)
        {
            throw new InvalidOperationException("file description released twice");
        }

        if ((Flags & OpenFlags.O_PATH) == 0)
        {
            Inode.LocksIfAny?.ReleaseDescription(this);
        }

        if (_watchers is { Count: > 0 })
        {
            foreach (IFileWatcher watcher in _watchers.ToArray())
            {
                watcher.OnReleased(this);
            }
        }

        if (_isOpen && (Flags & OpenFlags.O_PATH) == 0)
        {
            InotifyEvents.OnFile(this, IsWritable ? Abi.Inotify.IN_CLOSE_WRITE : Abi.Inotify.IN_CLOSE_NOWRITE);
        }

        _async?.Stop();
        ReleaseCore();
        if (!_isOpen)
        {
            return;
        }

        _isOpen = false;
        if (_countsAsWriter)
        {
            Inode.WriteCount--;
            Path.Mount.WriterCount--;
        }

        Path.Drop();
        Inode.DropUse();
    }
}

/// <summary>Hears of the last release of a description (Linux's eventpoll_release()).</summary>
public interface IFileWatcher
{
    void OnReleased(FileDescription released);
}

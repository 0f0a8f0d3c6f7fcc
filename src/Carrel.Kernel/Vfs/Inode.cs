using System;
using System.Collections.Generic;
using System.Text;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>
/// A file, directory, symlink, device, FIFO or socket (Linux's inode with its inode_operations). Callers (path walk and system calls)
/// have checked permissions, read-only mounts, name lengths and existence; implementations do the work. Names are one char per byte.
/// </summary>
public abstract class Inode(FileSystem fileSystem)
{
    public FileSystem FileSystem { get; } = fileSystem;

    /// <summary>st_ino.</summary>
    public ulong Number { get; set; }

    /// <summary>File type and permission bits (S_IF* | 07777).</summary>
    public uint Mode { get; set; }

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public uint LinkCount { get; set; } = 1;

    /// <summary>st_rdev of a device node.</summary>
    public ulong RawDevice { get; set; }

    public virtual long Size { get; set; }

    /// <summary>st_blocks, 512-byte units.</summary>
    public virtual long Blocks => (Size + 511) / 512;

    public TimeSpec AccessTime { get; set; }

    public TimeSpec ModifyTime { get; set; }

    public TimeSpec ChangeTime { get; set; }

    public TimeSpec BirthTime { get; set; }

    public uint Type => Mode & Abi.Mode.S_IFMT;

    public bool IsDirectory => Type == Abi.Mode.S_IFDIR;

    public bool IsSymlink => Type == Abi.Mode.S_IFLNK;

    public bool IsRegular => Type == Abi.Mode.S_IFREG;

    /// <summary>POSIX/OFD/flock locks on this inode; made on first use.</summary>
    public FileLocks Locks => LocksIfAny ??= new FileLocks();

    /// <summary>The same, null while nobody locked anything.</summary>
    public FileLocks? LocksIfAny { get; private set; }

    /// <summary>inotify marks on this inode, null if none.</summary>
    public NotifyMarks? Watches { get; set; }

    /// <summary>Descriptions open for writing minus executable mappings (i_writecount): positive: ETXTBSY for exec; negative: ETXTBSY for writers.</summary>
    public int WriteCount { get; set; }

    /// <summary>Brings the attributes up to date where they live elsewhere (host files). Called before stat and permission checks.</summary>
    public virtual Errno Refresh() => Errno.OK;

    /// <summary>A directory entry: the inode, or ENOENT.</summary>
    public virtual Result<Inode> Lookup(string name) => Errno.ENOTDIR;

    /// <summary>Whether a cached dentry (positive or negative) of this directory may still be used without asking <see cref="Lookup"/> again.</summary>
    public virtual bool RevalidateChild(Dentry child) => true;

    /// <summary>Makes a regular file, FIFO, socket or device node. <paramref name="mode"/> includes the type; umask is applied.</summary>
    public virtual Result<Inode> Create(string name, uint mode, ulong device, Credentials credentials) => Errno.EPERM;

    public virtual Result<Inode> CreateDirectory(string name, uint mode, Credentials credentials) => Errno.EPERM;

    public virtual Result<Inode> CreateSymlink(string name, string target, Credentials credentials) => Errno.EPERM;

    /// <summary>O_TMPFILE: an unnamed regular file that <see cref="Link"/> may name later.</summary>
    public virtual Result<Inode> CreateTemporary(uint mode, Credentials credentials) => Errno.EOPNOTSUPP;

    public virtual Errno Link(string name, Inode target) => Errno.EPERM;

    /// <summary>Removes a name that is not a directory.</summary>
    public virtual Errno Unlink(string name, Inode child) => Errno.EPERM;

    /// <summary>Removes an empty directory (ENOTEMPTY otherwise).</summary>
    public virtual Errno RemoveDirectory(string name, Inode child) => Errno.EPERM;

    /// <summary>rename within one file system. Flags: RENAME_NOREPLACE was checked by the caller; RENAME_EXCHANGE and RENAME_WHITEOUT are for the implementation.
    /// <paramref name="replaced"/> is what stands at the target name, or null; type clashes are checked, emptiness of a replaced directory is not.</summary>
    public virtual Errno Rename(string oldName, Inode child, Inode newDirectory, string newName, Inode? replaced, uint flags) => Errno.EPERM;

    /// <summary>Symlink text.</summary>
    public virtual Result<string> ReadLink(Task task) => Errno.EINVAL;

    /// <summary>For magic links (/proc/PID/fd/N, exe, cwd, root): where they lead, without a text walk; null for ordinary symlinks.</summary>
    public virtual Result<Path>? FollowMagicLink(Task task) => null;

    /// <summary>Emits entries from <paramref name="position"/> on ("." and ".." are positions 0 and 1 and are emitted by the caller);
    /// stops when the sink refuses. The position is an opaque cookie >= 2 that stays valid when entries come and go.</summary>
    public virtual Errno ReadDirectory(Task task, ref long position, IDirectorySink sink) => Errno.ENOTDIR;

    /// <summary>A new open file description. The path walk has checked access; FIFOs, devices and sockets are dispatched before this.</summary>
    public virtual Result<FileDescription> Open(Task task, Path path, OpenFlags flags) =>
        IsDirectory ? new DirectoryFile(FileSystem.Kernel, this, flags) { Path = path } : Errno.ENXIO;

    /// <summary>chmod, chown, truncate, utimensat in one (setattr). ChangeTime is set by the implementation (SetAttributes base does).</summary>
    public virtual Errno SetAttributes(Task? task, in AttributeChange change)
    {
        if (change.Size is not null)
        {
            return Errno.EINVAL;
        }

        ApplyAttributes(change);
        return Errno.OK;
    }

    /// <summary>The in-memory part of <see cref="SetAttributes"/>.</summary>
    protected void ApplyAttributes(in AttributeChange change)
    {
        Mode = change.Mode is { } mode ? Type | (mode & 0xfff) : Mode;
        Uid = change.Uid ?? Uid;
        Gid = change.Gid ?? Gid;
        AccessTime = change.AccessTime ?? AccessTime;
        ModifyTime = change.ModifyTime ?? ModifyTime;
        ChangeTime = change.ChangeTime ?? FileSystem.Kernel.Clock.RealtimeSpec;
    }

    /// <summary>Replaces the ordinary permission check where a file system has its own rules (procfs); null: use the ordinary one.</summary>
    public virtual Errno? CheckPermission(Task task, int mask) => null;

    /// <summary>It has a security.capability attribute.</summary>
    public virtual bool HasFileCapabilities => false;

    public virtual Result<byte[]> GetXattr(string name) => Errno.EOPNOTSUPP;

    public virtual Errno SetXattr(string name, byte[] value, int flags) => Errno.EOPNOTSUPP;

    public virtual Errno RemoveXattr(string name) => Errno.EOPNOTSUPP;

    public virtual Result<IReadOnlyList<string>> ListXattr() => Errno.EOPNOTSUPP;

    /// <summary>Its file system keeps access control lists, acl(5) (IS_POSIXACL()).</summary>
    public virtual bool KeepsAcls => false;

    /// <summary>Who else has access; null: the mode says it all.</summary>
    public PosixAcl? AccessAcl { get; private set; }

    /// <summary>What new files of this directory start with.</summary>
    public PosixAcl? DefaultAcl { get; private set; }

    /// <summary>Puts lists in force. False: too much for the account of this carrel.</summary>
    internal bool StoreAcls(PosixAcl? access, PosixAcl? forNew)
    {
        long before = (AccessAcl?.Cost ?? 0) + (DefaultAcl?.Cost ?? 0);
        if (!FileSystem.Kernel.TryChargeXattr((access?.Cost ?? 0) + (forNew?.Cost ?? 0) - before))
        {
            return false;
        }

        (AccessAcl, DefaultAcl) = (access, forNew);
        return true;
    }

    /// <summary>What a mapping of this file maps (i_mapping); null if it cannot be mapped.</summary>
    public virtual MemoryObject? Pages => null;

    /// <summary>Called when the link count or open count falls to nothing: storage may go. The base does nothing.</summary>
    public virtual void Evict()
    {
    }

    /// <summary>Open descriptions and mappings that keep an unlinked file's storage alive.</summary>
    public int UseCount { get; private set; }

    public void AddUse() => UseCount++;

    public void DropUse()
    {
        if (--UseCount > 0)
        {
            return;
        }

        OnUnused();
        if (LinkCount == 0)
        {
            EvictNow();
        }
        else if (NameCount == 0)
        {
            Forget();
        }
    }

    /// <summary>Nobody has it open or mapped any more.</summary>
    protected virtual void OnUnused()
    {
    }

    /// <summary>After the last name went: evicts unless something still uses it.</summary>
    public void EvictIfUnused()
    {
        if (UseCount == 0 && LinkCount == 0)
        {
            EvictNow();
        }
    }

    private void EvictNow()
    {
        InotifyEvents.OnDeleted(this);
        Evict();
    }

    /// <summary>Dentries in the cache that name it.</summary>
    public int NameCount { get; set; }

    /// <summary>No cached dentry names it and nothing uses it: whoever keeps inodes only for speed may let go of it.</summary>
    public virtual void Forget()
    {
    }

    /// <summary>Nothing about it can be changed, by nobody: EPERM before any look at permissions (S_IMMUTABLE).</summary>
    public virtual bool IsImmutable => false;

    /// <summary>A removed directory: nothing can be made in it (S_DEAD).</summary>
    public bool IsDead { get; set; }

    /// <summary>F_SET_RW_HINT.</summary>
    public ulong WriteHint { get; set; }

    /// <summary>An O_TMPFILE file that linkat(2) may name (I_LINKABLE).</summary>
    public bool IsLinkable { get; set; }

    /// <summary>A device node or FIFO whose file system opens it itself instead of <see cref="SpecialFiles"/>.</summary>
    public virtual bool OpensItself => false;

    /// <summary>What the inode's type needs while it is in use: a FIFO's pipe, a bound socket (i_pipe, i_cdev).</summary>
    public object? Attached { get; set; }

    /// <summary>touch_atime() with the rule of relatime: once a day, or when the file changed since.</summary>
    public virtual void TouchAccess(Mount mount)
    {
        if ((mount.Flags & MountFlags.MS_NOATIME) != 0 || mount.IsReadOnly || (IsDirectory && (mount.Flags & MountFlags.MS_NODIRATIME) != 0))
        {
            return;
        }

        TimeSpec now = FileSystem.Kernel.Clock.RealtimeSpec;
        bool isStale = (mount.Flags & MountFlags.MS_RELATIME) == 0
            || AccessTime.CompareTo(ModifyTime) <= 0
            || AccessTime.CompareTo(ChangeTime) <= 0
            || now.Sec - AccessTime.Sec >= 24 * 60 * 60;
        if (isStale)
        {
            AccessTime = now;
        }
    }

    /// <summary>The data has changed: modification and change time (file_update_time()).</summary>
    public void TouchModify() => ModifyTime = ChangeTime = FileSystem.Kernel.Clock.RealtimeSpec;
}

/// <summary>Receives directory entries.</summary>
public interface IDirectorySink
{
    /// <param name="name">One char per byte.</param>
    /// <param name="inode">d_ino.</param>
    /// <param name="type">DT_*.</param>
    /// <param name="next">The position to continue at after this entry.</param>
    /// <returns>false if there was no room: the entry was not taken.</returns>
    bool Add(string name, ulong inode, byte type, long next);

    /// <summary>The same for a name that is no string yet.</summary>
    bool Add(ReadOnlySpan<byte> name, ulong inode, byte type, long next) => Add(Encoding.Latin1.GetString(name), inode, type, next);
}

/// <summary>Attributes to change; null means leave alone.</summary>
public readonly record struct AttributeChange
{
    public uint? Mode { get; init; }
    public uint? Uid { get; init; }
    public uint? Gid { get; init; }
    public long? Size { get; init; }
    public TimeSpec? AccessTime { get; init; }
    public TimeSpec? ModifyTime { get; init; }
    public TimeSpec? ChangeTime { get; init; }
}

/// <summary>A mounted file system instance (Linux's super_block).</summary>
public abstract class FileSystem(LinuxKernel kernel)
{
    public LinuxKernel Kernel { get; } = kernel;

    /// <summary>Type name as in /proc/filesystems.</summary>
    public abstract string TypeName { get; }

    /// <summary>Whose capabilities count for it (s_user_ns).</summary>
    internal UserNamespace Owner { get; set; } = UserNamespace.Initial;

    /// <summary>st_dev: an anonymous device number (major 0), unique per instance.</summary>
    public ulong Device { get; } = kernel.NextAnonymousDevice();

    /// <summary>f_type.</summary>
    public abstract long Magic { get; }

    public abstract Inode Root { get; }

    /// <summary>The one root dentry.</summary>
    public Dentry RootDentry => field ??= new Dentry(null, "/", Root);

    /// <summary>The mount outside of every tree that paths of pseudo files use (kern_mount()).</summary>
    public Mount InternalMount => field ??= new Mount(this, RootDentry, 0);

    /// <summary>Mounts of it in any tree; at zero it goes away.</summary>
    public int MountCount { get; internal set; }

    /// <summary>The last mount is gone.</summary>
    public virtual void Shutdown()
    {
    }

    /// <summary>fsync(2) of its files and directories is taken; EINVAL otherwise (no ->fsync).</summary>
    public virtual bool HasSync => true;

    /// <summary>Names can be made in its directories. Otherwise even a call that makes something gets ENOENT for a name that is not there.</summary>
    public virtual bool MakesNames => true;

    /// <summary>st_blksize (s_blocksize).</summary>
    public virtual int BlockSize => 4096;

    /// <summary>No file of it is executed, whatever the mount says (SB_I_NOEXEC).</summary>
    public virtual bool IsNoExec => false;

    /// <summary>Largest file size (s_maxbytes).</summary>
    public virtual long MaxFileSize => long.MaxValue;

    /// <summary>mount -o remount: new options. EINVAL for what the type does not know.</summary>
    public virtual Errno Remount(string options) => Errno.OK;

    /// <summary>The super block is read-only (SB_RDONLY); mounts may be read-only on top of that.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>What /proc/mounts shows as device.</summary>
    public virtual string Source { get; set; } = "none";

    /// <summary>Options for /proc/mounts, beginning with a comma if any.</summary>
    public virtual string Options => "";

    public virtual StatFs StatFs() => new() { Type = Magic, Bsize = 4096, Frsize = 4096, Namelen = 255 };

    public ulong NextInode() => ++_lastInode;

    private ulong _lastInode = 1;
}

using System.Collections.Generic;
using Carrel.Kernel.Fs.Mqueue;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Ipc;
using Carrel.Kernel.Ipc.Futex;
using Carrel.Kernel.Ipc.Inotify;
using Carrel.Kernel.Mm;
using Carrel.Kernel.Namespaces;
using Carrel.Kernel.Sockets.Unix;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

/// <summary>What there is once in a carrel; Linux has most of it as global variables.</summary>
public sealed partial class LinuxKernel
{
    private uint _lastAnonymousDevice = 0x14;
    private int _lastMountId = 20;
    private int _lastRenameCookie;
    private long _xattrBytes;

    /// <summary>Host-file pages that the kernel read last.</summary>
    internal HostPageCache HostPages { get; } = new();

    internal ulong LastSharedAnonymous { get; set; }

    /// <summary>Nameless files in memory.</summary>
    public MemoryFiles Memory => field ??= new MemoryFiles(this);

    /// <summary>Cached names.</summary>
    public DentryCache Dentries => field ??= new DentryCache(this);

    /// <summary>Where getdents(2) lays out its answer.</summary>
    internal DirentBuffer Dirents { get; } = new();

    /// <summary>fs.protected_* of sysctl.</summary>
    public ProtectionSettings Protection { get; } = new();

    /// <summary>What mount(2) can mount, by type name.</summary>
    public FileSystemTypes FileSystemTypes => field ??= new FileSystemTypes();

    /// <summary>Who opens device nodes and FIFOs.</summary>
    public SpecialFiles SpecialFiles { get; } = new();

    /// <summary>Every mounted file system instance, for sync(2) and remounts.</summary>
    public HashSet<FileSystem> FileSystems { get; } = [];

    /// <summary>pipefs: inode numbers of pipes.</summary>
    public PseudoFileSystem PipeFileSystem => field ??= new PseudoFileSystem(this, "pipefs", 0x50495045);

    /// <summary>sockfs: inode numbers of sockets.</summary>
    public PseudoFileSystem SocketFileSystem => field ??= new PseudoFileSystem(this, "sockfs", 0x534f434b);

    /// <summary>The internal tmpfs behind System V shared memory.</summary>
    public PseudoFileSystem SharedMemoryFileSystem => field ??= new PseudoFileSystem(this, "tmpfs", 0x01021994);

    /// <summary>anon_inodefs.</summary>
    public PseudoFileSystem AnonymousFileSystem => field ??= new PseudoFileSystem(this, "anon_inodefs", 0x09041934);

    /// <summary>The one inode of everything that has neither path nor data: mode 0600 without a type, as on Linux.</summary>
    public Inode AnonymousInode => field ??= new PseudoInode(AnonymousFileSystem, 0x180, Credentials.Root(0));

    internal Nsfs Nsfs => field ??= new Nsfs(this);

    internal InotifyAccount InotifyAccount { get; } = new();

    /// <summary>Tasks that wait for a record lock, for deadlock detection.</summary>
    internal List<RecordLockWait> RecordLockWaits { get; } = [];

    /// <summary>Tasks that wait on futexes.</summary>
    public FutexTable Futexes => field ??= new FutexTable(this);

    /// <summary>The IPC namespace of the first process.</summary>
    public IpcNamespace Ipc => field ??= new IpcNamespace(this);

    internal IpcMemory IpcMemory { get; } = new();

    internal QueueCharges QueueCharges { get; } = new();

    /// <summary>The first network namespace.</summary>
    internal NetworkNamespace Network { get; } = new(UserNamespace.Initial);

    internal Sockets.Unix.SocketsInFlight SocketsInFlight => field ??= new Sockets.Unix.SocketsInFlight(this);

    /// <summary>Kernel memory that pipe data takes, bytes.</summary>
    internal long PipeBytes { get; set; }

    /// <summary>The order that kcmp(2) gives kernel objects.</summary>
    internal KernelOrder ObjectOrder => field ??= new KernelOrder();

    internal int NextMountId() => ++_lastMountId;

    internal ulong NextMountNamespaceId() => ++_lastMountNamespace;

    private ulong _lastMountNamespace;

    /// <summary>The eventfd-id of /proc/PID/fdinfo.</summary>
    internal int NextEventfdId() => _lastEventfd++;

    private int _lastEventfd;

    /// <summary>/proc/sys/kernel/random/boot_id, once somebody has asked for it.</summary>
    internal string? BootId { get; set; }

    /// <summary>The cookie that ties the two inotify events of a rename together.</summary>
    internal uint NextRenameCookie() => (uint)++_lastRenameCookie;

    /// <summary>A device number for a file system without a block device: major 0.</summary>
    public ulong NextAnonymousDevice()
    {
        uint minor = ++_lastAnonymousDevice;
        return (minor & 0xff) | ((ulong)(minor & ~0xffu) << 12);
    }

    /// <summary>Extended attributes take kernel memory: at most 64 MiB of it. False: no room.</summary>
    internal bool TryChargeXattr(long bytes)
    {
        const long MaxXattrBytes = 64 << 20;
        if (bytes > 0 && _xattrBytes + bytes > MaxXattrBytes)
        {
            return false;
        }

        _xattrBytes += bytes;
        return true;
    }
}

using System.Collections.Generic;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    private int _lastMountId = 20;
    private int _lastRenameCookie;
    private long _xattrBytes;

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

    internal int NextMountId() => ++_lastMountId;

    /// <summary>The cookie that ties the two inotify events of a rename together.</summary>
    internal uint NextRenameCookie() => (uint)++_lastRenameCookie;
}

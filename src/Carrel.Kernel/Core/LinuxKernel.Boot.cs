using Carrel.Abi;
using Carrel.Kernel.Fs.Cgroupfs;
using Carrel.Kernel.Fs.Devpts;
using Carrel.Kernel.Fs.Devtmpfs;
using Carrel.Kernel.Fs.Procfs;
using Carrel.Kernel.Fs.Sysfs;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    private SysfsFileSystem? _sysfs;
    private CgroupfsFileSystem? _cgroupfs;
    private TmpfsFileSystem? _devtmpfs;

    /// <summary>
    /// Makes devices and the kernel's own file system types known. Called once, before the first mount. sysfs has one instance;
    /// each mount of proc and devpts is a new one.
    /// </summary>
    public void RegisterBuiltIns()
    {
        CharacterDevices.Register(this);
        FileSystemTypes.Register("sysfs", static (task, _, _) => task.Kernel.Sysfs);
        FileSystemTypes.Register("proc", ProcfsFileSystem.Mount);
        FileSystemTypes.Register("cgroup2", static (task, _, _) => task.Kernel.Cgroupfs);
        FileSystemTypes.Register("tmpfs", TmpfsFileSystem.Mount);
        FileSystemTypes.Register("ramfs", RamfsFileSystem.Mount);
        FileSystemTypes.Register("devtmpfs", static (task, _, _) => task.Kernel.Devtmpfs);
        FileSystemTypes.Register("mqueue", static (task, _, _) => task.Namespaces.Ipc.MessageQueues);
        FileSystemTypes.Register("devpts", static (task, _, _) => new DevptsFileSystem(task.Kernel));
    }

    /// <summary>The one cgroup2 file system.</summary>
    public CgroupfsFileSystem Cgroupfs => _cgroupfs ??= new CgroupfsFileSystem(this);

    /// <summary>The one sysfs.</summary>
    public SysfsFileSystem Sysfs => _sysfs ??= new SysfsFileSystem(this);

    /// <summary>The one devtmpfs: a tmpfs with device nodes.</summary>
    public TmpfsFileSystem Devtmpfs
    {
        get
        {
            if (_devtmpfs is null)
            {
                _devtmpfs = new TmpfsFileSystem(this, new TmpfsOptions { Mode = 0x1ed }, "devtmpfs");
                DeviceNodes.Populate(_devtmpfs.Root);
            }

            return _devtmpfs;
        }
    }

    /// <summary>The procfs that a carrel starts with.</summary>
    public ProcfsFileSystem Procfs => field ??= new ProcfsFileSystem(this, Pids, new ProcfsOptions());

    /// <summary>
    /// Mounts what every carrel has over its root: /proc, /sys, /dev with its nodes, /dev/pts, /dev/shm. A directory that the root lacks is left out.
    /// </summary>
    /// <param name="mounts">A tree whose root is mounted.</param>
    /// <param name="newTmpfs">Makes a tmpfs with the given mount options.</param>
    public DevptsFileSystem MountStandard(MountNamespace mounts, System.Func<string, FileSystem> newTmpfs)
    {
        const MountFlags Guarded = MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC | MountFlags.MS_RELATIME;
        mounts.MountAt("/proc", Procfs, Guarded);
        mounts.MountAt("/sys", Sysfs, Guarded | MountFlags.MS_RDONLY);
        mounts.MountAt("/sys/fs/cgroup", Cgroupfs, Guarded | MountFlags.MS_RDONLY);
        FileSystem dev = newTmpfs("mode=755,size=65536k");
        dev.Source = "tmpfs";
        DeviceNodes.Populate(dev.Root);
        var pts = new DevptsFileSystem(this);
        if (mounts.MountAt("/dev", dev, MountFlags.MS_NOSUID | MountFlags.MS_RELATIME) == Errno.OK)
        {
            mounts.MountAt("/dev/pts", pts, MountFlags.MS_NOSUID | MountFlags.MS_NOEXEC | MountFlags.MS_RELATIME);
            mounts.MountAt("/dev/mqueue", Ipc.MessageQueues, Guarded);
            mounts.MountAt("/dev/shm", newTmpfs("mode=1777"), MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_RELATIME);
        }

        return pts;
    }
}

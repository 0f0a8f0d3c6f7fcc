using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>ramfs: a tmpfs without limits of its own, whose only option is mode= (fs/ramfs/inode.c). Unknown options are ignored.</summary>
public sealed class RamfsFileSystem : TmpfsFileSystem
{
    private readonly uint _mode;

    private RamfsFileSystem(LinuxKernel kernel, TmpfsOptions options)
        : base(kernel, options, "ramfs") => _mode = options.Mode;

    public override long Magic => SuperMagic.RAMFS_MAGIC;

    public override string Options => _mode != DefaultMode ? ",mode=" + System.Convert.ToString(_mode, 8) : "";

    private const uint DefaultMode = 0x1ed;

    public override Errno Remount(string options) => Errno.OK;

    /// <summary>simple_statfs(): no figures.</summary>
    public override StatFs StatFs() => new() { Type = Magic, Bsize = 4096, Frsize = 4096, Namelen = Limits.NAME_MAX };

    /// <summary>A factory for mount(2).</summary>
    public static new Result<FileSystem> Mount(Task task, string source, string options)
    {
        var parsed = new TmpfsOptions { Mode = DefaultMode, Uid = task.Credentials.Fsuid, Gid = task.Credentials.Fsgid };
        foreach (string each in options.Split(',', System.StringSplitOptions.RemoveEmptyEntries))
        {
            if (each.StartsWith("mode=", System.StringComparison.Ordinal))
            {
                Result<TmpfsOptions> mode = TmpfsOptions.Parse(each, task.Kernel.Frames.LimitPages);
                if (mode.Failed)
                {
                    return mode.Error;
                }

                parsed.Mode = mode.Value.Mode;
            }
        }

        return new RamfsFileSystem(task.Kernel, parsed) { Source = source };
    }
}

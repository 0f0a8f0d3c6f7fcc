using System.Collections.Generic;
using System.Globalization;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>tmpfs(5): files in the carrel's memory.</summary>
public class TmpfsFileSystem : FileSystem, IPageAccount
{
    /// <summary>Files that one instance may have if nobody said otherwise: they live in the kernel's heap.</summary>
    private const long DefaultInodes = 1 << 20;

    private readonly TmpfsOptions _options;
    private TmpfsDirectory? _root;

    public TmpfsFileSystem(LinuxKernel kernel, TmpfsOptions options, string typeName = "tmpfs")
        : base(kernel)
    {
        _options = options;
        TypeName = typeName;
        Source = typeName;
    }

    public override string TypeName { get; }

    public override long Magic => SuperMagic.TMPFS_MAGIC;

    public override Inode Root => _root ??= CreateRoot();

    public bool IsLimited => _options.Pages is not null;

    /// <summary>Pages in use by its files.</summary>
    public long UsedPages { get; private set; }

    public long InodeCount { get; private set; }

    private long MaxInodes => _options.Inodes ?? DefaultInodes;

    public override string Options
    {
        get
        {
            string text = _options.Pages is { } pages ? string.Create(CultureInfo.InvariantCulture, $",size={pages * 4}k") : "";
            text += _options.Inodes is { } inodes ? string.Create(CultureInfo.InvariantCulture, $",nr_inodes={inodes}") : "";
            text += _options.Mode != 0x3ff ? ",mode=" + System.Convert.ToString(_options.Mode, 8) : "";
            text += _options.Uid != 0 ? string.Create(CultureInfo.InvariantCulture, $",uid={_options.Uid}") : "";
            text += _options.Gid != 0 ? string.Create(CultureInfo.InvariantCulture, $",gid={_options.Gid}") : "";
            return text + ",inode64";
        }
    }

    /// <summary>A factory for mount(2).</summary>
    public static Result<FileSystem> Mount(Task task, string source, string options)
    {
        Result<TmpfsOptions> parsed = TmpfsOptions.Parse(options, task.Kernel.Frames.LimitPages, task.Credentials);
        return parsed.Failed ? parsed.Error : new TmpfsFileSystem(task.Kernel, parsed.Value) { Source = source };
    }

    /// <summary>Only the limits can be changed, not below what is in use.</summary>
    public override Errno Remount(string options)
    {
        Result<TmpfsOptions> parsed = TmpfsOptions.Parse(options, Kernel.Frames.LimitPages);
        if (parsed.Failed)
        {
            return parsed.Error;
        }

        if (parsed.Value.Pages < UsedPages || parsed.Value.Inodes < InodeCount)
        {
            return Errno.EINVAL;
        }

        _options.Pages = parsed.Value.Pages ?? _options.Pages;
        _options.Inodes = parsed.Value.Inodes ?? _options.Inodes;
        return Errno.OK;
    }

    public override StatFs StatFs()
    {
        long memory = Kernel.Frames.LimitPages;
        long total = _options.Pages ?? memory;
        long free = _options.Pages is { } limit ? limit - UsedPages : memory - Kernel.Frames.UsedPages;
        free = System.Math.Max(0, free);
        return new StatFs
        {
            Type = Magic,
            Bsize = 4096,
            Frsize = 4096,
            Blocks = total,
            Bfree = free,
            Bavail = free,
            Files = MaxInodes,
            Ffree = System.Math.Max(0, MaxInodes - InodeCount),
            Namelen = Limits.NAME_MAX,
        };
    }

    public bool TryCharge(long pages)
    {
        if (_options.Pages is { } limit && UsedPages + pages > limit)
        {
            return false;
        }

        UsedPages += pages;
        return true;
    }

    public void Uncharge(long pages) => UsedPages -= pages;

    /// <summary>All files go, those still open with their last close.</summary>
    public override void Shutdown()
    {
        if (this == Kernel.Devtmpfs)
        {
            return;
        }

        var work = new Stack<Inode>([Root]);
        while (work.TryPop(out Inode? inode))
        {
            if (inode is TmpfsDirectory directory)
            {
                foreach (Inode child in directory.Index.Inodes)
                {
                    work.Push(child);
                }
            }

            // A file with several names comes by several times.
            if (inode.LinkCount > 0)
            {
                inode.LinkCount = 0;
                inode.EvictIfUnused();
            }
        }
    }

    /// <summary>False: no inode is left (ENOSPC).</summary>
    internal bool TryAddInode()
    {
        if (InodeCount >= MaxInodes)
        {
            return false;
        }

        InodeCount++;
        return true;
    }

    internal void RemoveInode() => InodeCount--;

    /// <summary>st_ino of a new file.</summary>
    internal virtual ulong NewNumber() => NextInode();

    protected virtual TmpfsDirectory CreateRoot()
    {
        InodeCount++;
        var root = new TmpfsDirectory(this, Mode.S_IFDIR | _options.Mode) { Uid = _options.Uid, Gid = _options.Gid };
        return root;
    }
}

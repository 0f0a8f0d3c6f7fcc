using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;

namespace Carrel.Kernel.Vfs;

/// <summary>A mount in the making: the descriptor of fsopen(2) and fspick(2) (Linux's fs_context).</summary>
internal sealed class MountContext : AnonymousFile
{
    private readonly StringBuilder _options = new();
    private readonly FileSystemType? _type;
    private readonly Mount? _picked;
    private FileSystem? _made;
    private bool _isReadOnly;

    /// <summary>fsopen(2).</summary>
    public MountContext(LinuxKernel kernel, FileSystemType type)
        : base(kernel, OpenFlags.O_RDWR, "[fscontext]") => _type = type;

    /// <summary>fspick(2): the options of a mounted file system are to be changed.</summary>
    public MountContext(LinuxKernel kernel, Mount picked)
        : base(kernel, OpenFlags.O_RDWR, "[fscontext]")
    {
        _picked = picked;
        _isReadOnly = picked.FileSystem.IsReadOnly;
    }

    private string Source { get; set; } = "none";

    // Messages of the kernel about what went wrong: there are none.
    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset) => Errno.ENODATA;

    /// <summary>FSCONFIG_SET_FLAG and FSCONFIG_SET_STRING.</summary>
    public Errno SetOption(string key, string? value)
    {
        if (_made is not null)
        {
            return Errno.EBUSY;
        }

        switch (key, value)
        {
            case ("source", not null):
                Source = value;
                return Errno.OK;
            case ("ro", null):
                _isReadOnly = true;
                return Errno.OK;
            case ("rw", null):
                _isReadOnly = false;
                return Errno.OK;
            default:
                const int MaxOptions = 4096;
                if (_options.Length + key.Length + (value?.Length ?? 0) > MaxOptions || key.Contains(','))
                {
                    return Errno.EINVAL;
                }

                _options.Append(',').Append(key);
                _options.Append(value is null ? "" : "=" + value);
                return Errno.OK;
        }
    }

    /// <summary>FSCONFIG_CMD_CREATE.</summary>
    public Errno Make(Task task)
    {
        if (_type is null || _made is not null)
        {
            return Errno.EBUSY;
        }

        Result<FileSystem> made = MountOperations.Make(task, _type, Source, _options.ToString());
        if (made.Failed)
        {
            return made.Error;
        }

        _made = made.Value;
        if (_made.MountCount == 0)
        {
            _made.IsReadOnly |= _isReadOnly;
        }

        return Errno.OK;
    }

    /// <summary>FSCONFIG_CMD_RECONFIGURE.</summary>
    public Errno Reconfigure()
    {
        if (_picked is null)
        {
            return Errno.EBUSY;
        }

        if (_isReadOnly && !_picked.FileSystem.IsReadOnly && _picked.WriterCount > 0)
        {
            return Errno.EBUSY;
        }

        Errno error = _picked.FileSystem.Remount(_options.ToString());
        _picked.FileSystem.IsReadOnly = error == Errno.OK ? _isReadOnly : _picked.FileSystem.IsReadOnly;
        return error;
    }

    /// <summary>fsmount(2): EINVAL before it was made, EBUSY the second time.</summary>
    public Result<Mount> ToMount(MountFlags flags)
    {
        if (_made is null)
        {
            return Errno.EINVAL;
        }

        Mount mount = MountNamespace.CreateDetached(Kernel, _made, _made.RootDentry, flags);
        _made = null;
        return mount;
    }
}

/// <summary>The O_PATH descriptor of fsmount(2) and open_tree(OPEN_TREE_CLONE): a tree of mounts that is nowhere attached. Closing it before it was attached dissolves the tree.</summary>
internal sealed class DetachedMountFile(LinuxKernel kernel, Mount mount)
    : FileDescription(kernel, OpenFlags.O_PATH)
{
    public override Inode Inode { get; } = mount.Root.Inode!;

    protected override void ReleaseCore()
    {
        if (mount.Namespace is null && !mount.IsDetached)
        {
            MountNamespace.Dissolve(mount);
        }
    }
}

using System.Collections.Generic;
using System.Globalization;
using System.Runtime.CompilerServices;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Namespaces;

/// <summary>nsfs: an inode for each namespace that somebody asked for (fs/nsfs.c).</summary>
internal sealed class Nsfs(LinuxKernel kernel)
{
    private const uint FirstNumber = 0xF0000100;
    private readonly ConditionalWeakTable<object, Dictionary<string, NamespaceInode>> _inodes = [];
    private readonly HashSet<string> _named = [];
    private readonly PseudoFileSystem _fileSystem = new(kernel, "nsfs", 0x6e736673);
    private uint _lastNumber = FirstNumber;

    /// <summary>The inode of the namespace of this kind that a task is in.</summary>
    public NamespaceInode Of(Task task, NamespaceKind kind) => Of(kind, kind.Get(task));

    public NamespaceInode Of(NamespaceKind kind, object value)
    {
        Dictionary<string, NamespaceInode> inodes = _inodes.GetOrCreateValue(value);
        if (!inodes.TryGetValue(kind.Name, out NamespaceInode? inode))
        {
            // The first namespace of a kind that is looked at is not always the initial one: that is init's.
            bool isInitial = kernel.Init is { } init && kind.Get(init.Leader) == value && _named.Add(kind.Name);
            inode = new NamespaceInode(_fileSystem, kind, value, isInitial ? kind.InitialNumber : ++_lastNumber);
            inodes.Add(kind.Name, inode);
        }

        return inode;
    }

    /// <summary>The place that the link in /proc leads to.</summary>
    public Path PathOf(NamespaceInode inode) => new(_fileSystem.InternalMount, new Dentry(null, inode.Text, inode));
}

/// <summary>One namespace as a file.</summary>
internal sealed class NamespaceInode : Inode
{
    public NamespaceInode(FileSystem fileSystem, NamespaceKind kind, object value, uint number)
        : base(fileSystem)
    {
        Kind = kind;
        Value = value;
        Number = number;
        Mode = Abi.Mode.S_IFREG | 0x124;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    public NamespaceKind Kind { get; }

    public object Value { get; }

    public override bool IsImmutable => true;

    /// <summary>"uts:[4026531838]".</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Kind.Name}:[{Number}]");

    /// <summary>An open file or a mount keeps the namespace.</summary>
    public void Hold() => (Value as MountNamespace)?.AddUser();

    public void LetGo() => (Value as MountNamespace)?.DropUser();

    public override Result<FileDescription> Open(Task task, Path path, OpenFlags flags) =>
        (flags & OpenFlags.O_ACCMODE) == OpenFlags.O_RDONLY ? new NamespaceFile(this, flags) { Path = path } : Errno.EPERM;
}

/// <summary>An open namespace: setns(2) takes it, and it keeps the namespace alive.</summary>
internal sealed class NamespaceFile : FileDescription
{
    private const uint NsGetUserns = 0xb701, NsGetParent = 0xb702, NsGetNstype = 0xb703, NsGetOwnerUid = 0xb704;

    private readonly NamespaceInode _inode;

    public NamespaceFile(NamespaceInode inode, OpenFlags flags)
        : base(inode.FileSystem.Kernel, flags)
    {
        _inode = inode;
        inode.Hold();
    }

    public override Inode Inode => _inode;

    public override string LinkText => _inode.Text;

    public override bool IsPollable => false;

    public override bool AllowsReadAt => true;

    public override bool AllowsWriteAt => true;

    public override bool CanRead => false;

    public override bool CanWrite => false;

    public override bool CanBeSpliced => false;

    public override bool AllowsDirect => false;

    public NamespaceInode Namespace => _inode;

    public override SyscallResult Ioctl(Task task, uint command, ulong argument) => command switch
    {
        NsGetNstype => (long)_inode.Kind.Flag,
        NsGetParent when _inode.Value is PidTable { Parent: { } parent } => task.Pids.Contains(parent) ? OpenParent(task, parent) : Errno.EPERM,
        NsGetParent when _inode.Value is UserNamespace { Parent: { } parent } => task.Credentials.User.Contains(parent) ? OpenParent(task, parent) : Errno.EPERM,
        NsGetUserns when _inode.Value is not UserNamespace { Parent: null } => OpenOwner(task),
        // The first namespace has no parent.
        NsGetUserns or NsGetParent => _inode.Kind.Flag is CloneFlags.CLONE_NEWUSER or CloneFlags.CLONE_NEWPID || command == NsGetUserns ? Errno.EPERM : Errno.EINVAL,
        NsGetOwnerUid => _inode.Kind.Flag != CloneFlags.CLONE_NEWUSER ? Errno.EINVAL : new UserPtr<uint>(argument).TryWrite(task, task.Credentials.User.Uids.Show(((UserNamespace)_inode.Value).OwnerUid)) ? 0 : Errno.EFAULT,
        Abi.Ioctl.NS_GET_MNTNS_ID => _inode.Value is not MountNamespace mounts ? Errno.EINVAL : new UserPtr<ulong>(argument).TryWrite(task, mounts.Id) ? 0 : Errno.EFAULT,
        _ => Errno.ENOTTY,
    };

    /// <summary>A descriptor for the namespace of this kind that <paramref name="target"/> is in.</summary>
    internal static SyscallResult Open(Task task, NamespaceKind kind, Task target) => Open(task, kind, kind.Get(target));

    private SyscallResult OpenParent(Task task, object value) => Open(task, _inode.Kind, value);

    private SyscallResult OpenOwner(Task task)
    {
        UserNamespace owner = NamespaceKind.OwnerOf(_inode.Value);
        return task.Credentials.User.Contains(owner) ? Open(task, NamespaceKind.User, owner) : Errno.EPERM;
    }

    protected override void ReleaseCore() => _inode.LetGo();

    private static SyscallResult Open(Task task, NamespaceKind kind, object value)
    {
        NamespaceInode parent = task.Kernel.Nsfs.Of(kind, value);
        return task.Files.InstallOrRelease(task, new NamespaceFile(parent, OpenFlags.O_RDONLY) { Path = task.Kernel.Nsfs.PathOf(parent) }, isCloseOnExec: true);
    }
}

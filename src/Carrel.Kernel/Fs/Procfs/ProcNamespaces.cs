using Carrel.Abi;
using Carrel.Kernel.Namespaces;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>A link of /proc/PID/ns, namespaces(7): its text names the namespace, opening it gives a descriptor for setns(2).</summary>
internal sealed class ProcNamespaceLink : Inode
{
    private readonly Task _target;
    private readonly NamespaceKind _kind;

    public ProcNamespaceLink(FileSystem fileSystem, Task target, NamespaceKind kind)
        : base(fileSystem)
    {
        _target = target;
        _kind = kind;
        Number = fileSystem.NextInode();
        Mode = Abi.Mode.S_IFLNK | 0x1ff;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    public override Result<string> ReadLink(Task task)
    {
        Errno error = ProcAccess.Check(task, _target);
        return error != Errno.OK ? error : task.Kernel.Nsfs.Of(_target, _kind).Text;
    }

    public override Result<Path>? FollowMagicLink(Task task)
    {
        Errno error = ProcAccess.Check(task, _target);
        Nsfs nsfs = task.Kernel.Nsfs;
        return error != Errno.OK ? (Result<Path>)error : nsfs.PathOf(nsfs.Of(_target, _kind));
    }
}

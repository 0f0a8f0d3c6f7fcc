using Carrel.Abi;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>A System V object's identity and permissions (Linux's kern_ipc_perm).</summary>
public abstract class IpcObject
{
    /// <summary>S_IRUGO, S_IWUGO and S_IXUGO, for <see cref="Allows"/>.</summary>
    internal const int ReadAll = 0x124, WriteAll = 0x92, ExecuteAll = 0x49;

    private const int Permissions = 0x1ff;

    private protected IpcObject(Task creator, int key, int flags)
    {
        Credentials credentials = creator.Credentials;
        Key = key;
        Uid = CreatorUid = credentials.Euid;
        Gid = CreatorGid = credentials.Egid;
        Mode = (uint)(flags & Permissions);
    }

    /// <summary>The identifier: slot and sequence number.</summary>
    public int Id { get; internal set; }

    internal ushort Sequence { get; set; }

    /// <summary>IPC_PRIVATE for what nobody finds by key.</summary>
    public int Key { get; internal set; }

    public uint Uid { get; private set; }

    public uint Gid { get; private set; }

    public uint CreatorUid { get; }

    public uint CreatorGid { get; }

    /// <summary>Permission bits, for shared memory also SHM_DEST and SHM_LOCKED.</summary>
    public uint Mode { get; internal set; }

    /// <summary>Removed: its id is no longer known; who waits on it gets EIDRM.</summary>
    public bool IsRemoved { get; internal set; }

    /// <summary>Seconds since the epoch of the last change of attributes.</summary>
    public long ChangeTime { get; internal set; }

    /// <summary>ipcperms(): <paramref name="flag"/> has the wanted bits for user, group and others alike.</summary>
    internal bool Allows(Task task, int flag)
    {
        Credentials credentials = task.Credentials;
        int wanted = (flag >> 6) | (flag >> 3) | flag;
        uint granted = Mode;
        if (credentials.Euid == CreatorUid || credentials.Euid == Uid)
        {
            granted >>= 6;
        }
        else if (credentials.IsInGroup(CreatorGid) || credentials.IsInGroup(Gid))
        {
            granted >>= 3;
        }

        return (wanted & ~(int)granted & 7) == 0 || task.IsCapable(Capability.CAP_IPC_OWNER);
    }

    /// <summary>ipcctl_obtain_check(): IPC_SET and IPC_RMID are for owner, creator and CAP_SYS_ADMIN.</summary>
    internal bool IsOwnedBy(Task task) =>
        task.Credentials.Euid == CreatorUid || task.Credentials.Euid == Uid || task.IsCapable(Capability.CAP_SYS_ADMIN);

    /// <summary>ipc_update_perm(). EINVAL for an id that is none.</summary>
    internal Errno Update(in IpcPerm perm, long now)
    {
        if (perm.Uid == uint.MaxValue || perm.Gid == uint.MaxValue)
        {
            return Errno.EINVAL;
        }

        Uid = perm.Uid;
        Gid = perm.Gid;
        Mode = (Mode & ~(uint)Permissions) | (perm.Mode & Permissions);
        ChangeTime = now;
        return Errno.OK;
    }

    /// <summary>kernel_to_ipc64_perm().</summary>
    internal IpcPerm Describe() => new()
    {
        Key = Key, Uid = Uid, Gid = Gid, Cuid = CreatorUid, Cgid = CreatorGid, Mode = Mode, Seq = Sequence,
    };
}

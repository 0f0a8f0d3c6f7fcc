using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>The lower file that an overlay's inode stands for, and whether it still shows through unchanged.</summary>
internal abstract class InodeOrigin(Inode lower)
{
    public Inode Lower { get; } = lower;

    /// <summary>Attributes were copied up: the lower file's are no longer asked.</summary>
    public bool IsDirty { get; private set; }

    public void MarkDirty() => IsDirty = true;

    /// <summary>Nobody uses the inode, or it is deleted: it need not be found by its lower file any more.</summary>
    public abstract void Release();

    public Errno Refresh(Inode inode)
    {
        if (IsDirty)
        {
            return Errno.OK;
        }

        Errno error = Lower.Refresh();
        if (error == Errno.OK)
        {
            CopyTo(inode);
        }

        return error;
    }

    public void CopyTo(Inode inode)
    {
        inode.Number = Lower.Number;
        inode.Mode = Lower.Mode;
        inode.Uid = Lower.Uid;
        inode.Gid = Lower.Gid;
        inode.LinkCount = Lower.LinkCount;
        inode.RawDevice = Lower.RawDevice;
        inode.AccessTime = Lower.AccessTime;
        inode.ModifyTime = Lower.ModifyTime;
        inode.ChangeTime = Lower.ChangeTime;
        inode.BirthTime = Lower.BirthTime;
    }
}

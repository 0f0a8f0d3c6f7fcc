using System;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>mount(2), umount2(2), pivot_root(2): fs/namespace.c.</summary>
public static class MountSyscalls
{
    private const MountFlags NoUser = (MountFlags)(1UL << 31);
    private const int PageSize = 4096;

    [Syscall(Nr.mount, Missing = "propagation between mounts")]
    public static SyscallResult Mount(Task task, UserString source, UserString target, UserString type, MountFlags flags, UserPtr<byte> data)
    {
        Result<string?> typeName = CopyString(task, type);
        if (typeName.Failed)
        {
            return typeName.Error;
        }

        Result<string?> sourceName = CopyString(task, source);
        if (sourceName.Failed)
        {
            return sourceName.Error;
        }

        Result<string> options = CopyOptions(task, data);
        if (options.Failed)
        {
            return options.Error;
        }

        Result<Path> found = Namei.Lookup(task, new Fd(At.AT_FDCWD), target, LookupFlags.Follow);
        if (found.Failed)
        {
            return found.Error;
        }

        if ((flags & MountFlags.MS_MGC_MSK) == MountFlags.MS_MGC_VAL)
        {
            flags &= ~MountFlags.MS_MGC_MSK;
        }

        if ((flags & NoUser) != 0)
        {
            return Errno.EINVAL;
        }

        return MountOperations.MayMount(task) ? Dispatch(task, found.Value, sourceName.Value, typeName.Value, flags, options.Value) : Errno.EPERM;
    }

    [Syscall(Nr.umount2)]
    public static SyscallResult Umount(Task task, UserString target, int flags)
    {
        const int Known = (int)(MountFlags.MNT_FORCE | MountFlags.MNT_DETACH | MountFlags.MNT_EXPIRE | MountFlags.UMOUNT_NOFOLLOW);
        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        LookupFlags lookup = (flags & (int)MountFlags.UMOUNT_NOFOLLOW) != 0 ? LookupFlags.None : LookupFlags.Follow;
        Result<Path> found = Namei.Lookup(task, new Fd(At.AT_FDCWD), target, lookup);
        return found.Failed ? found.Error : MountOperations.Unmount(task, MountNamespace.TopOf(found.Value), flags);
    }

    [Syscall(Nr.pivot_root)]
    public static SyscallResult PivotRoot(Task task, UserString newRoot, UserString putOld)
    {
        if (!MountOperations.MayMount(task))
        {
            return Errno.EPERM;
        }

        Result<Path> root = Namei.Lookup(task, new Fd(At.AT_FDCWD), newRoot, LookupFlags.Follow | LookupFlags.Directory);
        if (root.Failed)
        {
            return root.Error;
        }

        Result<Path> old = Namei.Lookup(task, new Fd(At.AT_FDCWD), putOld, LookupFlags.Follow | LookupFlags.Directory);
        return old.Failed ? old.Error : MountOperations.Pivot(task, root.Value, old.Value);
    }

    /// <summary>path_mount(): which of the calls that mount(2) is.</summary>
    private static Errno Dispatch(Task task, Path at, string? source, string? type, MountFlags flags, string options)
    {
        const MountFlags Reconfigure = MountFlags.MS_REMOUNT | MountFlags.MS_BIND;
        const MountFlags Propagation = MountFlags.MS_SHARED | MountFlags.MS_PRIVATE | MountFlags.MS_SLAVE | MountFlags.MS_UNBINDABLE;
        MountFlags mountFlags = MountOperations.MountFlagsOf(flags, at.Mount);
        if ((flags & Reconfigure) == Reconfigure)
        {
            return MountOperations.Reconfigure(task, at, mountFlags);
        }

        if ((flags & MountFlags.MS_REMOUNT) != 0)
        {
            return MountOperations.Remount(task, at, flags, mountFlags, options);
        }

        if ((flags & MountFlags.MS_BIND) != 0)
        {
            return MountOperations.Bind(task, at, source, (flags & MountFlags.MS_REC) != 0);
        }

        if ((flags & Propagation) != 0)
        {
            return MountOperations.ChangePropagation(task, at, flags);
        }

        if ((flags & MountFlags.MS_MOVE) != 0)
        {
            return MountOperations.Move(task, at, source);
        }

        return MountOperations.New(task, at, type, source ?? "none", flags, mountFlags, options);
    }

    /// <summary>copy_mount_string(): null stays null.</summary>
    private static Result<string?> CopyString(Task task, UserString text)
    {
        if (text.IsNull)
        {
            return Result<string?>.Of(null);
        }

        Result<string> copy = text.Read(task, PageSize, Errno.EINVAL);
        return copy.Failed ? copy.Error : copy.Value;
    }

    /// <summary>copy_mount_options(): up to a page, as much of it as there is; options end at the first NUL.</summary>
    private static Result<string> CopyOptions(Task task, UserPtr<byte> data)
    {
        if (data.IsNull)
        {
            return "";
        }

        var bytes = new byte[PageSize];
        int length = (int)task.Mm.ReadPartial(data.Address, bytes);
        if (length == 0)
        {
            return Errno.EFAULT;
        }

        int end = Array.IndexOf(bytes, (byte)0, 0, length);
        return Encoding.Latin1.GetString(bytes, 0, end < 0 ? Math.Min(length, PageSize - 1) : end);
    }
}

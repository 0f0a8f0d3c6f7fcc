using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Mounts and roots, old and new interface. Failures are a negative errno.</summary>
public static unsafe class HostMount
{
    /// <summary>mount(2); null stands for a null pointer.</summary>
    public static int Mount(string? source, string target, string? type, MountFlags flags, string? data)
    {
        fixed (byte* s = source is null ? null : CString.Of(source))
        fixed (byte* t = CString.Of(target))
        fixed (byte* y = type is null ? null : CString.Of(type))
        fixed (byte* d = data is null ? null : CString.Of(data))
        {
            return (int)HostCall.Invoke(Nr.mount, (nint)s, (nint)t, (nint)y, (long)flags, (nint)d);
        }
    }

    public static int Unmount(string target, int flags)
    {
        fixed (byte* t = CString.Of(target))
        {
            return (int)HostCall.Invoke(Nr.umount2, (nint)t, flags);
        }
    }

    public static int PivotRoot(string newRoot, string putOld)
    {
        fixed (byte* n = CString.Of(newRoot))
        fixed (byte* o = CString.Of(putOld))
        {
            return (int)HostCall.Invoke(Nr.pivot_root, (nint)n, (nint)o);
        }
    }

    public static int ChangeRoot(string path)
    {
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.chroot, (nint)p);
        }
    }

    public static int ChangeDirectory(string path)
    {
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.chdir, (nint)p);
        }
    }

    public static int ChangeDirectory(int fd) => (int)HostCall.Invoke(Nr.fchdir, fd);

    public static int OpenTree(int directory, string path, uint flags)
    {
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.open_tree, directory, (nint)p, flags);
        }
    }

    public static int MoveMount(int fromDirectory, string from, int toDirectory, string to, MoveMountFlags flags)
    {
        fixed (byte* f = CString.Of(from))
        fixed (byte* t = CString.Of(to))
        {
            return (int)HostCall.Invoke(Nr.move_mount, fromDirectory, (nint)f, toDirectory, (nint)t, (uint)flags);
        }
    }

    public static int OpenFileSystem(string type, int flags)
    {
        fixed (byte* t = CString.Of(type))
        {
            return (int)HostCall.Invoke(Nr.fsopen, (nint)t, flags);
        }
    }

    /// <summary>fspick(2): the file system that has its root here, to be configured anew.</summary>
    public static int PickFileSystem(string path)
    {
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.fspick, At.AT_FDCWD, (nint)p, FsPickCloseOnExec);
        }
    }

    private const uint FsPickCloseOnExec = 1;

    /// <summary>fsconfig(2) with a string value or none.</summary>
    public static int Configure(int fileSystem, int command, string? key, string? value, int auxiliary = 0)
    {
        fixed (byte* k = key is null ? null : CString.Of(key))
        fixed (byte* v = value is null ? null : CString.Of(value))
        {
            return (int)HostCall.Invoke(Nr.fsconfig, fileSystem, command, (nint)k, (nint)v, auxiliary);
        }
    }

    public static int CreateMount(int fileSystem, int flags, MountAttr attributes) => (int)HostCall.Invoke(Nr.fsmount, fileSystem, flags, (long)attributes);

    public static int SetAttributes(int directory, string path, int flags, in MountAttrBuf attributes)
    {
        fixed (byte* p = CString.Of(path))
        fixed (MountAttrBuf* a = &attributes)
        {
            return (int)HostCall.Invoke(Nr.mount_setattr, directory, (nint)p, flags, (nint)a, sizeof(MountAttrBuf));
        }
    }

    public static int Unshare(CloneFlags flags) => (int)HostCall.Invoke(Nr.unshare, (long)flags);

    /// <summary>setns(2).</summary>
    public static int EnterNamespace(int fd, CloneFlags type) => (int)HostCall.Invoke(Nr.setns, fd, (long)type);
}

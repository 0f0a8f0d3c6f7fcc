using System;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Calls that name host files. Failures are a negative errno.</summary>
public static unsafe class HostPath
{
    public static int OpenAt(int directory, string path, OpenFlags flags, uint mode = 0)
    {
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.openat, directory, (nint)p, (int)flags, mode);
        }
    }

    /// <summary>openat2: resolution can be confined to <paramref name="directory"/>.</summary>
    public static int OpenAt2(int directory, string path, OpenFlags flags, uint mode, ResolveFlags resolve)
    {
        var how = new OpenHow { Flags = (ulong)(uint)flags, Mode = mode, Resolve = (ulong)resolve };
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.openat2, directory, (nint)p, (nint)(&how), sizeof(OpenHow));
        }
    }

    public static int StatAt(int directory, string path, int flags, out Stat stat)
    {
        stat = default;
        fixed (byte* p = CString.Of(path))
        fixed (Stat* s = &stat)
        {
            return (int)HostCall.Invoke(Nr.newfstatat, directory, (nint)p, (nint)s, flags);
        }
    }

    public static int StatxAt(int directory, string path, int flags, uint mask, out StatxBuf stat)
    {
        stat = default;
        fixed (byte* p = CString.Of(path))
        fixed (StatxBuf* s = &stat)
        {
            return (int)HostCall.Invoke(Nr.statx, directory, (nint)p, flags, mask, (nint)s);
        }
    }

    /// <summary>Bytes of the link's target put into the buffer.</summary>
    public static long ReadLinkAt(int directory, string path, Span<byte> buffer)
    {
        fixed (byte* p = CString.Of(path))
        fixed (byte* b = buffer)
        {
            return HostCall.Invoke(Nr.readlinkat, directory, (nint)p, (nint)b, buffer.Length);
        }
    }

    public static int MakeDirectoryAt(int directory, string path, uint mode)
    {
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.mkdirat, directory, (nint)p, mode);
        }
    }

    public static int MakeNodeAt(int directory, string path, uint mode, ulong device)
    {
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.mknodat, directory, (nint)p, mode, (long)device);
        }
    }

    public static int UnlinkAt(int directory, string path, int flags)
    {
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.unlinkat, directory, (nint)p, flags);
        }
    }

    public static int RenameAt(int fromDirectory, string from, int toDirectory, string to, Renameat2 flags)
    {
        fixed (byte* f = CString.Of(from))
        fixed (byte* t = CString.Of(to))
        {
            return (int)HostCall.Invoke(Nr.renameat2, fromDirectory, (nint)f, toDirectory, (nint)t, (uint)flags);
        }
    }

    public static int LinkAt(int fromDirectory, string from, int toDirectory, string to, int flags)
    {
        fixed (byte* f = CString.Of(from))
        fixed (byte* t = CString.Of(to))
        {
            return (int)HostCall.Invoke(Nr.linkat, fromDirectory, (nint)f, toDirectory, (nint)t, flags);
        }
    }

    public static int SymlinkAt(string target, int directory, string path)
    {
        fixed (byte* t = CString.Of(target))
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.symlinkat, (nint)t, directory, (nint)p);
        }
    }

    public static int ChangeModeAt(int directory, string path, uint mode)
    {
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.fchmodat, directory, (nint)p, mode);
        }
    }

    public static int ChangeOwnerAt(int directory, string path, uint user, uint group, int flags)
    {
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.fchownat, directory, (nint)p, user, group, flags);
        }
    }

    /// <summary>Sets both times.</summary>
    public static int SetTimesAt(int directory, string path, in TimeSpec accessed, in TimeSpec modified, int flags)
    {
        TimeSpec* times = stackalloc TimeSpec[2] { accessed, modified };
        fixed (byte* p = CString.Of(path))
        {
            return (int)HostCall.Invoke(Nr.utimensat, directory, (nint)p, (nint)times, flags);
        }
    }
}

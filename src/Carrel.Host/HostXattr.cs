using System;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Extended attributes, xattr(7), by descriptor. Failures are a negative errno.</summary>
public static unsafe class HostXattr
{
    public static long Get(int fd, string name, Span<byte> value)
    {
        fixed (byte* n = CString.Of(name))
        fixed (byte* v = value)
        {
            return HostCall.Invoke(Nr.fgetxattr, fd, (nint)n, (nint)v, value.Length);
        }
    }

    public static int Set(int fd, string name, ReadOnlySpan<byte> value, int flags)
    {
        fixed (byte* n = CString.Of(name))
        fixed (byte* v = value)
        {
            return (int)HostCall.Invoke(Nr.fsetxattr, fd, (nint)n, (nint)v, value.Length, flags);
        }
    }

    public static long List(int fd, Span<byte> names)
    {
        fixed (byte* p = names)
        {
            return HostCall.Invoke(Nr.flistxattr, fd, (nint)p, names.Length);
        }
    }

    public static int Remove(int fd, string name)
    {
        fixed (byte* n = CString.Of(name))
        {
            return (int)HostCall.Invoke(Nr.fremovexattr, fd, (nint)n);
        }
    }

    /// <summary>By path (an O_PATH descriptor's /proc/self/fd name, for instance).</summary>
    public static long GetAt(string path, string name, Span<byte> value, bool followLink)
    {
        fixed (byte* p = CString.Of(path))
        fixed (byte* n = CString.Of(name))
        fixed (byte* v = value)
        {
            return HostCall.Invoke(followLink ? Nr.getxattr : Nr.lgetxattr, (nint)p, (nint)n, (nint)v, value.Length);
        }
    }

    public static long ListAt(string path, Span<byte> names, bool followLink)
    {
        fixed (byte* p = CString.Of(path))
        fixed (byte* v = names)
        {
            return HostCall.Invoke(followLink ? Nr.listxattr : Nr.llistxattr, (nint)p, (nint)v, names.Length);
        }
    }
}

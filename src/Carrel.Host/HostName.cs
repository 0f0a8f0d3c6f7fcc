using System;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>
/// Calls that name host files by bytes with a NUL at their end, as they lie in a message or in a getdents buffer: no copy on the way. A span without
/// that NUL is refused with EINVAL.
/// </summary>
public static unsafe class HostName
{
    private const int Invalid = -(int)Errno.EINVAL;

    public static int OpenAt2(int directory, ReadOnlySpan<byte> path, OpenFlags flags, uint mode, ResolveFlags resolve)
    {
        if (!IsTerminated(path))
        {
            return Invalid;
        }

        var how = new OpenHow { Flags = (ulong)(uint)flags, Mode = mode, Resolve = (ulong)resolve };
        fixed (byte* p = path)
        {
            return (int)HostCall.Invoke(Nr.openat2, directory, (nint)p, (nint)(&how), sizeof(OpenHow));
        }
    }

    public static int StatxAt(int directory, ReadOnlySpan<byte> path, int flags, uint mask, out StatxBuf stat)
    {
        stat = default;
        if (!IsTerminated(path))
        {
            return Invalid;
        }

        fixed (byte* p = path)
        fixed (StatxBuf* s = &stat)
        {
            return (int)HostCall.Invoke(Nr.statx, directory, (nint)p, flags, mask, (nint)s);
        }
    }

    /// <summary>Bytes of the link's target put into the buffer.</summary>
    public static long ReadLinkAt(int directory, ReadOnlySpan<byte> path, Span<byte> buffer)
    {
        if (!IsTerminated(path))
        {
            return Invalid;
        }

        fixed (byte* p = path)
        fixed (byte* b = buffer)
        {
            return HostCall.Invoke(Nr.readlinkat, directory, (nint)p, (nint)b, buffer.Length);
        }
    }

    /// <summary>Permission bits of what an O_PATH descriptor stands for, without following a symlink: fchmodat2(2), Linux 6.6.</summary>
    public static int ChangeMode(int fd, uint mode)
    {
        byte empty = 0;
        return (int)HostCall.Invoke(Nr.fchmodat2, fd, (nint)(&empty), mode, At.AT_EMPTY_PATH);
    }

    private static bool IsTerminated(ReadOnlySpan<byte> path) => !path.IsEmpty && path[^1] == 0;
}

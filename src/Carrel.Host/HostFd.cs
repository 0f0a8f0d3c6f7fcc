using System;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Calls on open host descriptors. Results are counts or descriptors; failures a negative errno.</summary>
public static unsafe class HostFd
{
    private const long CurrentPosition = -1;

    /// <summary>At the descriptor's own position. Reads and writes all go by the vectored calls, so that a process's allow-list needs one of each only.</summary>
    public static long Read(int fd, Span<byte> buffer) => ReadAt(fd, buffer, CurrentPosition);

    public static long Write(int fd, ReadOnlySpan<byte> buffer) => WriteAt(fd, buffer, CurrentPosition);

    /// <summary>Writes all of it, in as many calls as the host wants. 0, or the negative errno of the call that failed.</summary>
    public static long WriteAll(int fd, ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            long n = Write(fd, buffer);
            if (n <= 0)
            {
                return n < 0 ? n : -(int)Errno.EIO;
            }

            buffer = buffer[(int)n..];
        }

        return 0;
    }

    public static long ReadAt(int fd, Span<byte> buffer, long offset)
    {
        fixed (byte* p = buffer)
        {
            var part = new IoVec { Base = (ulong)p, Len = (ulong)buffer.Length };
            return HostCall.Invoke(Nr.preadv2, fd, (nint)(&part), 1, offset, 0, 0);
        }
    }

    public static long WriteAt(int fd, ReadOnlySpan<byte> buffer, long offset)
    {
        fixed (byte* p = buffer)
        {
            var part = new IoVec { Base = (ulong)p, Len = (ulong)buffer.Length };
            return HostCall.Invoke(Nr.pwritev2, fd, (nint)(&part), 1, offset, 0, 0);
        }
    }

    public static int Close(int fd) => (int)HostCall.Invoke(Nr.close, fd);

    public static int CloseRange(uint first, uint last, CloseRangeFlags flags = 0) => (int)HostCall.Invoke(Nr.close_range, first, last, (uint)flags);

    public static int Dup3(int from, int to, OpenFlags flags) => (int)HostCall.Invoke(Nr.dup3, from, to, (int)flags);

    public static long Fcntl(int fd, int command, long argument = 0) => HostCall.Invoke(Nr.fcntl, fd, command, argument);

    /// <summary>ioctl whose argument is a number or nothing.</summary>
    public static long Ioctl(int fd, uint request, long argument = 0) => HostCall.Invoke(Nr.ioctl, fd, request, argument);

    /// <summary>ioctl whose argument is a structure, read and written.</summary>
    public static long Ioctl<T>(int fd, uint request, ref T argument)
        where T : unmanaged
    {
        fixed (T* p = &argument)
        {
            return HostCall.Invoke(Nr.ioctl, fd, request, (nint)p);
        }
    }

    public static long Seek(int fd, long offset, int whence) => HostCall.Invoke(Nr.lseek, fd, offset, whence);

    public static int Truncate(int fd, long length) => (int)HostCall.Invoke(Nr.ftruncate, fd, length);

    public static int Allocate(int fd, FallocateMode mode, long offset, long length) => (int)HostCall.Invoke(Nr.fallocate, fd, (int)mode, offset, length);

    public static int Sync(int fd, bool dataOnly) => (int)HostCall.Invoke(dataOnly ? Nr.fdatasync : Nr.fsync, fd);

    public static int Stat(int fd, out Stat stat)
    {
        stat = default;
        fixed (Stat* p = &stat)
        {
            return (int)HostCall.Invoke(Nr.fstat, fd, (nint)p);
        }
    }

    public static int StatFs(int fd, out StatFs stat)
    {
        stat = default;
        fixed (StatFs* p = &stat)
        {
            return (int)HostCall.Invoke(Nr.fstatfs, fd, (nint)p);
        }
    }

    /// <summary>Whole linux_dirent64 records.</summary>
    public static long ReadDirectory(int fd, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            return HostCall.Invoke(Nr.getdents64, fd, (nint)p, buffer.Length);
        }
    }

    public static int CreateMemory(string name, MemfdFlags flags)
    {
        fixed (byte* p = CString.Of(name))
        {
            return (int)HostCall.Invoke(Nr.memfd_create, (nint)p, (uint)flags);
        }
    }

    public static int EventFd(uint value, EventfdFlags flags) => (int)HostCall.Invoke(Nr.eventfd2, value, (int)flags);

    /// <summary>signalfd(2), non-blocking: signals of this set (bit n-1 for signal n), which the caller has blocked.</summary>
    public static int SignalFd(ulong mask) => (int)HostCall.Invoke(Nr.signalfd4, -1, (nint)(&mask), sizeof(ulong), (int)(OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC));

    /// <summary>Both ends of a pipe: read, write.</summary>
    public static int Pipe(OpenFlags flags, out int reader, out int writer)
    {
        int* ends = stackalloc int[2];
        int result = (int)HostCall.Invoke(Nr.pipe2, (nint)ends, (int)flags);
        reader = ends[0];
        writer = ends[1];
        return result;
    }

    /// <summary>ppoll; a negative timeout waits for ever.</summary>
    /// <param name="timeout">Nanoseconds.</param>
    public static int Poll(Span<PollFd> descriptors, long timeout)
    {
        var time = new TimeSpec { Sec = timeout / 1_000_000_000, Nsec = timeout % 1_000_000_000 };
        fixed (PollFd* p = descriptors)
        {
            return (int)HostCall.Invoke(Nr.ppoll, (nint)p, descriptors.Length, timeout < 0 ? 0 : (nint)(&time));
        }
    }
}

using System;
using Carrel.Abi;
using Carrel.Kernel.Sockets;
using Carrel.Kernel.Sockets.Unix;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>Making, naming and connecting sockets, net/socket.c.</summary>
public static class SocketSyscalls
{
    private const int TypeMask = 0xf;
    private const int MaxAddress = 128;

    [Syscall(Nr.socket, Missing = "families other than AF_UNIX (EAFNOSUPPORT)")]
    public static SyscallResult Socket(Task task, int domain, int type, int protocol)
    {
        Result<Socket> socket = Create(task, domain, type, protocol);
        return socket.Failed ? socket.Error : task.Files.InstallOrRelease(task, socket.Value, (type & Sock.SOCK_CLOEXEC) != 0);
    }

    [Syscall(Nr.socketpair, Missing = "families other than AF_UNIX")]
    public static SyscallResult SocketPair(Task task, int domain, int type, int protocol, UserPtr<int> descriptors)
    {
        if ((type & ~TypeMask & ~(Sock.SOCK_CLOEXEC | Sock.SOCK_NONBLOCK)) != 0)
        {
            return Errno.EINVAL;
        }

        Result<int> first = task.Files.Reserve(task);
        if (first.Failed)
        {
            return first.Error;
        }

        Result<int> second = task.Files.Reserve(task);
        if (second.Failed)
        {
            task.Files.CancelReserved(first.Value);
            return second.Error;
        }

        Errno error = Errno.OK;
        Result<Socket> a = Errno.EFAULT;
        Result<Socket> b = Errno.EFAULT;
        if (!descriptors.TryWrite(task, first.Value) || !descriptors.Element(1).TryWrite(task, second.Value))
        {
            error = Errno.EFAULT;
        }
        else
        {
            a = Create(task, domain, type, protocol);
            b = a.Failed ? a.Error : Create(task, domain, type, protocol);
            error = a.Failed ? a.Error : b.Error;
        }

        if (error != Errno.OK)
        {
            task.Files.CancelReserved(first.Value);
            task.Files.CancelReserved(second.Value);
            return error;
        }

        UnixSocket.ConnectPair((UnixSocket)a.Value, (UnixSocket)b.Value);
        bool isCloseOnExec = (type & Sock.SOCK_CLOEXEC) != 0;
        task.Files.InstallReserved(first.Value, a.Value, isCloseOnExec);
        task.Files.InstallReserved(second.Value, b.Value, isCloseOnExec);
        return 0;
    }

    [Syscall(Nr.bind)]
    public static SyscallResult Bind(Task task, Fd fd, UserBuffer address)
    {
        Result<Socket> socket = Get(task, fd);
        if (socket.Failed)
        {
            return socket.Error;
        }

        Result<byte[]> bytes = ReadAddress(task, address.Address, (int)address.Length);
        return bytes.Failed ? bytes.Error : socket.Value.Bind(task, bytes.Value);
    }

    [Syscall(Nr.connect)]
    public static SyscallResult Connect(Task task, Fd fd, UserBuffer address)
    {
        Result<Socket> socket = Get(task, fd);
        if (socket.Failed)
        {
            return socket.Error;
        }

        Result<byte[]> bytes = ReadAddress(task, address.Address, (int)address.Length);
        return bytes.Failed ? bytes.Error : socket.Value.Connect(task, bytes.Value);
    }

    [Syscall(Nr.listen)]
    public static SyscallResult Listen(Task task, Fd fd, int backlog)
    {
        Result<Socket> socket = Get(task, fd);
        return socket.Failed ? socket.Error : socket.Value.Listen(task, backlog);
    }

    [Syscall(Nr.accept)]
    public static SyscallResult Accept(Task task, Fd fd, ulong address, UserPtr<int> length) => Accept4(task, fd, address, length, 0);

    [Syscall(Nr.accept4)]
    public static SyscallResult Accept4(Task task, Fd fd, ulong address, UserPtr<int> length, int flags)
    {
        if (task.Files.Get(fd).Failed)
        {
            return Errno.EBADF;
        }

        if ((flags & ~(Sock.SOCK_CLOEXEC | Sock.SOCK_NONBLOCK)) != 0)
        {
            return Errno.EINVAL;
        }

        Result<Socket> socket = Get(task, fd);
        if (socket.Failed)
        {
            return socket.Error;
        }

        Result<int> number = task.Files.Reserve(task);
        if (number.Failed)
        {
            return number.Error;
        }

        Errno error = socket.Value.TryAccept(task, (OpenFlags)flags & OpenFlags.O_NONBLOCK, out Socket? accepted);
        if (error != Errno.OK)
        {
            task.Files.CancelReserved(number.Value);
            return error == Errno.EAGAIN ? socket.Value.WaitForConnection(task) : error;
        }

        error = address == 0 ? Errno.OK : WriteAddress(task, address, length, accepted!.PeerAddress ?? []);
        if (error != Errno.OK)
        {
            task.Files.CancelReserved(number.Value);
            accepted!.Release();
            return error;
        }

        task.Files.InstallReserved(number.Value, accepted!, (flags & Sock.SOCK_CLOEXEC) != 0);
        return number.Value;
    }

    [Syscall(Nr.getsockname)]
    public static SyscallResult GetSockName(Task task, Fd fd, ulong address, UserPtr<int> length)
    {
        Result<Socket> socket = Get(task, fd);
        return socket.Failed ? socket.Error : WriteAddress(task, address, length, socket.Value.LocalAddress);
    }

    [Syscall(Nr.getpeername)]
    public static SyscallResult GetPeerName(Task task, Fd fd, ulong address, UserPtr<int> length)
    {
        Result<Socket> socket = Get(task, fd);
        if (socket.Failed)
        {
            return socket.Error;
        }

        return socket.Value.PeerAddress is { } peer ? WriteAddress(task, address, length, peer) : Errno.ENOTCONN;
    }

    [Syscall(Nr.shutdown)]
    public static SyscallResult Shutdown(Task task, Fd fd, int how)
    {
        Result<Socket> socket = Get(task, fd);
        return socket.Failed ? socket.Error : socket.Value.Shutdown(task, how);
    }

    [Syscall(Nr.getsockopt)]
    public static SyscallResult GetSockOpt(Task task, Fd fd, int level, int option, ulong value, UserPtr<int> length)
    {
        Result<Socket> socket = Get(task, fd);
        if (socket.Failed)
        {
            return socket.Error;
        }

        if (!length.TryRead(task, out int room))
        {
            return Errno.EFAULT;
        }

        if (room < 0)
        {
            return Errno.EINVAL;
        }

        switch (level, option)
        {
            case (Sock.SOL_SOCKET, Sock.SO_PEERGROUPS):
                return SocketPeer.GetGroups(task, socket.Value, value, length, room);
            case (Sock.SOL_SOCKET, Sock.SO_PEERPIDFD):
                return SocketPeer.OpenPidfd(task, socket.Value, value, length, room);
            case (Sock.SOL_SOCKET, Sock.SO_COOKIE) when room < sizeof(ulong):
                return Errno.EINVAL;
            default:
                break;
        }

        Result<byte[]> bytes = level == Sock.SOL_SOCKET ? socket.Value.Options.Get(socket.Value, option) : socket.Value.GetOption(task, level, option);
        if (bytes.Failed)
        {
            return bytes.Error;
        }

        int n = Math.Min(room, bytes.Value.Length);
        return task.Mm.Write(value, bytes.Value.AsSpan(0, n)) && length.TryWrite(task, n) ? 0 : Errno.EFAULT;
    }

    [Syscall(Nr.setsockopt)]
    public static SyscallResult SetSockOpt(Task task, Fd fd, int level, int option, ulong value, int length)
    {
        Result<Socket> socket = Get(task, fd);
        if (socket.Failed)
        {
            return socket.Error;
        }

        if (length < 0)
        {
            return Errno.EINVAL;
        }

        var bytes = new byte[Math.Min(length, 4096)];
        if (!task.Mm.Read(value, bytes))
        {
            return Errno.EFAULT;
        }

        return level == Sock.SOL_SOCKET ? socket.Value.Options.Set(task, option, bytes) : socket.Value.SetOption(task, level, option, bytes);
    }

    /// <summary>The socket behind a descriptor: EBADF, ENOTSOCK.</summary>
    internal static Result<Socket> Get(Task task, Fd fd)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        return file.Value is Socket socket ? socket : Errno.ENOTSOCK;
    }

    /// <summary>move_addr_to_kernel().</summary>
    internal static Result<byte[]> ReadAddress(Task task, ulong address, int length)
    {
        if (length is < 0 or > MaxAddress)
        {
            return Errno.EINVAL;
        }

        var bytes = new byte[length];
        return task.Mm.Read(address, bytes) ? bytes : Errno.EFAULT;
    }

    /// <summary>move_addr_to_user(): truncates to the room given and tells the full length.</summary>
    internal static Errno WriteAddress(Task task, ulong address, UserPtr<int> length, byte[] bytes)
    {
        if (!length.TryRead(task, out int room))
        {
            return Errno.EFAULT;
        }

        if (room < 0)
        {
            return Errno.EINVAL;
        }

        bool done = task.Mm.Write(address, bytes.AsSpan(0, Math.Min(room, bytes.Length))) && length.TryWrite(task, bytes.Length);
        return done ? Errno.OK : Errno.EFAULT;
    }

    private static Result<Socket> Create(Task task, int domain, int type, int protocol)
    {
        if ((type & ~TypeMask & ~(Sock.SOCK_CLOEXEC | Sock.SOCK_NONBLOCK)) != 0)
        {
            return Errno.EINVAL;
        }

        int kind = type & TypeMask;
        if (domain is < 0 or >= 46)
        {
            return Errno.EAFNOSUPPORT;
        }

        if (kind is < 0 or > 10)
        {
            return Errno.EINVAL;
        }

        if (domain != Sock.AF_UNIX)
        {
            return Errno.EAFNOSUPPORT;
        }

        if (protocol != 0 && protocol != Sock.AF_UNIX)
        {
            return Errno.EPROTONOSUPPORT;
        }

        // unix_create(): a raw socket is a datagram socket.
        if (kind == Sock.SOCK_RAW)
        {
            kind = Sock.SOCK_DGRAM;
        }

        if (kind is not (Sock.SOCK_STREAM or Sock.SOCK_DGRAM or Sock.SOCK_SEQPACKET))
        {
            return Errno.ESOCKTNOSUPPORT;
        }

        OpenFlags flags = (type & Sock.SOCK_NONBLOCK) != 0 ? OpenFlags.O_NONBLOCK : 0;
        return UnixSocket.Create(task.Kernel, task, kind, protocol, flags);
    }
}

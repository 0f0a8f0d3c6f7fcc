using System;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Host sockets. Addresses are raw sockaddr bytes. Failures are a negative errno.</summary>
public static unsafe class HostSocket
{
    /// <summary>The most descriptors that <see cref="Receive"/> takes from one message.</summary>
    public const int MaxDescriptors = 64;

    public static int Create(int family, int type, int protocol) => (int)HostCall.Invoke(Nr.socket, family, type, protocol);

    public static int CreatePair(int family, int type, out int first, out int second)
    {
        int* ends = stackalloc int[2];
        int result = (int)HostCall.Invoke(Nr.socketpair, family, type, 0, (nint)ends);
        first = ends[0];
        second = ends[1];
        return result;
    }

    public static int Bind(int fd, ReadOnlySpan<byte> address)
    {
        fixed (byte* p = address)
        {
            return (int)HostCall.Invoke(Nr.bind, fd, (nint)p, address.Length);
        }
    }

    public static int Connect(int fd, ReadOnlySpan<byte> address)
    {
        fixed (byte* p = address)
        {
            return (int)HostCall.Invoke(Nr.connect, fd, (nint)p, address.Length);
        }
    }

    public static int Listen(int fd, int backlog) => (int)HostCall.Invoke(Nr.listen, fd, backlog);

    public static int Accept(int fd, int flags) => (int)HostCall.Invoke(Nr.accept4, fd, 0, 0, flags);

    public static int Shutdown(int fd, int how) => (int)HostCall.Invoke(Nr.shutdown, fd, how);

    public static int SetOption(int fd, int level, int option, ReadOnlySpan<byte> value)
    {
        fixed (byte* p = value)
        {
            return (int)HostCall.Invoke(Nr.setsockopt, fd, level, option, (nint)p, value.Length);
        }
    }

    public static int GetOption(int fd, int level, int option, Span<byte> value)
    {
        int length = value.Length;
        fixed (byte* p = value)
        {
            return (int)HostCall.Invoke(Nr.getsockopt, fd, level, option, (nint)p, (nint)(&length));
        }
    }

    /// <summary>The sockaddr of a unix(7) path socket; a path too long gives an empty address.</summary>
    public static byte[] UnixAddress(string path)
    {
        byte[] name = CString.Of(path);
        if (name.Length > 108)
        {
            return [];
        }

        var address = new byte[2 + name.Length];
        address[0] = 1; // AF_UNIX
        name.CopyTo(address, 2);
        return address;
    }

    /// <summary>One message with descriptors (SCM_RIGHTS).</summary>
    public static long Send(int fd, ReadOnlySpan<byte> data, ReadOnlySpan<int> descriptors, int flags)
    {
        byte* control = stackalloc byte[16 + (MaxDescriptors * sizeof(int))];
        if (descriptors.Length > MaxDescriptors)
        {
            return -(int)Errno.EINVAL;
        }

        fixed (byte* p = data)
        {
            var part = new IoVec { Base = (ulong)p, Len = (ulong)data.Length };
            var message = new MsgHdr { Iov = (ulong)(&part), Iovlen = 1 };
            if (!descriptors.IsEmpty)
            {
                *(CmsgHdr*)control = new CmsgHdr { Len = (ulong)(16 + (descriptors.Length * sizeof(int))), Level = Sock.SOL_SOCKET, Type = Sock.SCM_RIGHTS };
                descriptors.CopyTo(new Span<int>(control + 16, descriptors.Length));
                message.Control = (ulong)control;
                message.Controllen = (ulong)(16 + ((descriptors.Length * sizeof(int)) + 7 & ~7));
            }

            return HostCall.Invoke(Nr.sendmsg, fd, (nint)(&message), flags);
        }
    }

    /// <summary>One message; descriptors in it arrive close-on-exec. More than fit into the span are closed.</summary>
    /// <param name="received">How many descriptors came.</param>
    public static long Receive(int fd, Span<byte> data, Span<int> descriptors, int flags, out int received) =>
        ReceiveWithCredentials(fd, data, descriptors, flags, out received, out _);

    /// <summary>The same on a socket with SO_PASSCRED.</summary>
    /// <param name="sender">Who sent it, by the host's word; user id -1 if the host does not say.</param>
    public static long ReceiveWithCredentials(int fd, Span<byte> data, Span<int> descriptors, int flags, out int received, out Ucred sender)
    {
        const int ControlSize = 16 + (MaxDescriptors * sizeof(int)) + 32;
        byte* control = stackalloc byte[ControlSize];
        received = 0;
        sender = new Ucred { Uid = uint.MaxValue, Gid = uint.MaxValue };
        fixed (byte* p = data)
        {
            var part = new IoVec { Base = (ulong)p, Len = (ulong)data.Length };
            var message = new MsgHdr { Iov = (ulong)(&part), Iovlen = 1, Control = (ulong)control, Controllen = ControlSize };
            long result = HostCall.Invoke(Nr.recvmsg, fd, (nint)(&message), flags | Sock.MSG_CMSG_CLOEXEC);
            if (result < 0)
            {
                return result;
            }

            for (ulong at = 0; at + 16 <= message.Controllen;)
            {
                var header = (CmsgHdr*)(control + at);
                if (header->Len < 16 || header->Len > message.Controllen - at)
                {
                    break;
                }

                if (header->Level == Sock.SOL_SOCKET && header->Type == Sock.SCM_RIGHTS)
                {
                    TakeDescriptors((int*)(header + 1), (int)((header->Len - 16) / sizeof(int)), descriptors, ref received);
                }
                else if (header->Level == Sock.SOL_SOCKET && header->Type == Sock.SCM_CREDENTIALS && header->Len >= 16 + (ulong)sizeof(Ucred))
                {
                    sender = *(Ucred*)(header + 1);
                }

                at += (header->Len + 7) & ~7UL;
            }

            return result;
        }
    }

    private static void TakeDescriptors(int* first, int count, Span<int> descriptors, ref int received)
    {
        for (int i = 0; i < count; i++)
        {
            if (received < descriptors.Length)
            {
                descriptors[received++] = first[i];
            }
            else
            {
                HostFd.Close(first[i]);
            }
        }
    }
}

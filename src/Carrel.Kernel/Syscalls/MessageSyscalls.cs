using System;
using Carrel.Abi;
using Carrel.Kernel.Sockets;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>send(2) and recv(2) with their variants.</summary>
public static class MessageSyscalls
{
    private const int MaxMessages = 1024;

    [Syscall(Nr.sendto)]
    public static SyscallResult SendTo(Task task, Fd fd, UserBuffer buffer, int flags, ulong address, int addressLength)
    {
        if (!buffer.IsInRange(task))
        {
            return Errno.EFAULT;
        }

        Result<Socket> socket = SocketSyscalls.Get(task, fd);
        if (socket.Failed)
        {
            return socket.Error;
        }

        byte[] destination = [];
        if (address != 0)
        {
            Result<byte[]> bytes = SocketSyscalls.ReadAddress(task, address, addressLength);
            if (bytes.Failed)
            {
                return bytes.Error;
            }

            destination = bytes.Value;
        }

        return socket.Value.Send(task, new SocketMessage { Data = IoIterator.FromUser(task, buffer), Address = destination, Flags = flags });
    }

    [Syscall(Nr.recvfrom)]
    public static SyscallResult RecvFrom(Task task, Fd fd, UserBuffer buffer, int flags, ulong address, UserPtr<int> addressLength)
    {
        if (!buffer.IsInRange(task))
        {
            return Errno.EFAULT;
        }

        Result<Socket> socket = SocketSyscalls.Get(task, fd);
        if (socket.Failed)
        {
            return socket.Error;
        }

        var message = new SocketMessage { Data = IoIterator.FromUser(task, buffer), Flags = flags };
        SyscallResult result = socket.Value.Receive(task, message);
        message.ReleaseFiles();
        if (result.IsBlocked || result.Failed || address == 0)
        {
            return result;
        }

        Errno error = SocketSyscalls.WriteAddress(task, address, addressLength, message.Address);
        return error != Errno.OK ? error : result;
    }

    [Syscall(Nr.sendmsg)]
    public static SyscallResult SendMsg(Task task, Fd fd, UserPtr<MsgHdr> header, int flags)
    {
        Result<Socket> socket = SocketSyscalls.Get(task, fd);
        return socket.Failed ? socket.Error : SendOne(task, socket.Value, header, flags);
    }

    [Syscall(Nr.recvmsg)]
    public static SyscallResult RecvMsg(Task task, Fd fd, UserPtr<MsgHdr> header, int flags)
    {
        Result<Socket> socket = SocketSyscalls.Get(task, fd);
        return socket.Failed ? socket.Error : ReceiveOne(task, socket.Value, header, flags);
    }

    [Syscall(Nr.sendmmsg)]
    public static SyscallResult SendMmsg(Task task, Fd fd, UserPtr<MMsgHdr> vector, uint count, int flags)
    {
        Result<Socket> socket = SocketSyscalls.Get(task, fd);
        if (socket.Failed)
        {
            return socket.Error;
        }

        return ForEach(task, vector, Math.Min(count, MaxMessages), default, header => SendOne(task, socket.Value, header, flags), flags);
    }

    [Syscall(Nr.recvmmsg)]
    public static SyscallResult RecvMmsg(Task task, Fd fd, UserPtr<MMsgHdr> vector, uint count, int flags, UserPtr<TimeSpec> timeout)
    {
        long deadline = long.MaxValue;
        if (!timeout.IsNull)
        {
            if (!timeout.TryRead(task, out TimeSpec value))
            {
                return Errno.EFAULT;
            }

            if (!TimeConversion.TryNanoseconds(value, out long nanoseconds))
            {
                return Errno.EINVAL;
            }

            deadline = TimeConversion.Deadline(task.Kernel.Clock.Monotonic, nanoseconds);
        }

        Result<Socket> socket = SocketSyscalls.Get(task, fd);
        if (socket.Failed)
        {
            return socket.Error;
        }

        return ForEach(task, vector, Math.Min(count, MaxMessages), deadline, header => ReceiveOne(task, socket.Value, header, flags & ~Sock.MSG_WAITFORONE), flags);
    }

    // Runs one message after the other. A call that must wait after some messages returns those; before the first it waits as a whole.
    private static SyscallResult ForEach(Task task, UserPtr<MMsgHdr> vector, uint count, long deadline, Func<UserPtr<MsgHdr>, SyscallResult> one, int flags)
    {
        var counts = task.Restart.State as MultiState ?? new MultiState();
        task.Restart.State = counts;
        while (counts.Done < count)
        {
            UserPtr<MMsgHdr> element = vector.Element(counts.Done);
            SyscallResult result = one(new UserPtr<MsgHdr>(element.Address));
            if (result.IsBlocked)
            {
                if (counts.Done > 0 && (flags & Sock.MSG_WAITFORONE) != 0)
                {
                    task.Sleep.Clear();
                    break;
                }

                return result;
            }

            if (result.Failed)
            {
                return counts.Done > 0 ? counts.Done : result;
            }

            if (!new UserPtr<uint>(element.Address + 56).TryWrite(task, (uint)result.Value))
            {
                return counts.Done > 0 ? counts.Done : Errno.EFAULT;
            }

            counts.Done++;
            task.Restart.Progress = 0;
            if (deadline != 0 && task.Kernel.Clock.Monotonic >= deadline)
            {
                break;
            }
        }

        return counts.Done;
    }

    private sealed class MultiState
    {
        public int Done;
    }

    private static SyscallResult SendOne(Task task, Socket socket, UserPtr<MsgHdr> pointer, int flags)
    {
        if (!pointer.TryRead(task, out MsgHdr header))
        {
            return Errno.EFAULT;
        }

        byte[] address = [];
        if (header.Name != 0 && header.Namelen != 0)
        {
            Result<byte[]> bytes = SocketSyscalls.ReadAddress(task, header.Name, Math.Min(header.Namelen, 128));
            if (bytes.Failed)
            {
                return bytes.Error;
            }

            address = bytes.Value;
        }

        if (header.Iovlen > 1024)
        {
            return Errno.EMSGSIZE;
        }

        Result<IoIterator> data = IoIterator.FromUser(task, new UserIoVec(header.Iov, header.Iovlen));
        if (data.Failed)
        {
            return data.Error;
        }

        var message = new SocketMessage { Data = data.Value, Address = address, Flags = flags };
        // On a rerun after a partial stream send the descriptors have already gone with the first chunk.
        Errno error = task.Restart.Progress > 0 ? Errno.OK : ControlMessages.Read(task, header.Control, header.Controllen, message);
        if (error != Errno.OK)
        {
            return error;
        }

        SyscallResult result = socket.Send(task, message);
        message.ReleaseFiles();
        return result;
    }

    private static SyscallResult ReceiveOne(Task task, Socket socket, UserPtr<MsgHdr> pointer, int flags)
    {
        if (!pointer.TryRead(task, out MsgHdr header))
        {
            return Errno.EFAULT;
        }

        if (header.Namelen < 0)
        {
            return Errno.EINVAL;
        }

        if (header.Iovlen > 1024)
        {
            return Errno.EMSGSIZE;
        }

        Result<IoIterator> data = IoIterator.FromUser(task, new UserIoVec(header.Iov, header.Iovlen));
        if (data.Failed)
        {
            return data.Error;
        }

        var message = new SocketMessage { Data = data.Value, Flags = flags };
        SyscallResult result = socket.Receive(task, message);
        if (result.IsBlocked || result.Failed)
        {
            message.ReleaseFiles();
            return result;
        }

        if (header.Name != 0)
        {
            var name = message.Address;
            if (!task.Mm.Write(header.Name, name.AsSpan(0, Math.Min(name.Length, header.Namelen)))
                || !new UserPtr<int>(pointer.Address + 8).TryWrite(task, name.Length))
            {
                message.ReleaseFiles();
                return Errno.EFAULT;
            }
        }

        ulong used = ControlMessages.Write(task, header.Control, header.Controllen, message);
        bool done = new UserPtr<uint>(pointer.Address + 48).TryWrite(task, (uint)(message.ResultFlags | (flags & Sock.MSG_CMSG_CLOEXEC)))
            && new UserPtr<ulong>(pointer.Address + 40).TryWrite(task, used);
        return done ? result : Errno.EFAULT;
    }
}

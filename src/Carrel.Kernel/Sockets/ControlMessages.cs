using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Sockets;

/// <summary>Ancillary data between guest memory and a message, cmsg(3), net/core/scm.c.</summary>
internal static class ControlMessages
{
    // Linux: sysctl optmem_max.
    private const int MaxLength = 131072;
    private const int HeaderSize = 16;

    /// <summary>Parses a private copy of the sender's control buffer into the message. EINVAL, EBADF, EPERM, ENOBUFS, EFAULT.</summary>
    public static Errno Read(Task task, ulong address, ulong length, SocketMessage message)
    {
        if (length == 0)
        {
            return Errno.OK;
        }

        if (length > MaxLength)
        {
            return Errno.ENOBUFS;
        }

        var buffer = new byte[length];
        if (!task.Mm.Read(address, buffer))
        {
            return Errno.EFAULT;
        }

        int offset = 0;
        while (buffer.Length - offset >= HeaderSize)
        {
            var header = MemoryMarshal.Read<CmsgHdr>(buffer.AsSpan(offset));
            if (header.Len < HeaderSize || header.Len > (ulong)(buffer.Length - offset))
            {
                return Errno.EINVAL;
            }

            ReadOnlySpan<byte> payload = buffer.AsSpan(offset + HeaderSize, (int)header.Len - HeaderSize);
            if (header.Level == Sock.SOL_SOCKET)
            {
                Errno error = ReadOne(task, header.Type, payload, message);
                if (error != Errno.OK)
                {
                    message.ReleaseFiles();
                    return error;
                }
            }

            offset += Align((int)header.Len);
        }

        return Errno.OK;
    }

    private static Errno ReadOne(Task task, int type, ReadOnlySpan<byte> payload, SocketMessage message)
    {
        switch (type)
        {
            case Sock.SCM_RIGHTS:
                ReadOnlySpan<int> descriptors = MemoryMarshal.Cast<byte, int>(payload);
                if (message.Files.Count + descriptors.Length > Sock.SCM_MAX_FD)
                {
                    return Errno.EINVAL;
                }

                foreach (int descriptor in descriptors)
                {
                    Result<FileDescription> file = task.Files.GetAny(new Fd(descriptor));
                    if (file.Failed)
                    {
                        return file.Error;
                    }

                    file.Value.AddReference();
                    message.Files.Add(file.Value);
                }

                return Errno.OK;
            case Sock.SCM_CREDENTIALS:
                if (payload.Length != 12)
                {
                    return Errno.EINVAL;
                }

                var credentials = MemoryMarshal.Read<Ucred>(payload);
                (credentials.Uid, credentials.Gid) = (task.Credentials.User.Uids.ToKernel(credentials.Uid), task.Credentials.User.Gids.ToKernel(credentials.Gid));
                if (credentials.Uid == IdMap.None || credentials.Gid == IdMap.None)
                {
                    return Errno.EINVAL;
                }

                if (!MayClaim(task, credentials))
                {
                    return Errno.EPERM;
                }

                if (task.Pids.FindGroup(credentials.Pid) is not { } claimed)
                {
                    return Errno.ESRCH;
                }

                message.Credentials = credentials with { Pid = claimed.Pid };
                message.Process = claimed;
                return Errno.OK;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>Credentials as the caller's pid namespace shows them; they are kept with the pid of the first one.</summary>
    internal static Ucred AsSeen(Task? task, Ucred credentials) => task is null ? credentials : new Ucred
    {
        Pid = task.Pids.Seen(credentials.Pid),
        Uid = task.Credentials.User.Uids.Show(credentials.Uid),
        Gid = task.Credentials.User.Gids.Show(credentials.Gid),
    };

    // scm_check_creds()
    private static bool MayClaim(Task task, Ucred claim)
    {
        Credentials own = task.Credentials;
        bool uidOk = claim.Uid == own.Uid || claim.Uid == own.Euid || claim.Uid == own.Suid || own.HasOwnCapability(Capability.CAP_SETUID);
        bool gidOk = claim.Gid == own.Gid || claim.Gid == own.Egid || claim.Gid == own.Sgid || own.HasOwnCapability(Capability.CAP_SETGID);
        return (claim.Pid == task.Group.PidFor(task) || own.HasCapabilityIn(task.Pids.Owner, Capability.CAP_SYS_ADMIN)) && uidOk && gidOk;
    }

    /// <summary>Writes the received ancillary data to the guest; descriptors are installed as they fit. Returns the bytes used.</summary>
    public static ulong Write(Task task, ulong address, ulong length, SocketMessage message)
    {
        ulong used = 0;
        if (message.Credentials is { } credentials)
        {
            Put(task, address, length, ref used, Sock.SCM_CREDENTIALS, Marshalled.ToBytes(AsSeen(task, credentials)), message);
        }

        if (message.Files.Count > 0)
        {
            PutRights(task, address, length, ref used, message);
        }

        if (message.Process is { } sender)
        {
            PutPidfd(task, address, length, ref used, sender, message);
        }

        return used;
    }

    /// <summary>scm_pidfd_recv(): whole or not at all.</summary>
    private static void PutPidfd(Task task, ulong address, ulong length, ref ulong used, ThreadGroup sender, SocketMessage message)
    {
        if (address == 0 || length - used < HeaderSize + sizeof(int))
        {
            message.ResultFlags |= Sock.MSG_CTRUNC;
            return;
        }

        // What makes no descriptor is told in its place.
        Result<int> number = sender.IsReaped ? Errno.EINVAL : task.Files.Reserve(task);
        ulong before = used;
        Put(task, address, length, ref used, Sock.SCM_PIDFD, BitConverter.GetBytes(number.Failed ? -(int)number.Error : number.Value), message);
        if (number.Failed)
        {
            return;
        }

        if (used == before)
        {
            task.Files.CancelReserved(number.Value);
            return;
        }

        task.Files.InstallReserved(number.Value, PidFile.Open(task.Kernel, sender.Leader, isThread: false), isCloseOnExec: true);
    }

    private static void Put(Task task, ulong address, ulong length, ref ulong used, int type, byte[] payload, SocketMessage message)
    {
        ulong room = length - used;
        if (address == 0 || room < HeaderSize)
        {
            message.ResultFlags |= Sock.MSG_CTRUNC;
            return;
        }

        int total = HeaderSize + payload.Length;
        if ((ulong)total > room)
        {
            message.ResultFlags |= Sock.MSG_CTRUNC;
            total = (int)room;
        }

        var bytes = new byte[total];
        MemoryMarshal.Write(bytes, new CmsgHdr { Len = (ulong)total, Level = Sock.SOL_SOCKET, Type = type });
        payload.AsSpan(0, total - HeaderSize).CopyTo(bytes.AsSpan(HeaderSize));
        if (task.Mm.Write(address + used, bytes))
        {
            used += Math.Min((ulong)Align(total), room);
        }
    }

    // scm_detach_fds(): as many descriptors as there is room for and as the limit allows; the rest is dropped with MSG_CTRUNC.
    private static void PutRights(Task task, ulong address, ulong length, ref ulong used, SocketMessage message)
    {
        ulong room = length - used;
        int fit = address == 0 || room < HeaderSize + sizeof(int) ? 0 : (int)Math.Min((room - HeaderSize) / sizeof(int), (ulong)message.Files.Count);
        bool isCloseOnExec = (message.Flags & Sock.MSG_CMSG_CLOEXEC) != 0;
        var numbers = new List<int>();
        for (int i = 0; i < fit; i++)
        {
            Result<int> number = task.Files.Reserve(task);
            if (number.Failed)
            {
                break;
            }

            numbers.Add(number.Value);
        }

        if (numbers.Count < message.Files.Count)
        {
            message.ResultFlags |= Sock.MSG_CTRUNC;
        }

        if (numbers.Count > 0)
        {
            int total = HeaderSize + (numbers.Count * sizeof(int));
            var bytes = new byte[total];
            MemoryMarshal.Write(bytes, new CmsgHdr { Len = (ulong)total, Level = Sock.SOL_SOCKET, Type = Sock.SCM_RIGHTS });
            MemoryMarshal.AsBytes<int>(numbers.ToArray()).CopyTo(bytes.AsSpan(HeaderSize));
            bool copied = task.Mm.Write(address + used, bytes);
            for (int i = 0; i < numbers.Count; i++)
            {
                if (copied)
                {
                    message.Files[i].AddReference();
                    task.Files.InstallReserved(numbers[i], message.Files[i], isCloseOnExec);
                }
                else
                {
                    task.Files.CancelReserved(numbers[i]);
                }
            }

            if (copied)
            {
                used += Math.Min((ulong)Align(total), room);
            }
        }

        message.ReleaseFiles();
    }

    private static int Align(int length) => (length + 7) & ~7;
}

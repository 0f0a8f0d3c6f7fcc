using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Kernel.Sockets;

/// <summary>Who was at the other end when the connection was made (sk_peer_cred, sk_peer_pid).</summary>
public sealed record SocketPeer(Ucred Credentials, IReadOnlyList<uint> Groups, ThreadGroup Process)
{
    internal static SocketPeer Of(Task task) =>
        new(new Ucred { Pid = task.Pid, Uid = task.Credentials.Euid, Gid = task.Credentials.Egid }, task.Credentials.Groups, task.Group);

    /// <summary>getsockopt(SO_PEERGROUPS): ENODATA without a peer, ERANGE with the size needed if there is too little room.</summary>
    internal static SyscallResult GetGroups(Task task, Socket socket, ulong value, UserPtr<int> length, int room)
    {
        if (socket.PeerIdentity is not { } peer)
        {
            return Errno.ENODATA;
        }

        var groups = new uint[peer.Groups.Count];
        for (int i = 0; i < groups.Length; i++)
        {
            groups[i] = task.Credentials.User.Gids.Show(peer.Groups[i]);
        }

        int size = groups.Length * sizeof(uint);
        if (room < size)
        {
            return length.TryWrite(task, size) ? Errno.ERANGE : Errno.EFAULT;
        }

        return task.Mm.Write(value, MemoryMarshal.AsBytes<uint>(groups)) && length.TryWrite(task, size) ? 0 : Errno.EFAULT;
    }

    /// <summary>getsockopt(SO_PEERPIDFD): a pidfd for the peer; ENODATA without one, EINVAL once it is gone.</summary>
    internal static SyscallResult OpenPidfd(Task task, Socket socket, ulong value, UserPtr<int> length, int room)
    {
        if (socket.PeerIdentity is not { } peer)
        {
            return Errno.ENODATA;
        }

        if (peer.Process.IsReaped)
        {
            return Errno.EINVAL;
        }

        Result<int> number = task.Files.Reserve(task);
        if (number.Failed)
        {
            return number.Error;
        }

        room = Math.Min(room, sizeof(int));
        if (!task.Mm.Write(value, BitConverter.GetBytes(number.Value).AsSpan(0, room)) || !length.TryWrite(task, room))
        {
            task.Files.CancelReserved(number.Value);
            return Errno.EFAULT;
        }

        task.Files.InstallReserved(number.Value, PidFile.Open(task.Kernel, peer.Process.Leader, isThread: false), isCloseOnExec: true);
        return 0;
    }
}

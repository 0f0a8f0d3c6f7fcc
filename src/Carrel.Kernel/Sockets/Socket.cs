using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Sockets;

/// <summary>A message on its way out of or into a socket: data, address and ancillary data.</summary>
public sealed class SocketMessage
{
    /// <summary>Guest memory to send from or receive into.</summary>
    public required IoIterator Data { get; init; }

    /// <summary>Destination (send) or source (receive) as a sockaddr; empty if none.</summary>
    public byte[] Address { get; set; } = [];

    /// <summary>SCM_RIGHTS: each holds a reference of its own.</summary>
    public List<FileDescription> Files { get; } = [];

    /// <summary>SCM_CREDENTIALS given by the sender, or to hand to the receiver.</summary>
    public Ucred? Credentials { get; set; }

    /// <summary>Whom the credentials are of; on receipt, whom a pidfd is to be made for (SCM_PIDFD).</summary>
    public ThreadGroup? Process { get; set; }

    /// <summary>MSG_* of the call.</summary>
    public int Flags { get; init; }

    /// <summary>MSG_* for msg_flags of the receiver.</summary>
    public int ResultFlags { get; set; }

    /// <summary>Drops what nobody took.</summary>
    public void ReleaseFiles()
    {
        foreach (FileDescription file in Files)
        {
            file.Release();
        }

        Files.Clear();
    }
}

/// <summary>An endpoint for communication, socket(2). The protocol families derive from it.</summary>
public abstract class Socket : FileDescription
{
    protected Socket(LinuxKernel kernel, Task task, int domain, int type, int protocol, OpenFlags flags)
        : base(kernel, OpenFlags.O_RDWR | flags)
    {
        Domain = domain;
        SocketType = type;
        Protocol = protocol;
        Inode = new PseudoInode(kernel.SocketFileSystem, Mode.S_IFSOCK | 0x1ff, task.Credentials);
    }

    public override Inode Inode { get; }

    public override string? LinkText => $"socket:[{Inode.Number}]";

    public int Domain { get; }

    /// <summary>SOCK_STREAM and so on, without flags.</summary>
    public int SocketType { get; }

    public int Protocol { get; }

    public SocketOptions Options { get; } = new();

    /// <summary>Woken when the socket may have become readable or writable.</summary>
    public WaitQueue Queue { get; } = new();

    /// <summary>SO_ERROR: taken by the next call that looks.</summary>
    public Errno PendingError { get; set; }

    public abstract SyscallResult Bind(Task task, byte[] address);

    public abstract SyscallResult Connect(Task task, byte[] address);

    public virtual SyscallResult Listen(Task task, int backlog) => Errno.EOPNOTSUPP;

    /// <summary>Takes a connection: the new socket through <paramref name="accepted"/>, or EAGAIN if there is none; <see cref="WaitForConnection"/> then waits.</summary>
    public virtual Errno TryAccept(Task task, OpenFlags flags, out Socket? accepted)
    {
        accepted = null;
        return Errno.EOPNOTSUPP;
    }

    public virtual byte[] LocalAddress => BitConverter.GetBytes((ushort)Domain);

    /// <summary>The peer's address, or null if there is no peer (ENOTCONN).</summary>
    public virtual byte[]? PeerAddress => null;

    public abstract SyscallResult Shutdown(Task task, int how);

    /// <summary>Sends; takes over <see cref="SocketMessage.Files"/> as far as it sends them.</summary>
    public abstract SyscallResult Send(Task task, SocketMessage message);

    /// <summary>Receives; fills address, files, credentials and result flags.</summary>
    public abstract SyscallResult Receive(Task task, SocketMessage message);

    /// <summary>getsockopt(2) for levels other than SOL_SOCKET.</summary>
    public virtual Result<byte[]> GetOption(Task task, int level, int option) => Errno.EOPNOTSUPP;

    /// <summary>setsockopt(2) for levels other than SOL_SOCKET.</summary>
    public virtual Errno SetOption(Task task, int level, int option, byte[] value) => Errno.EOPNOTSUPP;

    /// <summary>SO_PEERCRED.</summary>
    public Ucred PeerCredentials => PeerIdentity?.Credentials ?? new() { Pid = 0, Uid = uint.MaxValue, Gid = uint.MaxValue };

    /// <summary>Who was at the other end when the connection was made; null if there never was one.</summary>
    public SocketPeer? PeerIdentity { get; internal set; }

    /// <summary>SO_ACCEPTCONN.</summary>
    public virtual bool IsListening => false;

    protected sealed override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        // sock_read_iter(): matches SysV behaviour.
        if (destination.Remaining == 0)
        {
            return 0;
        }

        var message = new SocketMessage { Data = destination };
        SyscallResult result = Receive(task, message);
        message.ReleaseFiles();
        return result;
    }

    protected sealed override SyscallResult WriteCore(Task task, IoIterator source, long offset) =>
        Send(task, new SocketMessage { Data = source });

    /// <summary>EAGAIN or a wait, as flags, O_NONBLOCK and the timeout option say.</summary>
    protected SyscallResult WaitOn(Task task, WaitQueue queue, int messageFlags, long timeout)
    {
        if (IsNonBlocking || (messageFlags & Sock.MSG_DONTWAIT) != 0)
        {
            return task.Restart.Progress > 0 ? task.Restart.Progress : Errno.EAGAIN;
        }

        if (timeout == 0)
        {
            return task.Block(queue);
        }

        if (task.Restart.Deadline == 0)
        {
            task.Restart.Deadline = TimeConversion.Deadline(Kernel.Clock.Monotonic, timeout);
        }

        // With a timeout set, a handler ends the call even under SA_RESTART: sock_intr_errno().
        return task.Block(queue, task.Restart.Deadline, Errno.EAGAIN, Errno.EINTR);
    }

    /// <summary>Waits until <see cref="TryAccept"/> is worth another try.</summary>
    public SyscallResult WaitForConnection(Task task) => WaitOn(task, Queue, 0, Options.ReceiveTimeout);

    protected Errno TakeError()
    {
        Errno error = PendingError;
        PendingError = Errno.OK;
        return error;
    }

    /// <summary>sock_ioctl(): the owner of SIGIO and SIGURG; of network devices there are none.</summary>
    public override SyscallResult Ioctl(Task task, uint command, ulong argument)
    {
        var number = new UserPtr<int>(argument);
        switch (command)
        {
            case Sock.FIOSETOWN or Sock.SIOCSPGRP:
                return number.TryRead(task, out int owner) ? Owner.SetNumber(task, owner) : Errno.EFAULT;
            case Sock.FIOGETOWN or Sock.SIOCGPGRP:
                return number.TryWrite(task, Owner.NumberFor(task)) ? 0 : Errno.EFAULT;
            case Sock.SIOCGIFCONF:
                // struct ifconf begins with the length, which is that of nothing.
                return number.TryRead(task, out _) && number.TryWrite(task, 0) ? 0 : Errno.EFAULT;
            default:
                return Errno.ENOTTY;
        }
    }
}

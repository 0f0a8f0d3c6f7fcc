using System;
using System.Collections.Generic;
using System.Globalization;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>The carrel that a request is for does not run, does not answer, or refuses.</summary>
/// <param name="status">Exit status that goes with it.</param>
/// <param name="isGone">Nobody listens.</param>
public sealed class ControlException(string message, int status = 1, bool isGone = false) : Exception(message)
{
    public int Status { get; } = status;

    public bool IsGone { get; } = isGone;
}

/// <summary>Asks detached carrels by the control socket in their state directory.</summary>
public static class ControlClient
{
    private const string Name = "control";
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Makes the socket in this directory, which nobody else may enter.</summary>
    /// <returns>Its descriptor, for the kernel process.</returns>
    public static int Listen(string directory)
    {
        int socket = Check(HostSocket.Create(Sock.AF_UNIX, Sock.SOCK_DGRAM | Sock.SOCK_CLOEXEC | Sock.SOCK_NONBLOCK, 0), "socket");
        try
        {
            WithAddress(directory, (fd, address) =>
            {
                HostPath.UnlinkAt(fd, Name, 0);
                Check(HostSocket.Bind(socket, address), "bind of the control socket");
                Check(HostPath.ChangeModeAt(fd, Name, 0x180), "chmod of the control socket");
                Check(HostSocket.SetOption(socket, Sock.SOL_SOCKET, Sock.SO_PASSCRED, [1, 0, 0, 0]), "SO_PASSCRED");
                return 0;
            });
            return socket;
        }
        catch
        {
            HostFd.Close(socket);
            throw;
        }
    }

    /// <summary>Takes the socket's name away.</summary>
    public static void Remove(string directory)
    {
        int fd = HostPath.OpenAt(At.AT_FDCWD, directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        if (fd >= 0)
        {
            HostPath.UnlinkAt(fd, Name, 0);
            HostFd.Close(fd);
        }
    }

    /// <summary>Sends a request and waits for its reply.</summary>
    /// <param name="directory">State directory of the carrel.</param>
    /// <param name="request">What to do.</param>
    /// <param name="seconds">How long a carrel may take that does not answer; 0: do not wait for the reply.</param>
    public static byte[] Ask(string directory, in ControlRequest request, int seconds = 30)
    {
        int channel = Send(directory, request, []);
        try
        {
            return seconds == 0 ? [] : Receive(channel, seconds);
        }
        finally
        {
            HostFd.Close(channel);
        }
    }

    /// <summary>The number in the reply to a request.</summary>
    public static int AskNumber(string directory, in ControlRequest request, int seconds = 30) =>
        ControlMessage.TryReadNumber(Ask(directory, request, seconds), out int number) ? number : 0;

    /// <summary>
    /// Starts another program. The pid is that of a host process which stands for it: its wait status is the program's, and signals that it gets go to the program.
    /// </summary>
    /// <param name="stdio">Descriptors for 0, 1 and 2 and further ones, all valid.</param>
    /// <param name="cgroupFiles">Files, open for writing, and directory of the groups that the host process enters.</param>
    public static int Execute(string directory, ProcessSpec program, ReadOnlySpan<int> stdio, IReadOnlyList<int> cgroupFiles)
    {
        int spec = Check(HostFd.CreateMemory("carrel-exec", MemfdFlags.MFD_CLOEXEC), "memfd_create");
        int channel = -1;
        try
        {
            foreach (int preserved in stdio[3..])
            {
                program.PreservedFlags.Add(Flags(preserved));
            }

            ReadOnlySpan<byte> encoded = ProcessCodec.Encode(program);
            if (encoded.Length > ProcessCodec.MaxSize)
            {
                throw new ControlException("the arguments and the environment are too long");
            }

            Check((int)HostFd.WriteAll(spec, encoded), "write");
            var request = new ControlRequest
            {
                Operation = ControlOperation.Execute, InputFlags = Flags(stdio[0]), OutputFlags = Flags(stdio[1]), ErrorFlags = Flags(stdio[2]),
            };
            channel = Send(directory, request, [spec, .. stdio]);
            Receive(channel, 30);
            return ExecWaiter.Start(channel, program.HasTerminal ? stdio[0] : -1, cgroupFiles);
        }
        finally
        {
            HostFd.Close(spec);
            HostFd.Close(channel);
        }
    }

    private static int Flags(int fd) => (int)HostFd.Fcntl(fd, Fcntl.F_GETFL);

    /// <returns>The socket for the reply.</returns>
    private static int Send(string directory, in ControlRequest request, ReadOnlySpan<int> descriptors)
    {
        Check(HostSocket.CreatePair(Sock.AF_UNIX, Sock.SOCK_SEQPACKET | Sock.SOCK_CLOEXEC, out int channel, out int other), "socketpair");
        int socket = Check(HostSocket.Create(Sock.AF_UNIX, Sock.SOCK_DGRAM | Sock.SOCK_CLOEXEC, 0), "socket");
        try
        {
            var message = new byte[Wire.Size<ControlRequest>()];
            Wire.Write(message, request);
            int[] all = [other, .. descriptors];
            long result = WithAddress(directory, (_, address) => HostSocket.Connect(socket, address));
            result = result < 0 ? result : HostSocket.Send(socket, message, all, Sock.MSG_NOSIGNAL | Sock.MSG_DONTWAIT);
            if (result < 0)
            {
                HostFd.Close(channel);
                throw (Errno)(-result) switch
                {
                    Errno.ECONNREFUSED or Errno.ENOENT or Errno.ECONNRESET or Errno.EPIPE => new ControlException("the container is not running", isGone: true),
                    Errno.EAGAIN => new ControlException("the container does not answer: is it paused?"),
                    var error => new ControlException($"the container cannot be reached: {error}"),
                };
            }

            return channel;
        }
        finally
        {
            HostFd.Close(socket);
            HostFd.Close(other);
        }
    }

    private static byte[] Receive(int channel, int seconds)
    {
        var message = new byte[ControlMessage.MaxSize];
        long n;
        do
        {
            var entry = new PollFd { Fd = channel, Events = (short)PollEvents.POLLIN };
            int ready = HostFd.Poll(new Span<PollFd>(ref entry), seconds * NanosecondsPerSecond);
            n = ready > 0 ? HostSocket.Receive(channel, message, [], Sock.MSG_DONTWAIT, out _) : ready;
            if (ready == 0)
            {
                throw new ControlException("the container does not answer: is it paused?");
            }
        }
        while (n == -(int)Errno.EINTR);

        if (n <= 0)
        {
            throw new ControlException("the container is not running", isGone: true);
        }

        byte[] received = message.AsSpan(0, (int)n).ToArray();
        if ((ControlKind)received[0] == ControlKind.Failed && ControlMessage.TryReadNumber(received, out int status))
        {
            throw new ControlException(ControlMessage.ReadReason(received) ?? "it failed", status);
        }

        return received;
    }

    /// <summary>The path may be longer than a socket's address: it goes by a descriptor of the directory.</summary>
    private static int WithAddress(string directory, Func<int, byte[], int> use)
    {
        int fd = HostPath.OpenAt(At.AT_FDCWD, directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        if (fd < 0)
        {
            return fd;
        }

        try
        {
            return use(fd, HostSocket.UnixAddress(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}/{Name}")));
        }
        finally
        {
            HostFd.Close(fd);
        }
    }

    private static int Check(int result, string what) => result >= 0 ? result : throw new ControlException($"{what}: {(Errno)(-result)}");
}

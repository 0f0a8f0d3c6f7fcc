using System;
using System.IO;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>The unix socket of --console-socket: gets the master side of the program's terminal, one message with one descriptor.</summary>
public sealed class ConsoleSocket : IDisposable
{
    private const string Directory = "/proc/self/fd/";

    private int _fd;

    private ConsoleSocket(int fd) => _fd = fd;

    /// <summary>Connects; this early, so that a wrong path is an error before anything was made.</summary>
    public static ConsoleSocket Connect(string path)
    {
        int fd = HostError.Check(HostSocket.Create(Sock.AF_UNIX, Sock.SOCK_STREAM | Sock.SOCK_CLOEXEC, 0), "socket");
        byte[] address = HostSocket.UnixAddress(OciText.ToBytes(path));
        int folder = -1;
        if (address.Length == 0)
        {
            // Longer than a socket's address may be: by way of its directory.
            folder = HostPath.OpenAt(At.AT_FDCWD, OciText.ToBytes(Path.GetDirectoryName(path) ?? "/"), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
            address = HostSocket.UnixAddress(OciText.ToBytes($"{Directory}{folder}/{Path.GetFileName(path)}"));
        }

        int result = HostSocket.Connect(fd, address);
        if (folder >= 0)
        {
            HostFd.Close(folder);
        }

        if (result < 0)
        {
            HostFd.Close(fd);
            throw HostError.Make(result, $"--console-socket: connect to {path}");
        }

        return new ConsoleSocket(fd);
    }

    /// <summary>Sends the descriptor and closes both.</summary>
    public void Send(int master)
    {
        long sent = HostSocket.Send(_fd, "/dev/ptmx"u8, [master], Sock.MSG_NOSIGNAL);
        HostFd.Close(master);
        Dispose();
        HostError.Check(sent, "--console-socket: sendmsg");
    }

    public void Dispose()
    {
        if (_fd >= 0)
        {
            HostFd.Close(_fd);
            _fd = -1;
        }
    }
}

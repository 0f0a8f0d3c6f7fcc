using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Sandbox;

namespace Carrel.Runtime;

/// <summary>
/// --preserve-fds for a guest: the caller's descriptors from 3 on become files of the guest, with the same numbers. Files, pipes, terminals and connected sockets
/// are streams of bytes there.
/// </summary>
internal static class PreservedDescriptors
{
    private const string Wall = "not supported by --isolation=kernel";

    /// <returns>Descriptors that the kernel process can use without blocking.</returns>
    internal static int[] Take(int count, DescriptorBag descriptors)
    {
        if (count > ProcessCodec.MaxPreserved)
        {
            throw new RuntimeException($"--preserve-fds: more than {ProcessCodec.MaxPreserved} descriptors: {Wall}");
        }

        int[] given = [.. Enumerable.Range(3, count)];
        foreach (int fd in given)
        {
            Check(fd);
        }

        int[] prepared = StdioPreparer.Prepare(given);
        foreach (int fd in prepared.Where(fd => !given.Contains(fd)))
        {
            descriptors.Keep(fd);
        }

        return prepared;
    }

    private static bool IsListening(int fd)
    {
        var value = new byte[sizeof(int)];
        return HostSocket.GetOption(fd, Sock.SOL_SOCKET, Sock.SO_ACCEPTCONN, value) >= 0 && value[0] != 0;
    }

    private static void Check(int fd)
    {
        if (HostFd.Stat(fd, out Stat stat) < 0)
        {
            throw new RuntimeException($"--preserve-fds: descriptor {fd} is not open");
        }

        if ((stat.Mode & Mode.S_IFMT) == Mode.S_IFDIR)
        {
            throw new RuntimeException($"--preserve-fds: descriptor {fd} is a directory of the host: {Wall}");
        }

        if ((stat.Mode & Mode.S_IFMT) == Mode.S_IFSOCK && IsListening(fd))
        {
            throw new RuntimeException($"--preserve-fds: descriptor {fd} is a listening socket of the host: {Wall}");
        }
    }
}

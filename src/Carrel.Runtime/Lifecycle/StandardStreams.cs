using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>The command's own descriptors 0, 1 and 2 for the program.</summary>
internal static class StandardStreams
{
    internal static int[] Descriptors => [OpenOrNone(0), OpenOrNone(1), OpenOrNone(2)];

    private static int OpenOrNone(int fd) => HostFd.Fcntl(fd, Fcntl.F_GETFD) >= 0 ? fd : -1;
}

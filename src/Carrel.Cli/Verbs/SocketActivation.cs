using System;
using System.Globalization;

namespace Carrel.Cli;

/// <summary>Sockets that systemd passed, sd_listen_fds(3): they go on to the program like other preserved descriptors.</summary>
internal static class SocketActivation
{
    private const int Most = 1024;

    internal static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= Most ? count : 0;

    internal static int CountWith(int preserved) => preserved + Count;
}

using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Process descriptors, pidfd_open(2). Failures are a negative errno.</summary>
public static class HostPidfd
{
    public static int Open(int pid, uint flags = 0) => (int)HostCall.Invoke(Nr.pidfd_open, pid, flags);

    /// <summary>A duplicate of descriptor <paramref name="fd"/> of that process.</summary>
    public static int GetFd(int pidfd, int fd) => (int)HostCall.Invoke(Nr.pidfd_getfd, pidfd, fd, 0);

    public static int SendSignal(int pidfd, int signal) => (int)HostCall.Invoke(Nr.pidfd_send_signal, pidfd, signal, 0, 0);
}

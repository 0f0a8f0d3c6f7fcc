using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>Gives the listener of a seccomp filter with SCMP_ACT_NOTIFY to the agent, before the program runs.</summary>
internal static class ListenerHandover
{
    /// <summary>From a container's waiting init, which holds it under the number <paramref name="fd"/>.</summary>
    internal static void Fetch(Container container, OciSeccomp? profile, int fd)
    {
        int pidfd = ContainerProcesses.Open(container);
        int listener = HostPidfd.GetFd(pidfd, fd);
        HostFd.Close(pidfd);
        Give(ErrorText.Check(listener, "fetching the seccomp listener"), container, profile, container.Pid, "created");
    }

    /// <summary>Sends it and closes it.</summary>
    internal static void Give(int listener, Container container, OciSeccomp? profile, int pid, string status)
    {
        try
        {
            if (profile is null || listener < 0)
            {
                throw new RuntimeException("linux.seccomp: a listener that nobody asked for");
            }

            SeccompNotifySender.Send(listener, profile, pid, new OciState
            {
                Id = container.Id,
                Pid = container.Pid > 0 ? container.Pid : pid,
                Status = status,
                Bundle = container.Bundle,
                Annotations = container.Annotations,
            });
        }
        finally
        {
            if (listener >= 0)
            {
                HostFd.Close(listener);
            }
        }
    }
}

using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Namespaces of the calling thread. Failures are a negative errno.</summary>
public static class HostNamespace
{
    /// <summary>setns(2), with a descriptor of a namespace or of a process. A pid namespace is that of children to come.</summary>
    public static int Join(int fd, CloneFlags kinds) => (int)HostCall.Invoke(Nr.setns, fd, (long)kinds);

    /// <summary>unshare(2): new ones for the calling thread and what it starts.</summary>
    public static int Leave(CloneFlags kinds) => (int)HostCall.Invoke(Nr.unshare, (long)kinds);
}

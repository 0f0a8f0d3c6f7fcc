using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Locks of whole files, flock(2): they belong to the open description and end with it. Failures are a negative errno.</summary>
public static class HostLock
{
    public static int Flock(int fd, int operation) => (int)HostCall.Invoke(Nr.flock, fd, operation);
}

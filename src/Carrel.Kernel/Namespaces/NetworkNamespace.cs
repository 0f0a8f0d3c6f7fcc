using Carrel.Kernel.Sockets.Unix;

namespace Carrel.Kernel;

/// <summary>A network namespace: so far the abstract names of AF_UNIX sockets.</summary>
/// <param name="owner">Whose capabilities count here.</param>
public sealed class NetworkNamespace(UserNamespace owner)
{
    internal UserNamespace Owner => owner;

    internal UnixNamespace UnixNames { get; } = new();
}

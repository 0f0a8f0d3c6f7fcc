using System.Collections.Generic;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>The AF_UNIX sockets of a network namespace and their abstract names.</summary>
public sealed class UnixNamespace
{
    private readonly Dictionary<string, UnixSocket> _names = [];
    private uint _autobind;

    internal UnixSocket? Find(string name) => _names.GetValueOrDefault(name);

    internal bool TryAdd(string name, UnixSocket socket) => _names.TryAdd(name, socket);

    internal void Remove(string name) => _names.Remove(name);

    /// <summary>The next free name of autobind: five hex digits; null if all are taken.</summary>
    internal string? NextFree()
    {
        for (int i = 0; i <= 0xfffff; i++)
        {
            string name = (_autobind++ & 0xfffff).ToString("x5");
            if (!_names.ContainsKey(name))
            {
                return name;
            }
        }

        return null;
    }

    private readonly HashSet<UnixSocket> _sockets = [];

    /// <summary>Every socket that is not closed, for /proc/net.</summary>
    internal IReadOnlyCollection<UnixSocket> Sockets => _sockets;

    internal void Note(UnixSocket socket) => _sockets.Add(socket);

    internal void Forget(UnixSocket socket) => _sockets.Remove(socket);
}

using System.Collections.Generic;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>Abstract AF_UNIX names of the carrel's network namespace.</summary>
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

    internal IEnumerable<KeyValuePair<string, UnixSocket>> All => _names;
}

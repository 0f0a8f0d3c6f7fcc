using System;
using System.Text;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>The ids that exist in the user namespace of this process, user_namespaces(7).</summary>
internal static class IdMapFile
{
    /// <summary>Whether this number is one of a user and of a group here. In a container of a user's, few are.</summary>
    internal static bool Holds(uint id) => Holds("/proc/self/uid_map", id) && Holds("/proc/self/gid_map", id);

    private static bool Holds(string path, uint id)
    {
        int fd = HostPath.OpenAt(At.AT_FDCWD, path, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
        if (fd < 0)
        {
            return true; // without /proc nothing is known, and what follows says what is wrong
        }

        var text = new byte[4096];
        int n = (int)Math.Max(HostFd.Read(fd, text), 0);
        HostFd.Close(fd);
        foreach (string line in Encoding.ASCII.GetString(text, 0, n).Split('\n'))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 3 && uint.TryParse(fields[0], out uint first) && uint.TryParse(fields[2], out uint count) && id - first < count)
            {
                return true;
            }
        }

        return false;
    }
}

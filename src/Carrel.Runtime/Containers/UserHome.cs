using System;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>HOME of a program whose environment does not say: from the image's /etc/passwd, which is read as what it is, a file of somebody else's.</summary>
internal static class UserHome
{
    private const int MaxSize = 1 << 20;

    /// <param name="rootfs">The container's root as the host sees it.</param>
    /// <returns>Null: the environment has one.</returns>
    internal static string? Find(OciProcess process, string rootfs)
    {
        if (process.Env?.Exists(entry => entry.StartsWith("HOME=", StringComparison.Ordinal)) == true)
        {
            return null;
        }

        int root = HostPath.OpenAt(At.AT_FDCWD, rootfs, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        if (root < 0)
        {
            return "/";
        }

        try
        {
            return Read(root, process.User?.Uid ?? 0) ?? "/";
        }
        finally
        {
            HostFd.Close(root);
        }
    }

    private static string? Read(int root, uint user)
    {
        int fd = HostPath.OpenAt2(root, "etc/passwd", OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC, 0,
            ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS);
        if (fd < 0)
        {
            return null;
        }

        try
        {
            if (HostFd.Stat(fd, out Stat stat) < 0 || (stat.Mode & Mode.S_IFMT) != Mode.S_IFREG)
            {
                return null;
            }

            var content = new byte[Math.Clamp(stat.Size, 0, MaxSize)];
            int length = 0;
            for (long n; length < content.Length && (n = HostFd.Read(fd, content.AsSpan(length))) > 0; length += (int)n)
            {
            }

            foreach (string line in Encoding.Latin1.GetString(content, 0, length).Split('\n'))
            {
                string[] fields = line.Split(':');
                if (fields.Length >= 6 && uint.TryParse(fields[2], out uint uid) && uid == user && fields[5].StartsWith('/'))
                {
                    return fields[5];
                }
            }

            return null;
        }
        finally
        {
            HostFd.Close(fd);
        }
    }
}

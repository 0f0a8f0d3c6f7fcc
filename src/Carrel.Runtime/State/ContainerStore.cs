using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>The directory with the state of all containers (--root). Everything in it is reached by descriptors: a path that somebody swaps does not matter.</summary>
public sealed class ContainerStore
{
    private const uint PrivateMode = 0x1c0; // 0700

    public ContainerStore(string root) => Root = root;

    /// <summary>Absolute path.</summary>
    public string Root { get; }

    /// <summary>/run/carrel for root, below $XDG_RUNTIME_DIR for others.</summary>
    public static string DefaultRoot(uint user, string? runtimeDirectory) =>
        user == 0 && (runtimeDirectory is null || UserNamespace.IsInitial) ? "/run/carrel" : (string.IsNullOrEmpty(runtimeDirectory) ? $"/tmp/carrel-{user}" : runtimeDirectory + "/carrel");

    /// <summary>Makes the directory of a new container, locked for its maker.</summary>
    public ContainerEntry Create(string id)
    {
        ContainerId.Check(id);
        int root = OpenRoot(makes: true);
        try
        {
            int made = HostPath.MakeDirectoryAt(root, id, PrivateMode);
            if (made == -(int)Errno.EEXIST)
            {
                throw new RuntimeException($"container with given ID already exists: {id}");
            }

            HostError.Check(made, $"mkdir {Root}/{id}");
            ContainerEntry? entry = OpenEntry(root, id);
            if (entry is null || !entry.TryLock(0))
            {
                entry?.Dispose();
                throw new RuntimeException($"container {id} was deleted while it was created");
            }

            return entry;
        }
        finally
        {
            HostFd.Close(root);
        }
    }

    /// <summary>The directory of a container, or null.</summary>
    public ContainerEntry? Find(string id)
    {
        ContainerId.Check(id);
        int root = OpenRoot(makes: false);
        if (root < 0)
        {
            return null;
        }

        ContainerEntry? entry = OpenEntry(root, id);
        HostFd.Close(root);
        return entry;
    }

    /// <summary>Ids of all containers, sorted.</summary>
    public List<string> Ids()
    {
        int root = OpenRoot(makes: false);
        if (root < 0)
        {
            return [];
        }

        List<string> ids = StateFile.Names(root).FindAll(ContainerId.IsValid);
        HostFd.Close(root);
        ids.Sort(string.CompareOrdinal);
        return ids;
    }

    private ContainerEntry? OpenEntry(int root, string id)
    {
        int fd = HostPath.OpenAt(root, id, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC);
        if (fd is -(int)Errno.ENOENT or -(int)Errno.ENOTDIR or -(int)Errno.ELOOP)
        {
            return null;
        }

        HostError.Check(fd, $"{Root}/{id}");
        HostError.Check(HostFd.Stat(fd, out Stat stat), $"{Root}/{id}");
        if (stat.Uid != HostCredentials.UserId || (stat.Mode & 0x3f) != 0)
        {
            HostFd.Close(fd);
            throw new RuntimeException($"{Root}/{id}: not used, since others than its owner can reach it");
        }

        return new ContainerEntry(id, $"{Root}/{id}", fd, HostFd.Fcntl(root, Fcntl.F_DUPFD_CLOEXEC) is var copy ? (int)copy : -1);
    }

    /// <summary>The root directory's descriptor; -1 if it is not there and not to be made.</summary>
    private int OpenRoot(bool makes)
    {
        string path = OciText.ToBytes(Root);
        const OpenFlags Flags = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC;
        int fd = HostPath.OpenAt(At.AT_FDCWD, path, Flags);
        if (fd >= 0)
        {
            return fd;
        }

        if (fd != -(int)Errno.ENOENT || !makes)
        {
            return fd == -(int)Errno.ENOENT ? -1 : HostError.Check(fd, Root);
        }

        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            HostPath.MakeDirectoryAt(At.AT_FDCWD, path[..slash], 0x1ed);
        }

        int made = HostPath.MakeDirectoryAt(At.AT_FDCWD, path, PrivateMode);
        if (made != -(int)Errno.EEXIST)
        {
            HostError.Check(made, $"mkdir {Root}");
        }

        return HostError.Check(HostPath.OpenAt(At.AT_FDCWD, path, Flags), Root);
    }
}

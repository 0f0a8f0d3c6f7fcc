using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Runtime.Cgroups;

namespace Carrel.Runtime;

/// <summary>Host descriptors that are needed until processes have theirs.</summary>
internal sealed class DescriptorBag : IDisposable
{
    private readonly List<int> _fds = [];

    internal int Keep(int fd)
    {
        _fds.Add(fd);
        return fd;
    }

    internal int OpenNothing() => Open("/dev/null", OpenFlags.O_RDWR);

    /// <summary>The files through which a process enters the control groups, and the directory of the one in which it is made; none for no record.</summary>
    internal List<int> OpenCgroups(CgroupRecord? record)
    {
        if (record is null)
        {
            return [];
        }

        CgroupEntrance entrance = CgroupManager.Entrance(record);
        List<int> groups = [.. entrance.Tasks.Select(path => Open(path, OpenFlags.O_WRONLY))];
        if (entrance.Unified is { } directory)
        {
            groups.Add(Open(directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY));
        }

        return groups;
    }

    public void Dispose() => _fds.ForEach(fd => HostFd.Close(fd));

    private int Open(string path, OpenFlags flags) => Keep(HostError.Check(HostPath.OpenAt(At.AT_FDCWD, path, flags | OpenFlags.O_CLOEXEC), $"open {path}"));
}

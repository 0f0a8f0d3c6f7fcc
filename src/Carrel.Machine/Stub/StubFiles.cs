using System;
using System.Collections.Generic;

namespace Carrel.Machine;

/// <summary>Host files that the stub has open for mapping. Guest code cannot use them: it makes no system call.</summary>
internal sealed class StubFiles(SeccompPlatform platform)
{
    /// <summary>Numbers in use, one after the other and then anew; more than a call list is long, so none is replaced while a list names it.</summary>
    private const int MostFiles = 64;

    /// <summary>Spaces that had to be given a file before the zygote gets it.</summary>
    private const int ZygoteWorthy = 3;

    private readonly HostFileHandle?[] _fileAt = new HostFileHandle?[MostFiles + 1];
    private readonly Dictionary<HostFileHandle, int> _files = [];
    private int _nextFile;

    /// <summary>A forked child has the parent's descriptors.</summary>
    internal void InheritFrom(StubFiles parent)
    {
        parent._fileAt.CopyTo(_fileAt, 0);
        _nextFile = parent._nextFile;
        foreach ((HostFileHandle file, int fd) in parent._files)
        {
            _files[file] = fd;
        }
    }

    /// <summary>The file's number in the stub, put there if need be while the thread waits in its notification. Negative errno.</summary>
    internal int Provide(StubThread thread, HostFileHandle file)
    {
        if (_files.TryGetValue(file, out int known))
        {
            return known;
        }

        int fd = 1 + (_nextFile++ % MostFiles); // 0 is the frames file
        int result = platform.AddFd(thread.Notification, file.Fd, fd);
        if (result < 0)
        {
            return result;
        }

        if (_fileAt[fd] is { } replaced)
        {
            _files.Remove(replaced);
        }

        _fileAt[fd] = file;
        _files[file] = fd;
        if (++file.TimesProvided == ZygoteWorthy)
        {
            platform.GiveToZygote(file);
        }

        return fd;
    }

    internal void Forget()
    {
        _files.Clear();
        Array.Clear(_fileAt);
    }
}

using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>Makes (or finds, for kinds with one instance) a file system. EINVAL for bad options.</summary>
/// <param name="task">Who mounts.</param>
/// <param name="source">The first argument of mount(2).</param>
/// <param name="options">Comma-separated data of mount(2).</param>
public delegate Result<FileSystem> FileSystemFactory(Task task, string source, string options);

/// <summary>A file system type (Linux's file_system_type).</summary>
/// <param name="Name">As in /proc/filesystems.</param>
/// <param name="Create">Makes an instance.</param>
public sealed record FileSystemType(string Name, FileSystemFactory Create);

/// <summary>The types that mount(2) knows, in the order of /proc/filesystems.</summary>
public sealed class FileSystemTypes
{
    private readonly List<FileSystemType> _types = [];

    public IReadOnlyList<FileSystemType> All => _types;

    public void Register(string name, FileSystemFactory create) => _types.Add(new FileSystemType(name, create));

    /// <summary>ENODEV if there is no such type.</summary>
    public Result<FileSystemType> Find(string name) => _types.Find(t => t.Name == name) is { } type ? type : Errno.ENODEV;
}

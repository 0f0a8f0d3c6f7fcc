using System;
using System.Threading;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// The state directory of one container, open. Who changes something holds its lock (flock on the file `lock`, freed by the kernel when the holder
/// dies); who only looks needs none, since the record is replaced atomically.
/// </summary>
public sealed class ContainerEntry : IDisposable
{
    private const string RecordName = "state.json", LockName = "lock";
    private const int LockExclusive = 2, LockDoNotBlock = 4, LockShared = 1;
    private const long FirstWait = 1_000_000, LongestWait = 50_000_000;

    private int _directory, _root, _lock = -1;
    private byte[] _saved = [];

    internal ContainerEntry(string id, string path, int directory, int root)
    {
        Id = id;
        Path = path;
        _directory = directory;
        _root = root;
    }

    public string Id { get; }

    public string Path { get; }

    /// <summary>Takes the lock; false if it is not to be had in time or the container is gone.</summary>
    /// <param name="timeout">Nanoseconds.</param>
    public bool TryLock(long timeout)
    {
        if (_lock >= 0)
        {
            return true;
        }

        int fd = HostPath.OpenAt(_directory, LockName, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC, 0x180);
        if (fd < 0)
        {
            return false; // the directory was removed
        }

        long wait = FirstWait;
        int result;
        while ((result = HostLock.Flock(fd, LockExclusive | LockDoNotBlock)) == -(int)Errno.EAGAIN && timeout > 0)
        {
            HostClock.Sleep(Math.Min(wait, timeout));
            timeout -= wait;
            wait = Math.Min(wait * 2, LongestWait);
        }

        // Who held it may have removed the directory: then this is the lock of a container that no longer is.
        if (result < 0 || !IsCurrent())
        {
            HostFd.Close(fd);
            return false;
        }

        _lock = fd;
        return true;
    }

    /// <summary>Whether somebody is changing it now.</summary>
    public bool IsLockedByOther()
    {
        if (_lock >= 0)
        {
            return false;
        }

        int fd = HostPath.OpenAt(_directory, LockName, OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC);
        if (fd < 0)
        {
            return false;
        }

        bool isLocked = HostLock.Flock(fd, LockShared | LockDoNotBlock) == -(int)Errno.EAGAIN;
        HostFd.Close(fd);
        return isLocked;
    }

    /// <summary>The record; null if there is none (its maker died before it wrote one). A damaged one is reported.</summary>
    public Container? Load()
    {
        byte[]? record = StateFile.Read(_directory, RecordName);
        if (record is null)
        {
            return null;
        }

        Container container = RecordDocument.Read(record, $"{Path}/{RecordName}");
        Attach(container);
        return container;
    }

    /// <summary>Gives a record its place, and its config.json when somebody asks.</summary>
    public void Attach(Container container)
    {
        container.Directory = Path;
        container.SpecSource = () => LoadSpec(container.HasDefaultSeccomp);
    }

    /// <summary>Writes the record, unless it is as this process, which holds the lock, has written it.</summary>
    public void Save(Container container)
    {
        byte[] record = RecordDocument.Write(container);
        if (!record.AsSpan().SequenceEqual(_saved))
        {
            StateFile.Write(_directory, RecordName, record);
            _saved = record;
        }
    }

    public void SaveConfig(ReadOnlySpan<byte> document) => StateFile.Write(_directory, ConfigFile.Name, document);

    /// <summary>Removes the directory. The record goes first: what is left after a crash is a container nobody completed.</summary>
    public void Remove()
    {
        HostPath.UnlinkAt(_directory, RecordName, 0);
        int result = -(int)Errno.ENOTEMPTY;
        // Somebody who waits for the lock may make the file anew meanwhile.
        for (int attempt = 0; attempt < 10 && result == -(int)Errno.ENOTEMPTY; attempt++)
        {
            StateFile.RemoveContents(_directory);
            result = HostPath.UnlinkAt(_root, Id, At.AT_REMOVEDIR);
        }

        if (result is < 0 and not -(int)Errno.ENOENT)
        {
            HostError.Check(result, $"remove {Path}");
        }
    }

    public void Unlock()
    {
        Close(ref _lock);
    }

    public void Dispose()
    {
        Close(ref _lock);
        Close(ref _directory);
        Close(ref _root);
    }

    internal static void AddDefaultSeccomp(OciSpec spec) => (spec.Linux ??= new OciLinux()).Seccomp = DefaultSeccompProfile.For(spec.Process?.Capabilities);

    private OciSpec LoadSpec(bool hasDefaultSeccomp)
    {
        byte[] document = StateFile.Read(_directory, ConfigFile.Name) ?? throw new RuntimeException($"{Path}/{ConfigFile.Name}: no such file or directory");
        OciSpec spec = ConfigFile.Parse(document, $"{Path}/{ConfigFile.Name}");
        if (hasDefaultSeccomp)
        {
            AddDefaultSeccomp(spec);
        }

        return spec;
    }

    private bool IsCurrent() =>
        HostFd.Stat(_directory, out Stat opened) == 0 && HostPath.StatAt(_root, Id, At.AT_SYMLINK_NOFOLLOW, out Stat named) == 0
        && opened.Ino == named.Ino && opened.Dev == named.Dev && HasLockFile();

    private bool HasLockFile() => HostPath.StatAt(_directory, LockName, At.AT_SYMLINK_NOFOLLOW, out _) == 0;

    private static void Close(ref int fd)
    {
        int closing = Interlocked.Exchange(ref fd, -1);
        if (closing >= 0)
        {
            HostFd.Close(closing);
        }
    }
}

using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>
/// Small files, read whole and replaced whole: a reader sees the old content or the new, never half of one, also when the writer is killed. They are not
/// forced to the disk: after a crash of the host no container of theirs runs any more, and on a disk that would double the time of a start. Nor are they renamed
/// over an old file, on which ext4 would write out the new one (auto_da_alloc): the two change names.
/// </summary>
internal static class StateFile
{
    private const int MaxSize = 64 << 20;

    /// <summary>The content, or null if there is no such file.</summary>
    internal static byte[]? Read(int directory, string name)
    {
        int fd = HostPath.OpenAt(directory, name, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC | OpenFlags.O_NOFOLLOW);
        if (fd == -(int)Errno.ENOENT)
        {
            return null;
        }

        HostError.Check(fd, name);
        try
        {
            HostError.Check(HostFd.Stat(fd, out Stat stat), name);
            // One byte more than it has, so that a short read tells the end.
            var content = new byte[Math.Min(stat.Size, MaxSize) + 1];
            int length = 0;
            long n;
            while (length < content.Length && (n = HostError.Check(HostFd.Read(fd, content.AsSpan(length)), name)) > 0)
            {
                length += (int)n;
            }

            return content.AsSpan(0, length).ToArray();
        }
        finally
        {
            HostFd.Close(fd);
        }
    }

    /// <summary>Writes beside the file and exchanges the two, or renames where there is none or the file system cannot.</summary>
    internal static void Write(int directory, string name, ReadOnlySpan<byte> content, uint mode = 0x180)
    {
        // One writer at a time holds the container's lock; the pid keeps writers of other files (pid files) apart.
        string temporary = $".{name}.{HostProcess.Pid}";
        const OpenFlags Flags = OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_CLOEXEC;
        int fd = HostPath.OpenAt(directory, temporary, Flags, mode);
        if (fd == -(int)Errno.EEXIST)
        {
            // Left over from a process that had our pid.
            HostPath.UnlinkAt(directory, temporary, 0);
            fd = HostPath.OpenAt(directory, temporary, Flags, mode);
        }

        HostError.Check(fd, name);
        try
        {
            HostError.Check(HostFd.WriteAll(fd, content), name);
            if (HostPath.RenameAt(directory, temporary, directory, name, Renameat2.RENAME_EXCHANGE) == 0)
            {
                HostPath.UnlinkAt(directory, temporary, 0);
            }
            else
            {
                HostError.Check(HostPath.RenameAt(directory, temporary, directory, name, 0), name);
            }
        }
        catch
        {
            HostPath.UnlinkAt(directory, temporary, 0);
            throw;
        }
        finally
        {
            HostFd.Close(fd);
        }
    }

    /// <summary>Removes all in a directory that is open, links as links, and nothing outside.</summary>
    internal static void RemoveContents(int directory, int depth = 8)
    {
        foreach (string name in Names(directory))
        {
            if (HostPath.UnlinkAt(directory, name, 0) is -(int)Errno.EISDIR or -(int)Errno.EPERM && depth > 0)
            {
                int inner = HostPath.OpenAt(directory, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC);
                if (inner >= 0)
                {
                    RemoveContents(inner, depth - 1);
                    HostFd.Close(inner);
                }

                HostPath.UnlinkAt(directory, name, At.AT_REMOVEDIR);
            }
        }
    }

    /// <summary>Names in a directory that is open, without . and ..</summary>
    internal static List<string> Names(int directory)
    {
        List<string> names = [];
        var buffer = new byte[8192];
        HostFd.Seek(directory, 0, 0);
        long n;
        while ((n = HostFd.ReadDirectory(directory, buffer)) > 0)
        {
            // struct linux_dirent64: ino, off, u16 reclen at 16, u8 type, name at 19
            for (int at = 0; at < n; at += BitConverter.ToUInt16(buffer, at + 16))
            {
                ReadOnlySpan<byte> name = buffer.AsSpan(at + 19);
                string text = System.Text.Encoding.Latin1.GetString(name[..name.IndexOf((byte)0)]);
                if (text is not ("." or ".."))
                {
                    names.Add(text);
                }
            }
        }

        return names;
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Oci;

/// <summary>Reads documents of the specification.</summary>
public static class ConfigFile
{
    public const string Name = "config.json";

    /// <summary>More than any real document has; the reader takes it into memory whole.</summary>
    private const int MaxSize = 64 << 20;

    /// <summary>config.json of a bundle.</summary>
    /// <param name="warnings">Receives a line for each property that the specification does not know.</param>
    /// <param name="document">The file as it is.</param>
    public static OciSpec Load(string bundle, List<string> warnings, out byte[] document)
    {
        string path = Path.Combine(bundle, Name);
        document = ReadFile(path);
        return Parse(document, path, warnings);
    }

    /// <summary>config.json; <paramref name="name"/> is for the error message.</summary>
    public static OciSpec Parse(byte[] document, string name, List<string>? warnings = null) => JsonCursor.Read<OciSpec>(document, name, warnings, SpecReader.Spec);

    /// <summary>The document of `exec --process`.</summary>
    public static OciProcess LoadProcess(string path, List<string> warnings) => JsonCursor.Read<OciProcess>(ReadFile(path), path, warnings, ProcessReader.Process);

    /// <summary>The document of `update --resources`.</summary>
    public static OciResources ParseResources(byte[] document, string name, List<string> warnings) =>
        JsonCursor.Read<OciResources>(document, name, warnings, ResourcesReader.Resources);

    public static byte[] ReadFile(string path)
    {
        int fd = HostPath.OpenAt(At.AT_FDCWD, OciText.ToBytes(path), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC | OpenFlags.O_NOCTTY);
        if (fd < 0)
        {
            throw Failure(path, fd);
        }

        try
        {
            return ReadAll(fd, path);
        }
        finally
        {
            HostFd.Close(fd);
        }
    }

    /// <summary>A descriptor to its end; a pipe has no length.</summary>
    public static byte[] ReadAll(int fd, string name)
    {
        var content = new byte[16 << 10];
        int length = 0;
        while (true)
        {
            long n = HostFd.Read(fd, content.AsSpan(length));
            if (n == -(int)Errno.EINTR)
            {
                continue;
            }

            if (n <= 0)
            {
                return n == 0 ? content.AsSpan(0, length).ToArray() : throw Failure(name, (int)n);
            }

            length += (int)n;
            if (length == content.Length)
            {
                Array.Resize(ref content, length < MaxSize ? length * 2 : throw new OciException($"{name}: larger than {MaxSize >> 20} MiB"));
            }
        }
    }

    private static OciException Failure(string path, int result) => new($"{path}: " + (Errno)(-result) switch
    {
        Errno.ENOENT or Errno.ENOTDIR => "no such file or directory",
        Errno.EACCES or Errno.EPERM => "permission denied",
        Errno.EISDIR => "is a directory",
        var error => error.ToString(),
    });
}

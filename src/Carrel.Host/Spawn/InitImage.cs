using System;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>
/// The waiting init of a container (Native/init.S) as an ELF file in sealed memory: nobody can change it, and /proc/PID/exe of the container's
/// first process leads to nothing of ours (CVE-2019-5736).
/// </summary>
public static unsafe class InitImage
{
    private const ulong Base = 0x400000;
    private const int Page = 4096, FileSizeAt = 152, MemorySizeAt = 160;

    /// <summary>Makes the file.</summary>
    /// <param name="reportFd">Descriptor on which the process tells of a step that failed.</param>
    /// <returns>A descriptor, or a negative errno.</returns>
    public static int Create(StepList list, int reportFd)
    {
        byte[] blob = list.LayOut(Base + Page, reportFd, withNames: true);
        var file = new byte[Page + blob.Length];
        ulong length;
        byte* image = HostCall.InitImage(&length);
        new Span<byte>(image, (int)length).CopyTo(file);
        BitConverter.TryWriteBytes(file.AsSpan(FileSizeAt), (ulong)blob.Length);
        BitConverter.TryWriteBytes(file.AsSpan(MemorySizeAt), (ulong)blob.Length);
        blob.CopyTo(file, Page);

        const MemfdFlags Flags = MemfdFlags.MFD_CLOEXEC | MemfdFlags.MFD_ALLOW_SEALING;
        int fd = HostFd.CreateMemory("carrel-init", Flags | MemfdFlags.MFD_EXEC);
        if (fd == -(int)Errno.EINVAL) // before Linux 6.3 every memfd is executable
        {
            fd = HostFd.CreateMemory("carrel-init", Flags);
        }

        if (fd < 0)
        {
            return fd;
        }

        long written = HostFd.WriteAll(fd, file);
        if (written < 0)
        {
            HostFd.Close(fd);
            return (int)written;
        }

        const int Seals = Fcntl.F_SEAL_SEAL | Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_WRITE;
        long sealing = HostFd.Fcntl(fd, Fcntl.F_ADD_SEALS, Seals);
        if (sealing < 0)
        {
            HostFd.Close(fd);
            return (int)sealing;
        }

        return fd;
    }
}

using System.Globalization;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>The tmpfs that a carrel's memory lies in: its size is the limit that the host enforces.</summary>
public static class CarrelMemory
{
    /// <summary>Gives the tmpfs, which is the root of the kernel process, another size. The kernel process must be told.</summary>
    public static int Resize(int kernelPid, long bytes)
    {
        int fd = Check(HostMount.PickFileSystem(string.Create(CultureInfo.InvariantCulture, $"/proc/{kernelPid}/root")));
        try
        {
            Check(HostMount.Configure(fd, FsOpen.FSCONFIG_SET_STRING, "size", bytes.ToString(CultureInfo.InvariantCulture)));
            return Check(HostMount.Configure(fd, FsOpen.FSCONFIG_CMD_RECONFIGURE, null, null));
        }
        finally
        {
            HostFd.Close(fd);
        }
    }

    private static int Check(int result) => result >= 0 ? result : throw new LaunchException($"the memory limit cannot be changed: {(Errno)(-result)}");
}

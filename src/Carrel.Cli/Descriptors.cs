using Carrel.Abi;
using Carrel.Host;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>The command's descriptors: what the caller leaked must not get near a container.</summary>
internal static class Descriptors
{
    /// <summary>
    /// Unless <paramref name="keepsClosedStreams"/>, 0, 1 and 2 are open afterwards (on /dev/null if nothing else), so that no file of ours gets their numbers; the <paramref name="preserved"/> next
    /// ones stay; all others are closed.
    /// </summary>
    internal static void Clean(int preserved, bool keepsClosedStreams)
    {
        HostFd.CloseRange((uint)(3 + preserved), uint.MaxValue);
        if (keepsClosedStreams)
        {
            return;
        }

        int opened;
        do
        {
            opened = HostError.Check(HostPath.OpenAt(At.AT_FDCWD, "/dev/null", OpenFlags.O_RDWR), "/dev/null");
        }
        while (opened < 2);
        if (opened > 2)
        {
            HostFd.Close(opened);
        }
    }
}

namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    private uint _lastAnonymousDevice = 0x14;

    /// <summary>A device number for a file system without a block device: major 0.</summary>
    public ulong NextAnonymousDevice()
    {
        uint minor = ++_lastAnonymousDevice;
        return (minor & 0xff) | ((ulong)(minor & ~0xffu) << 12);
    }
}

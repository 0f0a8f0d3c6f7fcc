using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>
/// Makes the description of a device node or FIFO. Access is checked; give the description <c>Path = path</c>. What may wait (a FIFO's other end) belongs into
/// <see cref="FileDescription.CompleteOpen"/>.
/// </summary>
public delegate Result<FileDescription> SpecialOpener(Task task, Path path, OpenFlags flags);

/// <summary>Who opens device nodes (by number) and FIFOs, on whatever file system they lie.</summary>
public sealed class SpecialFiles
{
    private readonly Dictionary<(uint Major, uint Minor), SpecialOpener> _characterDevices = [];
    private SpecialOpener? _fifos;

    /// <summary>One character device.</summary>
    public void RegisterCharacterDevice(uint major, uint minor, SpecialOpener opener) => _characterDevices[(major, minor)] = opener;

    /// <summary>FIFOs; the opener keeps its pipe in <see cref="Inode.Attached"/>.</summary>
    public void RegisterFifo(SpecialOpener opener) => _fifos = opener;

    /// <summary>ENXIO for a device that nobody serves and for sockets.</summary>
    public Result<FileDescription> Open(Task task, Path path, OpenFlags flags)
    {
        Inode inode = path.Inode;
        SpecialOpener? opener = inode.Type switch
        {
            Mode.S_IFIFO => _fifos,
            Mode.S_IFCHR => FindCharacterDevice(inode.RawDevice),
            _ => null,
        };
        return opener is null ? Errno.ENXIO : opener(task, path, flags);
    }

    private SpecialOpener? FindCharacterDevice(ulong device) => _characterDevices.GetValueOrDefault(DeviceNumber.Split(device));
}

/// <summary>Device numbers in the form of st_rdev (new_encode_dev()).</summary>
public static class DeviceNumber
{
    public static ulong Make(uint major, uint minor) => (minor & 0xff) | ((ulong)major << 8) | ((ulong)(minor & ~0xffu) << 12);

    public static (uint Major, uint Minor) Split(ulong device) => ((uint)(device >> 8) & 0xfff, (uint)((device & 0xff) | ((device >> 12) & 0xfff00)));
}

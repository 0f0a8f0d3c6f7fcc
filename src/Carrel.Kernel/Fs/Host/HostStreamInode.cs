using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Host;

/// <summary>The inode of a descriptor that the carrel was started with: no name, the type of the host's file.</summary>
public sealed class HostStreamInode : Inode
{
    private readonly HostStream _stream;
    private int _descriptions;

    public HostStreamInode(LinuxKernel kernel, HostStream stream)
        : base(kernel.AnonymousFileSystem)
    {
        _stream = stream;
        Number = FileSystem.NextInode();
        Mode = stream.Mode;
        RawDevice = stream.RawDevice;
        AccessTime = ModifyTime = ChangeTime = BirthTime = kernel.Clock.RealtimeSpec;
    }

    public override long Size
    {
        get => _stream.Size;
        set { }
    }

    public override bool OpensItself => true;

    /// <summary>An open through /dev/stdout or /proc/PID/fd: another description of the same host file.</summary>
    public override Result<FileDescription> Open(Task task, Path path, OpenFlags flags) => OpenStream(flags);

    /// <summary>A description of the stream; the host's descriptor is closed with the last one.</summary>
    public HostStdioFile OpenStream(OpenFlags flags)
    {
        _descriptions++;
        return new HostStdioFile(this, _stream, flags);
    }

    internal void Drop()
    {
        if (--_descriptions == 0)
        {
            _stream.Close();
        }
    }
}

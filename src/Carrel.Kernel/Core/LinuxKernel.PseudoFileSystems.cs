using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    /// <summary>pipefs: inode numbers of pipes.</summary>
    public PseudoFileSystem PipeFileSystem => field ??= new PseudoFileSystem(this, "pipefs", 0x50495045);

    /// <summary>sockfs: inode numbers of sockets.</summary>
    public PseudoFileSystem SocketFileSystem => field ??= new PseudoFileSystem(this, "sockfs", 0x534f434b);

    /// <summary>The internal tmpfs behind System V shared memory.</summary>
    public PseudoFileSystem SharedMemoryFileSystem => field ??= new PseudoFileSystem(this, "tmpfs", 0x01021994);

    /// <summary>anon_inodefs.</summary>
    public PseudoFileSystem AnonymousFileSystem => field ??= new PseudoFileSystem(this, "anon_inodefs", 0x09041934);

    /// <summary>The one inode of everything that has neither path nor data: mode 0600 without a type, as on Linux.</summary>
    public Inode AnonymousInode => field ??= new PseudoInode(AnonymousFileSystem, 0x180, Credentials.Root(0));
}

using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Pseudo;

/// <summary>A file system that is never mounted and only gives device and inode numbers to what has no path: pipefs, sockfs, anon_inodefs.</summary>
public sealed class PseudoFileSystem : FileSystem
{
    private readonly PseudoInode _root;

    public PseudoFileSystem(LinuxKernel kernel, string typeName, long magic)
        : base(kernel)
    {
        TypeName = typeName;
        Magic = magic;
        _root = new PseudoInode(this, Abi.Mode.S_IFDIR | 0x1ed, Credentials.Root(0));
    }

    public override string TypeName { get; }

    public override long Magic { get; }

    public override Inode Root => _root;

    public override bool HasSync => false;

    public override bool IsNoExec => true;
}

/// <summary>An inode without a name.</summary>
public sealed class PseudoInode : Inode
{
    public PseudoInode(FileSystem fileSystem, uint mode, Credentials owner)
        : base(fileSystem)
    {
        Number = fileSystem.NextInode();
        Mode = mode;
        Uid = owner.Fsuid;
        Gid = owner.Fsgid;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    public override long Blocks => 0;
}

using Carrel.Abi;
using Carrel.Kernel.Terminals;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Devpts;

/// <summary>devpts: the slaves of one set of pseudo terminals, and ptmx to make more.</summary>
public sealed class DevptsFileSystem : FileSystem
{
    private readonly DevptsRoot _root;

    public DevptsFileSystem(LinuxKernel kernel)
        : base(kernel)
    {
        Ptys = new PtyTable(kernel, this);
        Ptmx = new PtmxInode(this);
        _root = new DevptsRoot(this);
    }

    public override string TypeName => "devpts";

    public override long Magic => SuperMagic.DEVPTS_SUPER_MAGIC;

    public override Inode Root => _root;

    public override int BlockSize => 1024;

    public override string Source { get; set; } = "devpts";

    public override string Options => ",gid=5,mode=620,ptmxmode=666";

    public PtyTable Ptys { get; }

    public PtmxInode Ptmx { get; }
}

/// <summary>The directory of slaves.</summary>
internal sealed class DevptsRoot : Inode
{
    private readonly DevptsFileSystem _fs;

    public DevptsRoot(DevptsFileSystem fs)
        : base(fs)
    {
        _fs = fs;
        Number = 1;
        Mode = Abi.Mode.S_IFDIR | 0x1ed;
        LinkCount = 2;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fs.Kernel.Clock.RealtimeSpec;
    }

    public override bool RevalidateChild(Dentry child) => child.Inode == Find(child.Name);

    public override Result<Inode> Lookup(string name) => Find(name) is { } inode ? Result<Inode>.Of(inode) : Errno.ENOENT;

    private Inode? Find(string name)
    {
        if (name == "ptmx")
        {
            return _fs.Ptmx;
        }

        return int.TryParse(name, out int index) && index.ToString() == name ? _fs.Ptys.Find(index)?.Node : null;
    }

    public override Errno ReadDirectory(Task task, ref long position, IDirectorySink sink)
    {
        if (position <= 2)
        {
            if (!sink.Add("ptmx", _fs.Ptmx.Number, Dirent.DT_CHR, 3))
            {
                return Errno.OK;
            }

            position = 3;
        }

        foreach (Pty pty in _fs.Ptys.All)
        {
            long here = pty.Index + 3;
            if (here < position)
            {
                continue;
            }

            if (!sink.Add(pty.Index.ToString(), pty.Node.Number, Dirent.DT_CHR, here + 1))
            {
                return Errno.OK;
            }

            position = here + 1;
        }

        return Errno.OK;
    }
}

/// <summary>/dev/pts/ptmx (and /dev/ptmx): each open makes a new pseudo terminal.</summary>
public sealed class PtmxInode : Inode
{
    private readonly DevptsFileSystem _fs;

    internal PtmxInode(DevptsFileSystem fs)
        : base(fs)
    {
        _fs = fs;
        Number = 2;
        Mode = Abi.Mode.S_IFCHR | 0x1b6;
        RawDevice = (5 << 8) | 2;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fs.Kernel.Clock.RealtimeSpec;
    }

    public override bool OpensItself => true;

    public override Result<FileDescription> Open(Task task, Path path, OpenFlags flags)
    {
        Result<Pty> pty = _fs.Ptys.Create(task.Credentials);
        return pty.Failed ? pty.Error : new PtyMasterFile(_fs.Kernel, this, pty.Value, flags) { Path = path };
    }
}

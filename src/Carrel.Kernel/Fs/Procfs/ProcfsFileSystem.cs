using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Ipc.SysV;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>procfs, proc(5), of one pid namespace.</summary>
public sealed class ProcfsFileSystem : PseudoTree
{
    private readonly ProcRoot _root;

    internal ProcfsFileSystem(LinuxKernel kernel, PidTable pids)
        : base(kernel)
    {
        Pids = pids;
        _root = new ProcRoot(this);
        GlobalFiles.Add(_root);
        Sysctl.Add(_root.AddDirectory("sys"));
        FixedDirectory systemV = _root.AddDirectory("sysvipc");
        systemV.AddText("msg", SysVText.Msg);
        systemV.AddText("sem", SysVText.Sem);
        systemV.AddText("shm", SysVText.Shm);
    }

    /// <summary>Whose processes it shows, by which numbers.</summary>
    internal PidTable Pids { get; }

    public override string TypeName => "proc";

    public override long Magic => SuperMagic.PROC_SUPER_MAGIC;

    public override Inode Root => _root;

    public override bool HasSync => false;

    public override bool MakesNames => false;

    public override int BlockSize => 1024;

    public override string Source { get; set; } = "proc";
}

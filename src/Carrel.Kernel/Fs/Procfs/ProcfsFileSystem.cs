using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Ipc.SysV;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>procfs, proc(5).</summary>
public sealed class ProcfsFileSystem : PseudoTree
{
    private readonly ProcRoot _root;

    public ProcfsFileSystem(LinuxKernel kernel)
        : base(kernel)
    {
        _root = new ProcRoot(this);
        GlobalFiles.Add(_root);
        Sysctl.Add(_root.AddDirectory("sys"));
        FixedDirectory systemV = _root.AddDirectory("sysvipc");
        systemV.AddText("msg", SysVText.Msg);
        systemV.AddText("sem", SysVText.Sem);
        systemV.AddText("shm", SysVText.Shm);
    }

    public override string TypeName => "proc";

    public override long Magic => SuperMagic.PROC_SUPER_MAGIC;

    public override Inode Root => _root;

    public override string Source { get; set; } = "proc";
}

using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Ipc.SysV;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>procfs, proc(5), of one pid namespace.</summary>
public sealed class ProcfsFileSystem : PseudoTree
{
    private readonly ProcRoot _root;

    internal ProcfsFileSystem(LinuxKernel kernel, PidTable pids, ProcfsOptions options)
        : base(kernel)
    {
        Pids = pids;
        Settings = options;
        _root = new ProcRoot(this);
        if (options.IsPidOnly)
        {
            return;
        }

        GlobalFiles.Add(_root);
        Sysctl.Add(_root.AddDirectory("sys"));
        FixedDirectory systemV = _root.AddDirectory("sysvipc");
        systemV.AddText("msg", SysVText.Msg);
        systemV.AddText("sem", SysVText.Sem);
        systemV.AddText("shm", SysVText.Shm);
    }

    /// <summary>A factory for mount(2): each mount is an instance of its own.</summary>
    public static Result<FileSystem> Mount(Task task, string source, string options)
    {
        Result<ProcfsOptions> parsed = ProcfsOptions.Parse(task, options);
        return parsed.Failed ? parsed.Error : new ProcfsFileSystem(task.Kernel, task.Pids, parsed.Value) { Source = source };
    }

    internal ProcfsOptions Settings { get; private set; }

    public override string Options => Settings.ToString();

    /// <summary>proc_reconfigure(); what there is beside processes stays.</summary>
    public override Errno Remount(string options)
    {
        if (Kernel.Current is not { } task)
        {
            return Errno.OK;
        }

        Result<ProcfsOptions> parsed = ProcfsOptions.Parse(task, options);
        if (parsed.Succeeded)
        {
            Settings = parsed.Value;
        }

        return parsed.Error;
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

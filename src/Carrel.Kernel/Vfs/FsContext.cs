using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

/// <summary>Root, working directory and umask (Linux's fs_struct). Counted: tasks made with CLONE_FS share one.</summary>
public sealed partial class FsContext
{
    private int _references = 1;

    public Path Root
    {
        get;
        set
        {
            value.Acquire();
            field.Drop();
            field = value;
        }
    }

    public Path WorkingDirectory
    {
        get;
        set
        {
            value.Acquire();
            field.Drop();
            field = value;
        }
    }

    public uint Umask { get; set; } = 0x12;

    /// <summary>Tasks that share it.</summary>
    public int References => _references;

    /// <summary>A copy for fork or unshare(CLONE_FS).</summary>
    public FsContext Clone() => new() { Root = Root, WorkingDirectory = WorkingDirectory, Umask = Umask };

    public void AddReference() => _references++;

    /// <summary>A task lets go of it; the last one drops the hold on the directories.</summary>
    public void Release()
    {
        if (--_references == 0)
        {
            Root = default;
            WorkingDirectory = default;
        }
    }
}

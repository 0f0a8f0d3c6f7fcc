using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

/// <summary>Where the parts of a program lie (the start_code ... env_end words of Linux's mm_struct). Set by the ELF loader and prctl(PR_SET_MM).</summary>
public sealed class MemoryLayout
{
    public ulong CodeStart { get; set; }

    public ulong CodeEnd { get; set; }

    public ulong DataStart { get; set; }

    public ulong DataEnd { get; set; }

    /// <summary>Lowest break.</summary>
    public ulong BreakStart { get; set; }

    /// <summary>The current break.</summary>
    public ulong Break { get; set; }

    /// <summary>Stack pointer at the program's start.</summary>
    public ulong StackStart { get; set; }

    public ulong ArgStart { get; set; }

    public ulong ArgEnd { get; set; }

    public ulong EnvStart { get; set; }

    public ulong EnvEnd { get; set; }

    /// <summary>The auxiliary vector as bytes, for /proc/PID/auxv.</summary>
    public byte[] Auxv { get; set; } = [];

    /// <summary>What /proc/PID/exe leads to. The layout holds a reference and keeps writers away (exe_file_deny_write_access()).</summary>
    public FileDescription? Executable
    {
        get => _executable;
        set
        {
            FileDescription? old = _executable;
            bool wasDenying = _isDenyingWriters;
            _executable = value;
            Hold();
            if (wasDenying)
            {
                FileOpener.AllowWriteAccess(old!.Inode);
            }

            old?.Release();
        }
    }

    private FileDescription? _executable;
    private bool _isDenyingWriters;

    internal MemoryLayout Clone()
    {
        var copy = (MemoryLayout)MemberwiseClone();
        copy.Hold();
        return copy;
    }

    private void Hold()
    {
        _executable?.AddReference();
        _isDenyingWriters = _executable is not null && FileOpener.DenyWriteAccess(_executable.Inode) == Errno.OK;
    }
}

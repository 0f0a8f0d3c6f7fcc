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

    /// <summary>What /proc/PID/exe leads to; the holder keeps a reference.</summary>
    public FileDescription? Executable { get; set; }

    internal MemoryLayout Clone() => (MemoryLayout)MemberwiseClone();
}

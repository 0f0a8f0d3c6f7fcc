namespace Carrel.Kernel.Vfs;

/// <summary>/proc/sys/fs/protected_*, with the values that Debian sets.</summary>
public sealed class ProtectionSettings
{
    /// <summary>protected_symlinks: 0 or 1.</summary>
    public int Symlinks { get; set; } = 1;

    /// <summary>protected_hardlinks: 0 or 1.</summary>
    public int HardLinks { get; set; } = 1;

    /// <summary>protected_fifos: 0; 1 for world-writable sticky directories; 2 for group-writable ones, too.</summary>
    public int Fifos { get; set; } = 1;

    /// <summary>protected_regular: the same for regular files.</summary>
    public int Regular { get; set; } = 2;
}

namespace Carrel.Kernel.Vfs;

/// <summary>/proc/sys/fs/protected_*, with the values that Debian sets.</summary>
public sealed class ProtectionSettings
{
    /// <summary>protected_symlinks.</summary>
    public bool Symlinks { get; set; } = true;

    /// <summary>protected_hardlinks.</summary>
    public bool HardLinks { get; set; } = true;
}

namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    /// <summary>Abstract AF_UNIX names.</summary>
    public Sockets.Unix.UnixNamespace UnixNames { get; } = new();

    /// <summary>Kernel memory that pipe data takes, bytes.</summary>
    internal long PipeBytes { get; set; }
}

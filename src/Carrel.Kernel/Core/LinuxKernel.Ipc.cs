namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    /// <summary>Kernel memory that pipe data takes, bytes.</summary>
    internal long PipeBytes { get; set; }
}
